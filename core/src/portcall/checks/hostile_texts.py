"""PC401 to PC409: what text in an event, or in the settings, can make of a request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import attrs

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing.invented import event_of, with_text
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.played import Seen
from portcall.checks.probing.stage import Mode, Stage, said, stage_of
from portcall.checks.subject import Subject
from portcall.errors import PortcallError, SettingsError
from portcall.fields import Field

_CONNECTION: Final = Needs.CONNECTION
_PLAIN: Final = "plaintext7"
_FOREIGN: Final = "zürich 東京 👋"
_REST: Final = "rich"
"""What is left of it where all but ASCII is dropped, replaced or encoded twice."""
_TEXTS: Final = (
    "a?role=admin&x=1",
    "a&role=admin",
    "a#b",
    "a/b",
    "a%2fb",
    "../../admin",
    "a\r\nX-Injected: 1",
    "a\0b",
    'a"b',
    "a'b\\c",
    '","role":"admin',
    _FOREIGN,
    "x" * 10_000,
)
_RAW: Final = "leave encoding to path=, query= and json=, and paste no text into URLs and bodies"


@attrs.frozen
class Tried:
    """One field with one text, and what is sent with plain text in its place.

    Args:
        mode: The action.
        field: The field's name.
        text: What stands in it.
        plain: A run with plain text.
        hostile: A run with *text*.
    """

    mode: Mode
    field: str
    text: str
    plain: Trial
    hostile: Trial

    @property
    def pairs(self) -> Iterator[tuple[Seen, Seen]]:
        """The requests of both runs, as far as they go."""
        return zip(self.plain.seen, self.hostile.seen, strict=False)

    @property
    def shown(self) -> str:
        """The text, short enough for a message."""
        return ascii(self.text[:40])


@as_check(
    "PC401",
    "text-in-paths",
    Severity.ERROR,
    "Text of an event is one segment of a path.",
    needs=_CONNECTION,
)
def in_paths(subject: Subject) -> Iterator[Finding]:
    """A URL pasted from text goes where the text says.

    A URL pasted from text, ``f"/channels/{channel}/messages"``, goes where the text says: ``a/b`` is two
    segments, ``%2f`` is read as a slash by many servers, and what follows a ``?`` is a query. One event
    then acts on the record of another, or with parameters that its author chose.
    ``client.post("/channels/{channel}/messages", path={"channel": channel})`` encodes the value.
    """
    yield from _found(in_paths, subject, _path_fault, _RAW)


@as_check(
    "PC402",
    "text-in-queries",
    Severity.ERROR,
    "Text of an event is one value of a query.",
    needs=_CONNECTION,
)
def in_queries(subject: Subject) -> Iterator[Finding]:
    """A query pasted from text has the parameters that the text brings.

    In ``f"/search?q={name}"`` an ``&`` in the text begins another parameter, which may be one that the API
    obeys: ``role=admin``. ``query={"q": name}`` encodes each value for its place.
    """
    yield from _found(in_queries, subject, _query_fault, _RAW)


@as_check(
    "PC403",
    "text-in-bodies",
    Severity.ERROR,
    "Text of an event is one value of a body.",
    needs=_CONNECTION,
)
def in_bodies(subject: Subject) -> Iterator[Finding]:
    """A body pasted from text breaks at the first quotation mark.

    A body pasted from text breaks at the first quotation mark, or gets members that the text brings:
    ``json=`` and ``form=`` write each value as one.
    """
    yield from _found(in_bodies, subject, _body_fault, _RAW)


@as_check(
    "PC404",
    "text-that-crashes",
    Severity.ERROR,
    "No text of an event ends a run.",
    needs=_CONNECTION,
)
def stood(subject: Subject) -> Iterator[Finding]:
    """What cannot be sent is refused for its own event, and the others go on.

    What cannot be sent, such as a line break in a header, is refused by portcall: that event is rejected
    with a reason, and the others go on. An exception of another kind, such as ``UnicodeEncodeError`` from
    ``encode("ascii")``, counts as a bug of the plugin, and ends the run.
    """
    stage = stage_of(subject)
    for tried in _tried(stage):
        if tried.hostile.raised is not None and not tried.hostile.is_endless:
            text = (
                f"{tried.mode} fails with {tried.shown} in {tried.field!r}: {said(tried.hostile)}"
            )
            advice = "take any text, or return Outcome.rejected(reason, field)"
            yield stood.finding(text, advice, stage.place_of(tried.mode))
            break


@as_check(
    "PC405",
    "text-that-is-lost",
    Severity.BEFORE_PUBLISHING,
    "Text in any script arrives as it is.",
    needs=_CONNECTION,
)
def kept(subject: Subject) -> Iterator[Finding]:
    """Names and messages come in every script.

    ``encode("ascii", "ignore")``, Latin-1, or a value that is encoded twice, makes others of them.
    """
    stage = stage_of(subject)
    for tried in _tried(stage):
        if tried.text == _FOREIGN and not _raw(tried) and _is_lost(tried):
            text = f"{tried.mode} changes {tried.field!r} where it is not ASCII"
            advice = "send text as UTF-8, encoded once: json=, query=, form= and path= do"
            yield kept.finding(text, advice, stage.place_of(tried.mode))
            break


@as_check(
    "PC406",
    "settings-in-urls",
    Severity.BEFORE_PUBLISHING,
    "Text of a setting is one value of a URL.",
    needs=_CONNECTION,
)
def in_settings(subject: Subject) -> Iterator[Finding]:
    """What a customer fills in reaches URLs, too.

    What a customer fills in reaches URLs, too: a project's id with a slash or a ``?`` in it would lead
    elsewhere. A format (``"hostname-label"``, ``"uuid"``) refuses it in the form, and `portcall.url_path`
    encodes it.
    """
    stage = stage_of(subject)
    mode = next((each for each in stage.working if not each.batched), None)
    if mode is None:
        return
    for field in stage.destination.fields:
        for text in ("a?role=admin&x=1", "a/b", "a%2fb"):
            fault = _of_setting(stage, mode, field, text)
            if fault:
                place = subject.place_of_field(stage.destination.settings_class, field.name)
                told = f"setting {field.name!r} with {text!r} in it {fault}"
                yield in_settings.finding(told, "give it a format, or use path=", place)
                break


@as_check(
    "PC407",
    "settings-that-crash",
    Severity.ERROR,
    "Settings that cannot be used are refused with a reason.",
    needs=_CONNECTION,
)
def settled(subject: Subject) -> Iterator[Finding]:
    """A person who fills in a form wrongly gets a sentence that names the field.

    A hook that takes a setting apart and raises something else, such as ``IndexError``, leaves them with a
    traceback.
    """
    stage = stage_of(subject)
    mode = next((each for each in stage.working if not each.batched), None)
    for field in stage.destination.fields if mode is not None else ():
        for text in ("x", "ü/:@%", "a:b:c"):
            trial = _with_setting(stage, mode, field, text) if mode is not None else None
            error = trial.raised if trial is not None else None
            if (
                error is None
                or isinstance(error, PortcallError)
                or not isinstance(error, Exception)
            ):
                continue
            place = subject.place_of_field(stage.destination.settings_class, field.name)
            shown = f"setting {field.name!r} with {text!r} in it ends in {type(error).__name__}"
            yield settled.finding(
                shown, "check it in __attrs_post_init__: raise ValueError with a sentence", place
            )
            break


def _found(check: Any, subject: Subject, fault: Any, advice: str) -> Iterator[Finding]:
    stage = stage_of(subject)
    told: set[tuple[str, str]] = set()
    for tried in _tried(stage):
        key = (str(tried.mode), tried.field)
        what = next(filter(None, (fault(tried, *pair) for pair in tried.pairs)), "")
        if what and key not in told:
            told.add(key)
            text = f"{tried.mode} with {tried.shown} in {tried.field!r} {what}"
            yield check.finding(text, advice, stage.place_of(tried.mode))


def _raw(tried: Tried) -> bool:
    faults = (_path_fault, _query_fault, _body_fault)
    return any(fault(tried, *pair) for pair in tried.pairs for fault in faults)


def _path_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    if _PLAIN not in "/".join(plain.segments):
        return ""
    if len(hostile.segments) != len(plain.segments) or _names(hostile) != _names(plain):
        return "sends it to another path"
    # A value that became another one, a hash, say, is as good as one that is encoded.
    expected = [part.replace(_PLAIN, tried.text) for part in plain.segments]
    decoded = unquote(tried.text)
    pairs = zip(expected, hostile.segments, strict=True)
    if decoded != tried.text and any(e != found and decoded in found for e, found in pairs):
        return "sends it to another path"
    return ""


def _query_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    if not any(_PLAIN in value for pair in plain.query for value in pair):
        return ""
    if _names(hostile) == [_named(tried, name) for name in _names(plain)]:
        return ""
    return "sends other parameters"


def _body_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    if _PLAIN.encode() not in plain.body:
        return ""
    if plain.media_type == "application/x-www-form-urlencoded":
        if "&" not in tried.text:
            return ""
        pairs = [
            parse_qsl(s.body.decode("utf-8", "replace"), keep_blank_values=True)
            for s in (plain, hostile)
        ]
        names, others = ([name for name, _ in each] for each in pairs)
        return (
            "" if [_named(tried, name) for name in names] == others else "sends other form fields"
        )
    if plain.json is None or not {'"', "\\"} & {*tried.text}:
        return ""  # only these end a text in JSON: what others change, the action decides
    if hostile.json is None:
        return "sends a body that is no JSON"
    same = _outline(plain.json, _PLAIN, tried.text) == _outline(hostile.json, "", "")
    return "" if same else "sends a body with other members"


def _names(seen: Seen) -> list[str]:
    return [name for name, _ in seen.query]


def _named(tried: Tried, name: str) -> str:
    return name.replace(_PLAIN, tried.text)


def _outline(value: Any, old: str, new: str) -> Any:
    """Return the names and the shape of a JSON value."""
    if isinstance(value, Mapping):
        named = {name.replace(old, new) if old else name: each for name, each in value.items()}
        return {name: _outline(each, old, new) for name, each in named.items()}
    if isinstance(value, list):
        return [_outline(each, old, new) for each in value]
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:  # JSON in JSON
            return _outline(json.loads(value), old, new)
        except ValueError:
            return None
    return None


def _is_lost(tried: Tried) -> bool:
    """Return whether only a part of the foreign text arrives where the plain one does."""
    for plain, hostile in tried.pairs:
        after = _values(hostile)
        arrives = any(_FOREIGN in each for each in after)
        if any(_PLAIN in each for each in _values(plain)) and not arrives:
            return any(_REST in each for each in after)  # what became a hash has no part of it
    return False


def _values(seen: Seen) -> list[str]:
    """Return every text of a request, decoded for its place; headers apart, which cannot hold every text."""
    texts = [*seen.segments, *(text for pair in seen.query for text in pair)]
    body = seen.body.decode("utf-8", "replace")
    if seen.media_type == "application/x-www-form-urlencoded":
        texts += [text for pair in parse_qsl(body, keep_blank_values=True) for text in pair]
    else:
        texts.append(body if seen.json is None else json.dumps(seen.json, ensure_ascii=False))
        if isinstance(seen.json, dict):
            texts += [text.replace('\\"', '"') for text in _inner(seen.json)]
    return texts


def _inner(value: Any) -> Iterator[str]:
    """Return the texts of JSON that is text in JSON, decoded."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _inner(each)
    elif isinstance(value, list):
        for each in value:
            yield from _inner(each)
    elif isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            yield json.dumps(json.loads(value), ensure_ascii=False)
        except ValueError:
            return


