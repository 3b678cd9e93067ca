"""The fields of one event's payload: what fills them, with what, and what is wrong with that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.values import MISSING, is_array, is_object
from portcall.errors import MappingError, Problem, SettingsError
from portcall.fields import Field
from portcall.fields.describing import plain
from portcall.previews.known_secrets import KnownSecrets
from portcall.previews.sources import source_of
from portcall.runs.pipelines.planning import PlannedSubscription
from portcall.secret import MASK, Secret

NOT_MAPPED: Final = "not mapped"
_END_OF_KEY: Final = re.compile(r"[.\[/]")
_MOST_LEVELS: Final = 50


@attrs.frozen(eq=False)
class Mapped:
    """What an event was mapped to.

    Args:
        values: What the mapping makes, by field name, not checked yet; None if it cannot be applied.
        payload: What was made of it; None if something is wrong with it.
        problems: What is.
    """

    values: Mapping[str, Any] | None
    payload: Any
    problems: Sequence[Problem] = ()

    @classmethod
    def of(cls, planned: PlannedSubscription, event: Mapping[str, Any]) -> Mapped:
        """Map one event and check it, as the delivery does."""
        try:
            values = compile_mapping(planned.mapping)(event)
        except MappingError as exc:
            return cls(None, None, _split(exc))
        values = values if isinstance(values, Mapping) else {}
        try:
            return cls(values, planned.plan.read(event))
        except (SettingsError, MappingError) as exc:
            return cls(values, None, _split(exc))


def explain_fields(
    planned: PlannedSubscription, mapped: Mapped, known: KnownSecrets
) -> list[dict[str, Any]]:
    """Describe each field of the action in the order of its form.

    Returns:
        ``name``, ``label``, ``source``, ``origin`` (absent if nothing fills it), ``value`` (absent if
        there is none) and ``problems``, a list of sentences.
    """
    return [_field(field, planned, mapped, known) for field in planned.action.fields]


def other_problems(planned: PlannedSubscription, mapped: Mapped, known: KnownSecrets) -> list[str]:
    """Return what is wrong with the payload, but with none of its fields."""
    names = {field.name for field in planned.action.fields}
    return [shown_text(p.message, known) for p in mapped.problems if _key(p.path) not in names]


def shown_value(value: Any, known: KnownSecrets, level: int = 0) -> Any:
    """Return a value as JSON that may be shown: secrets are ``***``."""
    if isinstance(value, str):
        return shown_text(value, known)
    if level > _MOST_LEVELS:
        return "…"
    if is_object(value):
        return {
            shown_text(str(k), known): shown_value(v, known, level + 1) for k, v in value.items()
        }
    if is_array(value):
        return [shown_value(each, known, level + 1) for each in value]
    return MASK if isinstance(value, Secret) else plain(value)


def shown_text(text: str, known: KnownSecrets) -> str:
    """Return a text that may be shown, and can be: half a character cannot."""
    return known.redact(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def secrets_of(planned: PlannedSubscription, mapped: Mapped) -> list[Secret]:
    """Return the texts that go into secret fields, also where the payload is not valid."""
    values = mapped.values or {}
    return [
        Secret(text)
        for field in planned.action.fields
        for text in _secret_texts(field, values.get(field.name))
    ]


def _secret_texts(field: Field, value: Any) -> Iterator[str]:
    if not field.secret or value is None or value is MISSING:
        return
    inner = {each.name: each for each in field.fields}
    if is_object(value):
        for key, each in value.items():
            known = inner.get(key) or field.item
            if known is not None:
                yield from _secret_texts(known, each)
    elif is_array(value):
        for each in value:
            yield from _secret_texts(field.item or field, each)
    else:
        yield str(value)


def _field(
    field: Field, planned: PlannedSubscription, mapped: Mapped, known: KnownSecrets
) -> dict[str, Any]:
    said: dict[str, Any] = {"name": field.name, "label": field.label, "source": NOT_MAPPED}
    whole = next((name for name in planned.mapping if name.startswith("@")), None)
    if field.name in planned.mapping:
        said["source"] = _source(field, planned.mapping[field.name], known)
    elif whole is not None:
        said["source"] = f"{whole} of the whole mapping"
    if said["source"] != NOT_MAPPED:
        said["origin"] = planned.origins.get(field.name, _strongest(planned))
    value = _value(field, mapped)
    if value is not MISSING:
        said["value"] = _masked(field, value, known)
    said["problems"] = [
        shown_text(p.message, known) for p in mapped.problems if _key(p.path) == field.name
    ]
    return said


def _strongest(planned: PlannedSubscription) -> str:
    return list(planned.origins.values())[-1]


def _source(field: Field, entry: Any, known: KnownSecrets) -> str:
    source = source_of(entry)
    # What is written into the mapping of a secret field may be the secret.
    return MASK if field.secret and not source.startswith("$") else shown_text(source, known)


def _value(field: Field, mapped: Mapped) -> Any:
    """Return what the mapping made, else what the payload has in its place."""
    value = (mapped.values or {}).get(field.name, MISSING)
    if value is not MISSING and value is not None:
        return value
    made = getattr(mapped.payload, field.name, None)
    return value if made is None else made


def _masked(field: Field, value: Any, known: KnownSecrets) -> Any:
    if not field.secret or value is None:
        return shown_value(value, known)
    inner = {each.name: each for each in field.fields}
    if inner and is_object(value):
        named = {str(key): each for key, each in value.items() if key in inner}
        rest = {key: each for key, each in value.items() if key not in inner}
        return {
            **shown_value(rest, known),
            **{key: _masked(inner[key], each, known) for key, each in named.items()},
        }
    if field.item is not None and is_array(value):
        return [_masked(field.item, each, known) for each in value]
    return MASK


def _split(exc: SettingsError | MappingError) -> Sequence[Problem]:
    return exc.problems or (Problem("", str(exc)),)


def _key(path: str) -> str:
    """Return the field that a dotted path or a JSON pointer begins with."""
    return _END_OF_KEY.split(path.removeprefix("/"), maxsplit=1)[0]
