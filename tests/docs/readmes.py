"""The part of a destination's README that is made of the destination itself, and of where its facts are from.

    uv run python -m tests.docs.destination_pages

writes it, between the two comments; a README that is missing is made whole.
"""

import re

import attrs

from tests.catalogue.packages import packages

BEGIN = "<!-- made by tests.docs.destination_pages -->"
END = "<!-- end -->"
_MADE = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
_WHOLE = """\
# {name}

{about}

{begin}
{end}
"""
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

API version: {version}. Last verified on {verified}, {how}.

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
        if package.about is not None and _is_made(package.folder / "README.md")
    ]


def _is_made(path):
    return not path.is_file() or BEGIN in path.read_text(encoding="utf-8")


def _readme(package, described):
    path = package.folder / "README.md"
    about = f"{package.project['project']['description'].rstrip('.')}."
    part = _PART.format(
        begin=BEGIN,
        end=END,
        name=package.name,
        slug=package.slug,
        key=package.about["key"],
        described=described,
        version=package.about["api_version"],
        verified=package.about["verified"],
        how=package.how,
        sources="\n".join(f"- <{url}>" for url in package.documentation),
    )
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    text = text or _WHOLE.format(name=package.name, about=about, begin=BEGIN, end=END)
    return Readme(path, _MADE.sub(lambda _: part, text))
