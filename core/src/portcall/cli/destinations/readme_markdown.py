"""What is known of a destination, as Markdown for its README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from portcall.cli.destinations.description import (
    facts_of,
    host_text,
    is_dynamic,
    needs_of,
    repeats_text,
)
from portcall.errors import SettingsError

_END: Final = "<!-- end -->"


def write_into(path: Path, slug: str, described: str) -> None:
    """Put a description into a README, in place of what stands between its two marks.

    Args:
        path: The README, with ``<!-- portcall describe SLUG --markdown -->`` and ``<!-- end -->`` in it.
        slug: Of the destination.
        described: Markdown.

    Raises:
        SettingsError: The README cannot be read or written, or has no marks; it stays as it was.
    """
    mark = f"<!-- portcall describe {slug} --markdown -->"
    try:
        before, start, rest = path.read_text(encoding="utf-8").partition(mark)
        _, end, after = rest.partition(_END)
        if not (start and end):
            raise SettingsError(f"{path} has no place for it between {mark} and {_END}")
        draft = path.with_name(f".{path.name}.part")
        draft.write_text(f"{before}{mark}\n{described}\n{_END}{after}", encoding="utf-8")
        draft.replace(path)
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path} cannot be written: {exc}") from exc


def describe_markdown(described: Mapping[str, Any]) -> str:
    """Return settings, hosts and actions of a destination as Markdown sections."""
    return "\n".join(_lines(described))


def _lines(described: Mapping[str, Any]) -> Iterator[str]:
    yield "## Where it talks\n"
    hosts = [f"`{host}`" if "{" not in host else host_text(host) for host in described["hosts"]]
    yield f"To {', '.join(hosts)}, and nowhere else.\n"
    yield "## Settings\n"
    yield f"It signs in with the scheme `{described['scheme']}`.\n"
    rows = [*map(_setting, described["fields"]), *map(_credential, described["credentials"])]
    yield from _table(("setting", "what", "environment"), rows)
    yield "\n## Actions"
    for action in described["actions"]:
        yield from _action(action)


def _action(action: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n### {action['name']}: {action['title']}\n"
    if "description" in action:
        yield f"{action['description']}\n"
    if "subscribe" in action:
        yield f"- for events with `{action['subscribe']}`"
    yield f"- {repeats_text(action)}"
    if "batch" in action:
        yield f"- batches of at most {action['batch']['size']} events"
    for preset in action.get("presets", ()):
        yield f'- preset "{preset["name"]}": `{preset["subscribe"]}`'
    yield ""
    yield from _table(("field", "what", ""), map(_field, action["fields"]))


def _setting(field: Mapping[str, Any]) -> tuple[str, str, str]:
    name, what, facts = _field(field)
    return name, f"{what} ({facts})", f"`{field['env']}`"


def _credential(each: Mapping[str, Any]) -> tuple[str, str, str]:
    return f"`{each['name']}`", f"{each['label']}", f"`{each['env']}`"


def _field(field: Mapping[str, Any]) -> tuple[str, str, str]:
    facts = [field["kind"], needs_of(field), *facts_of(field)]
    if is_dynamic(field):
        facts.append("listed by the destination")
    what = ". ".join(
        part.rstrip(".") for part in (field["label"], field.get("description", "")) if part
    )
    return f"`{field['name']}`", what, ", ".join(facts)


def _table(head: Sequence[str], rows: Any) -> Iterator[str]:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    if not lines:
        yield "None."
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from lines
