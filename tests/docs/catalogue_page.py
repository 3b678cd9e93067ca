"""Write ``docs/catalogue.md`` from the destinations of this repository.

After a change of one of them: ``python -m tests.docs.everything``.
"""

import tomllib

from tests.catalogue.packages import OPENAPI, packages

from .pages import ROOT

FILE = ROOT / "docs" / "catalogue.md"
_PAGE = """\
# Catalogue

{count} destinations, each a package of its own; {declarative} of them are a
[file](destination-files.md) and no code. At a terminal, `portcall destinations --available QUERY` finds one,
and `portcall plugins install NAME` installs it.

How each was verified is in the last column. A "document" is an OpenAPI document of {openapi} that Prism
held the requests against, and the answers of the stand-in, too; a package, which sent the same requests,
or a server is named, and where it is not the vendor's, the entry says so. "Not yet" means that its requests
have been held against its own stand-in only, and against nothing that its vendor or others wrote.

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
