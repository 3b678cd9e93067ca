"""PC401 to PC409: what text in an event, or in the settings, can make of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.delivering.first_deliveries import is_misplaced
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing.hostile_runs import setting_fault, tried_texts, with_setting
from portcall.checks.probing.played import Seen
from portcall.checks.probing.stage import said, stage_of
from portcall.checks.probing.text_places import (
    FOREIGN,
    Tried,
    body_fault,
    is_lost,
    is_raw,
    path_fault,
    query_fault,
)
from portcall.checks.subject import Subject
from portcall.errors import PortcallError

_CONNECTION: Final = Needs.CONNECTION
_RAW: Final = "leave encoding to path=, query= and json=, and paste no text into URLs and bodies"


@as_check(
    "PC401",
    "text-in-paths",
    Severity.ERROR,
    "Text of an event is one segment of a path.",
    needs=_CONNECTION,
)
def in_paths(subject: Subject) -> Iterator[Finding]:
    """Text that is pasted into a URL changes where the request goes.

    In ``f"/channels/{channel}/messages"``, ``a/b`` is two segments, many servers read ``%2f`` as a
    slash, and a ``?`` begins the query. One event then acts on the record of another, or with parameters
    that its author chose. ``client.post("/channels/{channel}/messages", path={"channel": channel})``
    encodes the value.
    """
    yield from _found(in_paths, subject, path_fault)


@as_check(
    "PC402",
    "text-in-queries",
    Severity.ERROR,
    "Text of an event is one value of a query.",
    needs=_CONNECTION,
)
def in_queries(subject: Subject) -> Iterator[Finding]:
    """Text that is pasted into a query can add parameters.

    In ``f"/search?q={name}"``, an ``&`` in the text begins another parameter, which the API may obey:
    ``role=admin``. ``query={"q": name}`` encodes each value for its place.
    """
    yield from _found(in_queries, subject, query_fault)


@as_check(
    "PC403",
    "text-in-bodies",
    Severity.ERROR,
    "Text of an event is one value of a body.",
    needs=_CONNECTION,
)
def in_bodies(subject: Subject) -> Iterator[Finding]:
    """Text that is pasted into a body breaks it at the first quotation mark, or adds members.

    ``json=`` and ``form=`` write each value as one.
    """
    yield from _found(in_bodies, subject, body_fault)


@as_check(
    "PC404",
    "text-that-crashes",
    Severity.ERROR,
    "No text of an event ends a run.",
    needs=_CONNECTION,
)
def stood(subject: Subject) -> Iterator[Finding]:
    """What cannot be sent is refused for its own event, and the others continue.

    portcall refuses what cannot be sent, such as a line break in a header: that event is rejected with a
    reason. Another exception, such as ``UnicodeEncodeError`` from ``encode("ascii")``, counts as a bug
    of the plugin, and ends the run.
    """
    stage = stage_of(subject)
    for tried in tried_texts(stage):
        if tried.hostile.raised is not None and not (
            tried.hostile.is_endless or is_misplaced(tried.hostile)
        ):
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

    ``encode("ascii", "ignore")``, Latin-1, or a value that is encoded twice, changes them.
    """
    stage = stage_of(subject)
    for tried in tried_texts(stage):
        if tried.text == FOREIGN and not is_raw(tried) and is_lost(tried):
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
    """What a customer fills in becomes part of URLs, too.

    A project's id with a slash or a ``?`` in it would lead elsewhere. A format (``"hostname-label"``,
    ``"uuid"``) refuses it in the form, and ``path=`` encodes it.
    """
    stage = stage_of(subject)
    mode = next((each for each in stage.working if not each.batched), None)
    if mode is None:
        return
    for field in stage.destination.fields:
        for text in ("a?role=admin&x=1", "a/b", "a%2fb"):
            fault = setting_fault(stage, mode, field, text)
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
    """A person who fills in a form incorrectly gets a sentence that names the field.

    A hook that takes a setting apart and raises another error, such as ``IndexError``, shows a traceback
    instead.
    """
    stage = stage_of(subject)
    mode = next((each for each in stage.working if not each.batched), None)
    for field in stage.destination.fields if mode is not None else ():
        for text in ("x", "ü/:@%", "a:b:c"):
            trial = with_setting(stage, mode, field, text) if mode is not None else None
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


def _found(
    check: Check, subject: Subject, fault: Callable[[Tried, Seen, Seen], str]
) -> Iterator[Finding]:
    stage = stage_of(subject)
    told: set[tuple[str, str]] = set()
    for tried in tried_texts(stage):
        key = (str(tried.mode), tried.field)
        what = next(filter(None, (fault(tried, *pair) for pair in tried.pairs)), "")
        if what and key not in told:
            told.add(key)
            text = f"{tried.mode} with {tried.shown} in {tried.field!r} {what}"
            yield check.finding(text, _RAW, stage.place_of(tried.mode))


HOSTILE: Final = (in_paths, in_queries, in_bodies, stood, kept, in_settings, settled)
