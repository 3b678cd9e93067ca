"""A page for each destination of this repository, made of what the plugin itself says, and their list.

    uv run python -m tests.docs.destination_pages

writes them into ``docs/destinations``, and the READMEs that are made of the same.
"""

import json
import sys
from contextlib import redirect_stdout
from io import StringIO

from portcall.cli import main as main_of_cli
from tests.catalogue.packages import packages

from .pages import ROOT
from .readmes import readmes

FOLDER = ROOT / "docs" / "destinations"
AGAIN = "uv run python -m tests.docs.destination_pages"
_PAGE = """\
# {title}

{about}

```sh
pip install 'portcall[cli]' {package}
portcall connect {slug}
portcall test {slug}
```
{key}
{described}
"""
_LIST = """\
# Destinations

Each destination is a package of its own; the [catalogue](../catalogue.md) compares them.
`portcall destinations` lists the installed destinations, `portcall destinations --available` all of them, and
`portcall describe SLUG` shows what these pages say about one. If yours is not in the list, write it
[as a package](../tutorial.md), or as a [file](../destination-files.md).

| destination | about | signs in with | actions |
|---|---|---|---|
{rows}

```{{toctree}}
:hidden:

{names}
```
"""


def pages():
    """Return the text of every page by its name."""
    found = {}
    rows = []
    for slug, package in packages().items():
        about_it = described(slug)
        about = package.project["project"]["description"].rstrip(".") + "."
        actions = ", ".join(f"`{each['name']}`" for each in about_it["actions"]) or "none"
        title = package.title
        rows.append(f"| [{title}]({slug}.md) | {about} | `{about_it['scheme']}` | {actions} |")
        key = package.about["key"] if package.about else ""
        found[f"{slug}.md"] = _PAGE.format(
            title=title,
            about=about,
            package=package.name,
            slug=slug,
            key=f"\nHow to get the credentials: <{key}>\n" if key else "",
            described=described_as_markdown(slug).rstrip(),
        )
    names = "\n".join(name.removesuffix(".md") for name in found)
    return {"index.md": _LIST.format(rows="\n".join(rows), names=names), **found}


def described(slug):
    """Return what a destination says of itself, for programs."""
    return json.loads(said("describe", slug, "--json"))


def described_as_markdown(slug):
    """Return what a destination says of itself."""
    return said("describe", slug, "--markdown")


def said(*words):
    """Return what a command prints."""
    with redirect_stdout(StringIO()) as said:
        code = main_of_cli(words)
    assert code == 0, words
    return said.getvalue()


def main():
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/destinations/{name}\n")
    for readme in readmes(described_as_markdown):
        readme.path.write_text(readme.text, encoding="utf-8")
        sys.stdout.write(f"{readme.path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
