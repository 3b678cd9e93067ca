"""The part of a destination's README that is made of the destination itself, and of where its facts are from.

    uv run python -m tests.docs.destination_pages

writes it, between the two comments.
"""

import re

import attrs

from tests.catalogue.packages import packages

from .workspace import BEGIN, END

_MADE = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
_PART = """\
{begin}

```sh
pip install 'portcall[cli]' {name}
portcall connect {slug}
portcall test {slug}
```

How to get the credentials: <{key}>

{described}

## Where this is from

API version: {version}. {how}

{sources}

{end}"""


@attrs.frozen
class Readme:
    """One README: its file, and the text that it has to have."""

    path: object
    text: str


def readmes(describe):
    """Return the READMEs that are made, in part or whole.

    Args:
        describe: Returns a destination's description in Markdown, by its slug.
    """
    return [
        _readme(package, describe(package.slug).rstrip())
        for package in packages().values()
        if BEGIN in (package.folder / "README.md").read_text(encoding="utf-8")
    ]


def _readme(package, described):
    path = package.folder / "README.md"
    part = _PART.format(
        begin=BEGIN,
        end=END,
        name=package.name,
        slug=package.slug,
        key=package.about["key"],
        described=described,
        version=package.about["api_version"],
        how=package.how,
        sources="\n".join(f"- <{url}>" for url in package.documentation),
    )
    return Readme(path, _MADE.sub(lambda _: part, path.read_text(encoding="utf-8")))