def _tried(stage: Stage) -> list[Tried]:
    """Return a run of each single action with each text in each field that takes it, remembered."""
    if stage.tried is None:
        stage.tried = [
            tried for mode in stage.working if not mode.batched for tried in _of_mode(stage, mode)
        ]
    return stage.tried


def _of_mode(stage: Stage, mode: Mode) -> Iterator[Tried]:
    payload = (stage.payloads(mode) or [{}])[0]
    free = [f for f in mode.action.fields if f.name in payload and _takes(f, payload[f.name])]
    if not free:
        return
    plain = {f.name: _run(stage, mode, payload, [f], _PLAIN) for f in free}
    for text in _TEXTS:
        together = _run(stage, mode, payload, free, text)
        if (
            len(free) > 1
            and text != _FOREIGN
            and _is_quiet(stage, mode, payload, free, text, together)
        ):
            continue
        for field in free:
            hostile = together if len(free) == 1 else _run(stage, mode, payload, [field], text)
            yield Tried(mode, field.name, text, plain[field.name], hostile)


def _is_quiet(
    stage: Stage,
    mode: Mode,
    payload: Mapping[str, Any],
    free: list[Field],
    text: str,
    together: Trial,
) -> bool:
    """Return whether a text in all fields at once does no more than plain text."""
    if together.raised is not None or not together.seen:
        return False
    plain = stage.memo(f"plain of {mode}", lambda: _run(stage, mode, payload, free, _PLAIN))
    tried = Tried(mode, "", text, plain, together)
    return not _raw(tried)


