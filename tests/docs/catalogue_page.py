"""Write ``docs/catalogue.md`` from the destinations of this repository.

After a change of one of them: ``python -m tests.docs.everything``.
"""

import tomllib

from tests.catalogue.packages import OPENAPI, packages

from .pages import ROOT

FILE = ROOT / "docs" / "catalogue.md"
_PAGE = """\
# Catalogue

There are {count} destinations, each a package of its own; {declarative} of them are a
[file](destination-files.md) without code. At a terminal, `portcall destinations --available QUERY` finds a
destination, and `portcall plugins install NAME` installs it.

The last column says how each was verified. A "document" is an OpenAPI document of {openapi}, with which Prism
compared the requests, and the answers of the stand-in, too. A package (which sent the same requests) or a
server is named; if it is not the vendor's, the entry says so. "Not yet" means that the requests
were compared only with the destination's own stand-in, and with nothing that its vendor or others wrote.

{tables}
"""
_HEAD = """\
| destination | signs in with | actions | batches | last verified |
|---|---|---|---|---|
"""


def text(describe):
    """Return the page.

    Args:
        describe: Returns what ``portcall describe SLUG --json`` says.
    """
    found = {}
    for package in packages().values():
        found.setdefault(package.category, []).append(_row(package, describe(package.slug)))
    tables = "\n\n".join(
        f"## {category}\n\n{_HEAD}{''.join(sorted(rows, key=str.casefold))}".rstrip()
        for category, rows in sorted(found.items())
    )
    declarative = sum(package.file is not None for package in packages().values())
    return _PAGE.format(
        count=len(packages()), declarative=declarative, openapi=OPENAPI, tables=tables
    )


def _row(package, described):
    actions = ", ".join(f"`{each['name']}`" for each in described["actions"])
    batches = ", ".join(
        f"`{each['name']}`: {each['batch']['size']:,}"
        for each in described["actions"]
        if each.get("batch")
    )
    link = f"[{package.title}](destinations/{package.slug}.md)"
    ways = ", ".join(_ways(package, described)) or f"`{described['scheme']}`"
    return f"| {link} | {ways} | {actions} | {batches or 'none'} | {package.verified} |\n"


def _ways(package, described):
    """Return the methods of a destination; of one without any, the secrets that a customer fills in."""
    methods = {}
    if package.file is not None:
        methods = tomllib.loads(package.file.read_text("utf-8")).get("methods", {})
    if methods or described["scheme"] not in {"custom", "basic"}:
        return [method["label"] for method in methods.values()]
    return [field["label"] for field in described["fields"] if field["kind"] == "secret"]
