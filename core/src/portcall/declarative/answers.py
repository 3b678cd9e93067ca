"""What answers say: paths into JSON, conditions on them, and rules that make verdicts of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import attrs

from portcall.declarative.call_documents import AnswerTable
from portcall.declarative.scopes import Report
from portcall.errors import MalformedResponseError
from portcall.model.http_response import Kind, Response, Verdict
from portcall.requests.retry_after import retry_after

JsonPath: TypeAlias = Callable[[Any], Iterator[Any]]
"""Takes JSON and yields what lies at a path: one value, or several behind a ``*``."""
Test: TypeAlias = Callable[[Any], bool]

_PATH: Final = re.compile(r"\$(?:\.[^.\[\]*]+|\.\*|\{\*\}|\[\d+\]|\[\*\])*")
_STEP: Final = re.compile(r"\.(?:\*|[^.\[\]*]+?(?=\.|\[|\{\*\}|$))|\{\*\}|\[(?:\d+|\*)\]")
_MOST_VALUES: Final = 100_000
_LONGEST_WAIT_S: Final = 366 * 86_400


def json_path(source: str, at: tuple[str, ...], report: Report) -> JsonPath:
    """Compile a path: ``$.a.b``, ``$.errors[0]``, ``$.errors[*].index``, ``$.items[*].*.status``.

    ``{*}`` makes an object of each member, with its ``name`` and its ``value``: ``$.errors{*}``.
    """
    if not _PATH.fullmatch(source):
        report(at, f"`{source[:60]}` is not a path such as `$.errors[*].index`")
    steps = _STEP.findall(source)

    def walk(value: Any, place: int = 0) -> Iterator[Any]:
        if place == len(steps):
            yield value
            return
        for each in _children(value, steps[place]):
            yield from walk(each, place + 1)

    return walk


def first(path: JsonPath | None, value: Any) -> Any:
    """Return the first value at a path; None if there is none."""
    return None if path is None else next(path(value), None)


def condition(where: Mapping[str, Any], at: tuple[str, ...], report: Report) -> Test:
    """Compile a table of paths and values: every path must hold its value, or one of its values.

    An empty list wants no value at all: nothing is at the path, or null.
    """
    tests = [
        (json_path(path, (*at, path), report), values if isinstance(values, list) else [values])
        for path, values in where.items()
    ]

    def holds(value: Any) -> bool:
        return all(_is_one_of(first(path, value), values) for path, values in tests)

    return holds


def body_of(response: Response) -> Any:
    """Return the JSON of an answer; None for a body that is none."""
    try:
        return response.json()
    except MalformedResponseError:
        return None


def classifier(
    rules: Sequence[AnswerTable], report: Report
) -> Callable[[Response], Verdict | None]:
    """Compile the rules about answers; the first that holds makes the verdict."""
    compiled = [_Rule.of(rule, ("answers", str(n)), report) for n, rule in enumerate(rules)]

    def classify(response: Response) -> Verdict | None:
        body, is_read = None, False
        for rule in compiled:
            if not rule.covers(response):
                continue
            if rule.reads and not is_read:
                body, is_read = body_of(response), True
            if rule.holds(body):
                return rule.verdict(response, body)
        return None

    return classify


@attrs.frozen
class _Rule:
    kind: Kind
    statuses: frozenset[int]
    holds: Test
    reason: JsonPath | None
    wait_s: JsonPath | None
    reads: bool
    not_applied: bool
    texts: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, rule: AnswerTable, at: tuple[str, ...], report: Report) -> _Rule:
        statuses = _statuses(rule.status, (*at, "status"), report)
        if not (statuses or rule.where or rule.contains or rule.headers):
            report(at, "a rule needs a `status`, a `where`, a `contains`, or `headers`")
        reason, wait_s = (
            None if path is None else json_path(path, (*at, name), report)
            for name, path in (("reason", rule.reason), ("retry_after_s", rule.retry_after_s))
        )
        holds = condition(rule.where, (*at, "where"), report)
        reads = bool(rule.where or reason or wait_s)
        texts = _texts(rule.contains, (*at, "contains"), report)
        return cls(
            Kind(rule.means), statuses, holds, reason, wait_s, reads, rule.not_applied, texts,
            tuple(rule.headers.items()),
        )  # fmt: skip

    def covers(self, response: Response) -> bool:
        """Return whether status, header fields and text are as the rule says."""
        if self.statuses and response.status not in self.statuses:
            return False
        if any(response.headers.get(name) != value for name, value in self.headers):
            return False
        return not self.texts or any(text in response.body for text in self.texts)

    def verdict(self, response: Response, body: Any) -> Verdict:
        now, retry_at = datetime.now(UTC), None
        if self.kind in {Kind.THROTTLED, Kind.UNAVAILABLE}:
            wait_s = _number(first(self.wait_s, body))
            if wait_s is not None and 0 <= wait_s <= _LONGEST_WAIT_S:
                retry_at = now + timedelta(seconds=wait_s)
            retry_at = retry_at or retry_after(response, now)
        return Verdict(self.kind, retry_at, shown(first(self.reason, body)), self.not_applied)


def shown(value: Any) -> str:
    """Return what a destination says as the text of a reason; empty for nothing."""
    return "" if value is None or isinstance(value, dict | list) else f"{value}"[:300]


def _texts(given: Any, at: tuple[str, ...], report: Report) -> tuple[bytes, ...]:
    texts = given if isinstance(given, list) else [given] if given is not None else []
    if not all(isinstance(each, str) and each for each in texts):
        report(at, "must be a text, or a list of texts, none of them empty")
        return ()
    return tuple(each.encode() for each in texts)


def _statuses(given: Any, at: tuple[str, ...], report: Report) -> frozenset[int]:
    statuses = given if isinstance(given, list) else [given] if given is not None else []
    for each in statuses:
        if isinstance(each, bool) or not isinstance(each, int) or not 100 <= each <= 599:
            report(at, f"{each!r} is not a status code")
            return frozenset()
    return frozenset(statuses)


def _children(value: Any, step: str) -> Sequence[Any]:
    if step.startswith("["):
        if not isinstance(value, list):
            return ()
        if step == "[*]":
            return value[:_MOST_VALUES]
        place = int(step[1:10].rstrip("]"))
        return value[place : place + 1]
    if not isinstance(value, dict):
        return ()
    if step in {".*", "{*}"}:
        members = list(value.items())[:_MOST_VALUES]
        return [e if step == ".*" else {"name": name, "value": e} for name, e in members]
    return (value[step[1:]],) if step[1:] in value else ()


def _is_one_of(found: Any, wanted: Sequence[Any]) -> bool:
    return any(_same(found, each) for each in wanted) if wanted else found is None


def _same(found: Any, wanted: Any) -> bool:
    """Compare as JSON does: true is no 1."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
