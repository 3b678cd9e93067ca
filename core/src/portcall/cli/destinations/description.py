"""What is known of a destination and its actions, as people read it at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from portcall.fields.conditions import in_words

LONGEST: Final = 60
"""Characters of one value in a table; the action alone shows all of it."""


def destination_lines(described: Mapping[str, Any]) -> Iterator[str]:
    """Write a destination: one action in full, several with their fields in short."""
    source = f"{described['distribution']} {described['version']}".rstrip()
    yield f"{described['slug']} ({source}), scheme {described['scheme']}"
    yield "\nFields"
    yield from _fields(described["fields"]) if described["fields"] else ["  none"]
    if described["credentials"]:
        yield "\nCredentials"
    for each in described["credentials"]:
        yield f"  {each['name']}: {each['label']}\n      {each['env']}"
    yield "\nHosts"
    yield from (f"  {host_text(pattern)}" for pattern in described["hosts"])
    yield "\nActions"
    yield from _actions(described["slug"], described["actions"])


def action_lines(slug: str, action: Mapping[str, Any]) -> Iterator[str]:
    """Write one action with everything that is known of it."""
    yield from _head(action)
    for preset in action.get("presets", ()):
        yield f"      preset {preset['name']}{_filter(preset)}"
        for name, value in preset.get("mapping", {}).items():
            yield f"        {name} from {_value(value)}"
    yield from _fields(action["fields"], "    ", f"{slug} {action['name']}")
    if "on_save" in action:
        yield "    asked for when it is saved"
        yield from _fields(action["on_save"], "      ")


def _actions(slug: str, actions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not actions:
        yield "  none"
    for number, action in enumerate(actions):
        if number:
            yield ""
        yield from action_lines(slug, action) if len(actions) == 1 else _in_short(slug, action)
    if len(actions) > 1:
        yield f"\nOne action in full: portcall describe {slug} {actions[0]['name']}"


def _in_short(slug: str, action: Mapping[str, Any]) -> Iterator[str]:
    yield from _head(action)
    if "presets" in action:
        yield f"      presets: {', '.join(preset['name'] for preset in action['presets'])}"
    rows = [_row(field, f"{slug} {action['name']}") for field in action["fields"]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"    {'  '.join(cells)}".rstrip()


def _row(field: Mapping[str, Any], action: str) -> tuple[str, ...]:
    needs = needs_of(field)
    facts = [*([needs] if "required_if" in field else ()), *facts_of(field, LONGEST)]
    if is_dynamic(field):
        facts.append(f"dynamic choices: portcall choices {action} {field['name']}")
    shown = "maybe" if "required_if" in field else needs
    return field["name"], field["kind"], shown, ", ".join(facts)


def _head(action: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {action['name']}: {action['title']}{_filter(action)}"
    if "description" in action:
        yield f"      {action['description']}"
    yield f"      {repeats_text(action)}"
    if "batch" in action:
        yield f"      {_batch(action['batch'])}"
    if "sync_modes" in action:
        yield f"      sync modes: {', '.join(action['sync_modes'])}"
    if "audience" in action:
        yield f"      audiences: {', '.join(action['audience'])}"


def _filter(subscription: Mapping[str, Any]) -> str:
    return f" [{subscription['subscribe']}]" if "subscribe" in subscription else ""


def repeats_text(action: Mapping[str, Any]) -> str:
    """Return whether an action may be done twice, for people."""
    return _REPEATS[action["repeats"]]


_REPEATS: Final = {
    "idempotent": "idempotent: twice does no harm",
    "key": "carries a key against repeats",
    "unsafe": "not idempotent: never sent again where it may have arrived",
}


def _batch(batch: Mapping[str, Any]) -> str:
    said = [f"batches of at most {batch['size']} events"]
    if "size_bytes" in batch:
        said.append(f"{batch['size_bytes']} bytes")
    if "item_bytes" in batch:
        said.append(f"{batch['item_bytes']} bytes each")
    if "keys" in batch:
        said.append(f"all with the same {' and '.join(batch['keys'])}")
    return ", ".join(said)


def host_text(pattern: str) -> str:
    """Return a declared host for people."""
    if pattern.startswith("{"):
        return f"the origin of the field {pattern.strip('{}')!r}"
    return pattern


def _fields(
    fields: Sequence[Mapping[str, Any]], indent: str = "  ", action: str = ""
) -> Iterator[str]:
    for field in fields:
        facts = ", ".join([field["kind"], needs_of(field), *facts_of(field)])
        yield f"{indent}{field['name']}: {field['label']} ({facts})"
        for key in ("description", "env"):
            if key in field:
                yield f"{indent}    {field[key]}"
        if action and is_dynamic(field):
            yield f"{indent}    dynamic choices: portcall choices {action} {field['name']}"
        inner = field.get("items", {}).get("fields", ())
        yield from _fields([*field.get("fields", ()), *inner], f"{indent}    ")


def is_dynamic(field: Mapping[str, Any]) -> bool:
    """Return whether the destination lists the values of a field, or of its items."""
    return field.get("choices") == "dynamic" or ("items" in field and is_dynamic(field["items"]))


def needs_of(field: Mapping[str, Any]) -> str:
    """Return whether a field has to be given."""
    if "required_if" in field:
        return f"required if {in_words(field['required_if'])}"
    return "required" if field["required"] else "optional"


def facts_of(field: Mapping[str, Any], longest: int | None = None) -> Iterator[str]:
    """Return what else is known of a field, each value cut to a number of characters."""
    if "depends_on" in field:
        yield f"only if {in_words(field['depends_on'])}"
    of_items = {k: v for k, v in field.get("items", {}).items() if k in _OF_ITEMS}
    said = {**of_items, **field}
    for key, word in _FACTS:
        if key in said and said[key] != "dynamic":
            yield f"{word} {_cut(_value(said[key]), longest)}"


_OF_ITEMS: Final = ("format", "minimum", "maximum", "choices")
_FACTS: Final = (
    ("format", "format"),
    ("default", "default"),
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("choices", "one of"),
    ("default_mapping", "from"),
    ("category", "under"),
)


def _value(value: Any) -> str:
    if isinstance(value, list) and value and all(_is_choice(each) for each in value):
        return " | ".join(str(each["value"]) for each in value)
    if isinstance(value, dict) and value.keys() == {"@path"}:
        return str(value["@path"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_choice(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else f"{text[: longest - 3]}..."