def _takes(field: Field, value: Any) -> bool:
    return bool(with_text(field, value, _PLAIN) != value)


def _run(
    stage: Stage, mode: Mode, payload: Mapping[str, Any], fields: list[Field], text: str
) -> Trial:
    changed = {f.name: with_text(f, payload[f.name], text) for f in fields}
    events = [event_of({**payload, **changed}, 0)]
    return stage.observe(partial(stage.deliver, mode, events), stage.script(mode))


def _of_setting(stage: Stage, mode: Mode, field: Field, text: str) -> str:
    plain = _with_setting(stage, mode, field, _PLAIN)
    hostile = _with_setting(stage, mode, field, text)
    if plain is None or hostile is None:
        return ""
    tried = Tried(mode, field.name, text, plain, hostile)
    faults = (_path_fault, _query_fault)
    return next(filter(None, (f(tried, *pair) for pair in tried.pairs for f in faults)), "")


def _with_setting(stage: Stage, mode: Mode, field: Field, text: str) -> Trial | None:
    """Run an action with *text* in one setting; None if the setting does not take it."""
    if field.kind not in {"string", "secret"} or isinstance(field.choices, tuple):
        return None
    settings = {**stage.subject.settings, field.name: text}

    def work() -> Any:
        try:
            connection = stage.connect(settings)
        except SettingsError:
            return None
        return stage.deliver(mode, stage.events(mode), connection)

    return stage.memo(
        f"{field.name}={text} {mode}", lambda: stage.observe(work, stage.script(mode))
    )


HOSTILE: Final = (in_paths, in_queries, in_bodies, stood, kept, in_settings, settled)
