"""What the suites are written with: checks that explain themselves, and an environment without keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from portcall.model.auth import Auth
from portcall.secret import Secret
from portcall.store import ConflictError, Record, Store, StoreError, fetch

Factory: TypeAlias = Callable[..., Any]
"""Opens the store under test."""

_E = TypeVar("_E", bound=StoreError)
_VARIABLES: Final = ("PORTCALL_KEY", "PORTCALL_KEY_COMMAND")


class WithoutKeys:
    """Takes the tester's own keys out of the environment of each test."""

    _kept: Mapping[str, str] = {}

    def setup_method(self) -> None:
        """Remember and remove them."""
        self._kept = {name: os.environ.pop(name) for name in _VARIABLES if name in os.environ}

    def teardown_method(self) -> None:
        """Put them back."""
        os.environ.update(self._kept)


class Refused(list[_E]):
    """Takes the error that a block raised."""

    @property
    def error(self) -> _E:
        """That error."""
        return self[0]


@contextmanager
def refused(kind: type[_E]) -> Iterator[Refused[_E]]:
    """Expect the block to raise an error of this *kind*."""
    caught: Refused[_E] = Refused()
    try:
        yield caught
    except kind as exc:
        caught.append(exc)
    else:
        raise AssertionError(f"{kind.__name__} was not raised")


def same(got: object, want: object, what: str = "this") -> None:
    """Expect *got* to be *want*."""
    if got != want:
        raise AssertionError(f"{what} is {got!r}, not {want!r}")


def true(condition: object, what: str) -> None:
    """Expect *condition* to hold."""
    if not condition:
        raise AssertionError(what)


def sample(name: str = "acme") -> Record:
    """Return a record with something in every place."""
    return Record(
        name=name,
        slug="acme",
        settings={
            "subdomain": "élan",
            "api_key": Secret("api-key-0"),
            "numbers": [1, 2.5, True, None, 2**53 + 1],
            "nested": [{"password": Secret("pässword \ud800 \x00")}, {}],
        },
        auth=Auth(
            access_token=Secret("access-0"),
            refresh_token=Secret("refresh-0"),
            token_secret=Secret("secret-0"),
            expires_at=datetime(2031, 2, 3, 4, 5, 6, 789, UTC),
            scopes=("read", "write"),
            state={"realm": "r", "session": Secret("session-0")},
        ),
        state={"intent": None, "count": 0},
    )


def counted(record: Record, count: int) -> Record:
    """Write *count* into every part of *record* that is kept in a place of its own."""
    return attrs.evolve(
        record,
        settings={**record.settings, "subdomain": f"at-{count}", "api_key": Secret(f"key-{count}")},
        auth=attrs.evolve(record.auth, access_token=f"access-{count}"),
        state={**record.state, "count": count},
    )


def count_of(record: Record) -> int:
    """Read the count back, and expect every part to tell the same."""
    count = int(record.state["count"])
    whole = counted(record, count)
    same((record.settings, record.auth), (whole.settings, whole.auth), "a half-written record")
    return count


def increment(store: Store, name: str) -> None:
    """Add one, against all others that do."""
    while True:
        record = fetch(store, name)
        try:
            store.replace(counted(record, count_of(record) + 1), generation=record.generation)
        except ConflictError:
            continue
        return
