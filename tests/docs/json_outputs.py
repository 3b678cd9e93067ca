"""The page of what commands print with ``--json``, made of their schemas.

    uv run python -m tests.docs.json_outputs

writes it.
"""

import json

from portcall.cli.output_schemas.read_schema import read_schema, schema_names

from .pages import ROOT

PAGE = ROOT / "docs" / "json.md"
AGAIN = "uv run python -m tests.docs.json_outputs"
_PREFIX = "#/$defs/"
_ABOUT = """\
# Output for programs

With `--json` a command prints its result as JSON on standard output. An error is one line of JSON on
standard error, [](#error); the exit code is the same as without `--json`. Progress, warnings and questions
stay on standard error.

```sh
portcall send shop track events.ndjson --json > summary.json 2> errors.json
portcall schema send > send.schema.json
```

Each output has a JSON Schema, which `portcall schema NAME` prints; `portcall schema` lists them. The name
is that of the command, with a dash between two words: `key-status`. Each schema has a `version` of its own:
while it stays the same, members may be added, and no member is removed or changes its meaning. So a program
should ignore members that it does not know.

Every instant is RFC 3339, in UTC, to the second: `2026-03-10T12:00:05Z`. Durations are numbers of seconds,
and their names end in `_s`. Secrets are `***`.

This page is made of the schemas. `?` marks a member that is left out where it says nothing; `[]` stands for
each item of an array, `*` for each name of an object.
"""


def page():
    """Return the text of the page."""
    shared = {}
    parts = [_part(name, shared) for name in schema_names()]
    parts.append("## Shared parts\n")
    parts += [f"### {name} (part)\n\n{_text(each)}" for name, each in sorted(shared.items())]
    return "\n".join([_ABOUT, *parts])


def _part(name, shared):
    schema = read_schema(name)
    shared.update(schema.get("$defs", {}))
    words = f"`portcall {name.replace('-', ' ')} --json`, version {schema['version']}"
    if name == "error":
        words = f"On standard error, with every command, version {schema['version']}"
    return f"## {name}\n\n{words}: {_lower(schema['title'])}.\n\n{_text(schema)}"


def _text(schema):
    if "anyOf" in schema:
        return "\n".join(f"{_intro(each)}{_rows(each)}" for each in schema["anyOf"])
    return _rows(schema)


def _intro(schema):
    return f"{schema['description']}\n\n" if "description" in schema else ""


def _rows(schema):
    rows = [f"| `{path}` | {kind} | {about} |\n" for path, kind, about in _members(schema, "")]
    links = [
        f"{_link(each['$ref'])}\n" for each in (schema, *schema.get("allOf", ())) if "$ref" in each
    ]
    if schema.get("type") == "string":
        return f"{schema['description']}\n"
    more = f"All of {', '.join(link.strip() for link in links)}.\n" if links else ""
    table = "".join(["| member | is | about |\n|---|---|---|\n", *rows]) if rows else ""
    return "\n".join(part for part in (more, table) if part)


def _members(schema, path):
    for each in schema.get("allOf", ()):
        yield from _members(each, path)
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        place = f"{path}.{name}".lstrip(".")
        yield f"{place}{'' if name in required else '?'}", _kind(each), _about(each)
        yield from _members(each, place)
    if isinstance(schema.get("items"), dict):
        yield from _members(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _members(schema["additionalProperties"], f"{path}.*")
    for each in schema.get("anyOf", ()) if path else ():
        yield from _members(each, path)


def _kind(schema):
    if "$ref" in schema:
        return _link(schema["$ref"])
    for key in ("anyOf", "allOf"):
        if key in schema:
            return " or ".join(_kind(each) for each in schema[key])
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        return ", ".join(f"`{json.dumps(each)}`" for each in values)
    kinds = schema.get("type", "any")
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    if isinstance(schema.get("items"), dict) and "properties" not in schema["items"]:
        return f"{kind} of {_kind(schema['items'])}"
    return kind


def _about(schema):
    return schema.get("description", "").replace("*", "\\*").replace("|", "\\|")


def _link(reference):
    name = reference.removeprefix(_PREFIX)
    return f"[{name}](#{name}-part)"


def _lower(text):
    return text[0].lower() + text[1:]


def main():
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
