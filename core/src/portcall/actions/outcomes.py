"""What became of an event, and what a destination said about each item of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from datetime import datetime
from typing import Final, Literal, TypeAlias, get_args

import attrs

from portcall.requests.repeats import NOT_APPLIED, is_unclear

Fate: TypeAlias = Literal["delivered", "skipped", "retry", "rejected", "reauthorize", "uncertain"]

KINDS: Final[frozenset[str]] = frozenset(get_args(Fate))

UNMENTIONED: Final = "the destination's answer does not say what became of it"


@attrs.frozen
class Outcome:
    """What became of one event.

    Args:
        kind: ``delivered``; ``skipped``: the subscription does not want it; ``retry``: not applied,
            and may be sent again from ``at`` on; ``rejected``: not applied, and sending it again is
            no use; ``reauthorize``: a person has to authorize the connection again; ``uncertain``: it
            may have been applied or not.
        index: Which event of those handed over, counted from 0.
        reason: Why, as a sentence without secrets; empty for ``delivered`` and ``skipped``.
        field: The field of the payload that is at fault, as a dotted path; empty if it is none.
        at: Aware instant; of ``retry`` only.
        status: The HTTP status code that a destination set for one item of a batch; 0 for none.
        fault: The exception that a bug in the plugin raised; None where the plugin is not at fault.
        exchange: JSON of the last request and its answer, short and redacted, where that is kept.
    """

    kind: Fate
    index: int = 0
    reason: str = ""
    field: str = ""
    at: datetime | None = None
    status: int = attrs.field(default=0, eq=False, repr=False)
    fault: BaseException | None = attrs.field(default=None, eq=False, repr=False)
    exchange: str = attrs.field(default="", eq=False, repr=False)

    @classmethod
    def delivered(cls) -> Outcome:
        """The destination took it."""
        return cls("delivered")

    @classmethod
    def skipped(cls, reason: str = "") -> Outcome:
        """There is nothing to do with it."""
        return cls("skipped", reason=reason)

    @classmethod
    def retry(cls, reason: str = "", at: datetime | None = None) -> Outcome:
        """It was not applied, and may be sent again, from *at* on."""
        return cls("retry", reason=reason, at=at)

    @classmethod
    def rejected(cls, reason: str, field: str = "") -> Outcome:
        """It was refused for what it is."""
        return cls("rejected", reason=reason, field=field)

    @classmethod
    def reauthorize(cls, reason: str = "") -> Outcome:
        """The credentials were refused."""
        return cls("reauthorize", reason=reason)

    @classmethod
    def uncertain(cls, reason: str) -> Outcome:
        """The request may or may not have been applied."""
        return cls("uncertain", reason=reason)

    @classmethod
    def of_status(cls, status: int, reason: str = "") -> Outcome:
        """Read the status that a destination sets for one item of a batch.

        Args:
            status: An HTTP status code: 2xx is delivered, 401 reauthorize, 408, 423, 425, 429 and
                5xx but 501 and 505 retry, all else rejected. After 500, 502, 504 and the like an item is
                sent again only where the action may be done twice; else it is uncertain.
            reason: The destination's own words.
        """
        if 200 <= status < 300:
            return cls.delivered()
        reason = reason or f"the destination answered {status} for it"
        if status == 401:
            return cls.reauthorize(reason)
        if status in NOT_APPLIED or (status < 600 and is_unclear(status)):
            return cls("retry", reason=reason, status=status)
        return cls.rejected(reason)


@attrs.frozen
class Outcomes:
    """What a destination said about the items of one batch, by their place in it.

    An item that is not mentioned is uncertain.

    Args:
        by_index: Places, counted from 0, with what became of the item there.

    Example::

        answer = client.post("/events", json=events).json()
        return Outcomes(
            {n: Outcome.of_status(each["status"]) for n, each in enumerate(answer["items"])}
        )
    """

    by_index: Mapping[int, Outcome] = attrs.field(factory=dict)

    @classmethod
    def delivered(cls, items: Sized) -> Outcomes:
        """Return outcomes of a batch that was taken whole.

        Args:
            items: The payloads, or whatever else has as many members.
        """
        return cls.all(items, Outcome.delivered())

    @classmethod
    def all(cls, items: Sized, outcome: Outcome) -> Outcomes:
        """Return the same outcome for every item."""
        return cls(_Every(outcome, len(items)))

    def with_rejected(self, reasons: Mapping[int, str]) -> Outcomes:
        """Return a copy in which these items were refused, by place with the reason."""
        refused = {index: Outcome.rejected(reason) for index, reason in reasons.items()}
        return Outcomes({**self.by_index, **refused})

    def __getitem__(self, index: int) -> Outcome:
        found = self.by_index.get(index)
        return _unmentioned if found is None else found


@attrs.frozen(eq=False)
class _Every(Mapping[int, Outcome]):
    """The same outcome for *count* items."""

    outcome: Outcome
    count: int

    def __getitem__(self, index: int) -> Outcome:
        if index in range(self.count):
            return self.outcome
        raise KeyError(index)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))

    def __len__(self) -> int:
        return self.count


_unmentioned: Final = Outcome.uncertain(UNMENTIONED)


def listed(outcomes: object, count: int) -> Outcome | Sequence[Outcome]:
    """Return what is said about all items of a batch, or about each.

    Args:
        outcomes: What the action's batch function returned.
        count: How many items the batch has.

    Raises:
        TypeError: The function returned no `Outcomes`, or something else than an `Outcome` for an item.
        ValueError: An item has a place that the batch has not, so that no place can be believed.
    """
    if not isinstance(outcomes, Outcomes):
        raise TypeError(f"its batch gave {type(outcomes).__name__} and no Outcomes")
    said = outcomes.by_index
    if isinstance(said, _Every) and said.count == count and type(said.outcome) is Outcome:
        return said.outcome
    found = list(map(said.get, range(count)))
    if count - found.count(None) != len(said):
        odd = [place for place in said if place not in range(count)][:3]
        places = ", ".join(map(repr, odd))
        raise ValueError(
            f"its batch names the place {places}; {count} items have the places 0 to {count - 1}"
        )
    if not {Outcome} >= set(map(type, found)) - {type(None)}:
        odd_type = next(type(each) for each in found if type(each) not in {Outcome, type(None)})
        raise TypeError(f"an item has {odd_type.__name__} and no Outcome")
    return [_unmentioned if each is None else each for each in found]
