"""A page for each destination of this repository, made of what the plugin itself says, and their list.

    uv run python -m tests.docs.destination_pages

writes them into ``docs/destinations``.
"""

import json
import sys
import tomllib
from contextlib import redirect_stdout
from io import StringIO

from portcall.cli import main as main_of_cli

from .pages import ROOT

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

{described}
"""
_LIST = """\
# Destinations

Each is a package of its own. `portcall destinations` lists those that are installed, and
`portcall describe SLUG` says of one what is written here. One that is not in the list can be
[written](../tutorial.md) as a package, or as a [file](../destination-files.md).

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
    for folder in sorted((ROOT / "plugins").iterdir()):
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        for slug in project["entry-points"]["portcall.destinations"]:
            described = json.loads(_said("describe", slug, "--json"))
            title = slug.replace("-", " ").capitalize()
            about = project["description"].rstrip(".") + "."
            actions = ", ".join(f"`{each['name']}`" for each in described["actions"]) or "none"
            rows.append(f"| [{title}]({slug}.md) | {about} | `{described['scheme']}` | {actions} |")
            found[f"{slug}.md"] = _PAGE.format(
                title=title,
                about=about,
                package=project["name"],
                slug=slug,
                described=_said("describe", slug, "--markdown").rstrip(),
            )
    names = "\n".join(name.removesuffix(".md") for name in found)
    return {"index.md": _LIST.format(rows="\n".join(rows), names=names), **found}


def _said(*words):
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


if __name__ == "__main__":
    main()
