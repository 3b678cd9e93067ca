"""What the answer to a batch says of its items: results, assigned to places and read as outcomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import attrs

from portcall.actions.outcomes import Outcome, Outcomes
from portcall.declarative.answers import JsonPath, Test, condition, first, json_path, shown
from portcall.declarative.call_documents import BatchTable, ResultsTable
from portcall.declarative.scopes import Scope
from portcall.declarative.templates import Render, Values, text_template

Read: TypeAlias = Callable[[Any, Values, Sequence[Any]], tuple[Outcomes, bool]]
"""Takes an answer's JSON, the values of templates and the payloads.

Returns the outcomes, and whether the answer told one.
"""


def refusal_readers(
    table: BatchTable, at: tuple[str, ...], scope: Scope, read: Read | None
) -> dict[int, Read]:
    """Make what reads refusals, by their status."""
    if table.results is not None and table.results.others == "retry":
        scope.report((*at, "results", "others"), "`retry` belongs in `refusals`")
    shared = table.results.statuses if table.results else ()
    readers = dict.fromkeys(shared, read) if read is not None else {}
    for n, refusal in enumerate(table.refusals):
        where = (*at, "refusals", f"{n}")
        if not refusal.statuses:
            scope.report(where, "`statuses` is missing: name the statuses of these refusals")
        own = result_reader(refusal, where, scope)
        readers.update(dict.fromkeys(refusal.statuses, own))
    return readers


def result_reader(table: ResultsTable, at: tuple[str, ...], scope: Scope) -> Read:
    """Make what reads an answer: the outcomes, and whether the answer told one."""
    results = _Results.of(table, at, scope)
    items = json_path(table.items, (*at, "items"), scope.report)
    names_none = _emptiness(table.index or table.id or "")

    def read(body: Any, values: Values, payloads: Sequence[Any]) -> tuple[Outcomes, bool]:
        if body is None:
            return Outcomes({}), False
        told: dict[int, Outcome] = {}
        is_assigned = True
        found = (each for each in items(body) if not names_none(each))
        for place, result in results.placed(found, values, payloads):
            if place is not None:
                told[place] = results.outcome(result)
            elif not results.is_success(result):
                is_assigned = False
        # A result that belongs to no item may be of any of those that have none.
        other = _other(table) if is_assigned else None
        others = {} if other is None else dict.fromkeys(range(len(payloads)), other)
        return Outcomes({**others, **told}), bool(told)

    return read


def _other(table: ResultsTable) -> Outcome | None:
    """Return what becomes of an item without a result; None for uncertain."""
    if table.others == "retry":
        return Outcome.retry("refused with its batch for other items", datetime.now(UTC))
    return Outcome.delivered() if table.others == "delivered" else None


@attrs.frozen
class _Results:
    """How the results of a batch are assigned to its items, and what each says."""

    table: ResultsTable
    index: JsonPath | None
    pattern: re.Pattern[str] | None
    id: JsonPath | None
    item_ids: tuple[Render, ...]
    status: JsonPath | None
    reason: JsonPath | None
    delivered: Test
    retry: Test

    @classmethod
    def of(cls, table: ResultsTable, at: tuple[str, ...], scope: Scope) -> _Results:
        report = scope.report
        needs = {"order": (), "index": ("index",), "id": ("id", "item_id")}[table.by]
        for name in needs:
            if getattr(table, name) is None:
                report(at, f"results by {table.by} need `{name}`")
        paths = {
            name: None
            if (path := getattr(table, name)) is None
            else json_path(path, (*at, name), report)
            for name in ("index", "id", "status", "reason")
        }
        return cls(
            table,
            pattern=_pattern(table.index_pattern, (*at, "index_pattern"), scope),
            item_ids=_item_ids(table.item_id, (*at, "item_id"), scope),
            delivered=condition(table.delivered, (*at, "delivered"), report),
            retry=condition(table.retry, (*at, "retry"), report),
            **paths,
        )

    def placed(
        self, found: Iterator[Any], values: Values, payloads: Sequence[Any]
    ) -> Iterator[tuple[int | None, Any]]:
        """Return each result with the place of its item; None where the result names none."""
        if self.table.by == "order":
            yield from enumerate(found)
        elif self.table.by == "index":
            for result in found:
                for given in _named(self.index, result):
                    place = self._index(given)
                    yield (None if place is None else place - self.table.index_from), result
        else:
            known: dict[str, list[int | None]] = {}
            for place, payload in enumerate(payloads):
                seen = {**values, "payload": payload, "place": str(place)}
                for each in {f"{render(seen)}" for render in self.item_ids}:
                    known.setdefault(each, []).append(place)
            for result in found:
                for given in _named(self.id, result):
                    for place in known.get(f"{given}", (None,)):
                        yield place, result

    def is_success(self, result: Any) -> bool:
        """Return whether a result says that what it is of was taken."""
        return bool(self.table.delivered) and self.delivered(result)

    def outcome(self, result: Any) -> Outcome:
        """Return what one result says of its item."""
        if self.is_success(result):
            return Outcome.delivered()
        reason = shown(first(self.reason, result)) or "the destination refused it"
        if self.table.retry and self.retry(result):
            return Outcome.retry(reason, self._again_at())
        status = first(self.status, result)
        if isinstance(status, int) and not isinstance(status, bool):
            return Outcome.of_status(status, shown(first(self.reason, result)))
        if self.table.means == "retry":
            return Outcome.retry(reason, self._again_at())
        return Outcome.rejected(reason)

    def _again_at(self) -> datetime | None:
        wait_s = self.table.retry_after_s
        return None if wait_s is None else datetime.now(UTC) + timedelta(seconds=wait_s)

    def _index(self, found: Any) -> int | None:
        if self.pattern is not None:
            match = self.pattern.search(f"{found}"[:1000])
            found = match[1] if match else None
        if isinstance(found, bool) or not isinstance(found, int | str):
            return None
        text = f"{found}"
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _item_ids(given: Any, at: tuple[str, ...], scope: Scope) -> tuple[Render, ...]:
    """Compile the templates of an item's ids: none, one, or a list."""
    sources = given if isinstance(given, list) else [] if given is None else [given]
    if not all(isinstance(each, str) for each in sources):
        scope.report(at, "must be a template, or a list of templates")
        return ()
    inner = Scope({**scope.known, "place": None}, scope.report)
    return tuple(text_template(each, at, inner) for each in sources)


def _named(path: JsonPath | None, result: Any) -> Sequence[Any]:
    """Return every index or id that a result names; one None where it names none."""
    found = () if path is None else [*path(result)]
    return found or (None,)


def _emptiness(source: str) -> Test:
    """Make the test whether a result is of an empty list of items, not of an unknown item."""
    if not source.endswith("[*]"):
        return lambda _: False
    listed = json_path(source.removesuffix("[*]"), (), lambda *_: None)
    return lambda result: isinstance(first(listed, result), list) and not first(listed, result)


def _pattern(source: str | None, at: tuple[str, ...], scope: Scope) -> re.Pattern[str] | None:
    if source is None:
        return None
    try:
        pattern = re.compile(source)
    except re.error as error:
        scope.report(at, f"is not a regular expression: {error}")
        return None
    if pattern.groups != 1:
        scope.report(at, "must have one group, around the index")
        return None
    return pattern
