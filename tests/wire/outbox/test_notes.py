"""What threads of one claim write down at the same time, while others answer."""

from itertools import count
from threading import Event

import pytest

from portcall import OutboxUnavailableError
from portcall.outbox import Clock, SQLiteOutbox


class OvertakenNotes(SQLiteOutbox):
    """Lets every second note wait until another one is written, where another one comes."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self._calls = count()
        self._written = Event()

    def note(self, *given, **named):
        if next(self._calls) % 2:
            self._written.clear()
            self._written.wait(0.05)
        super().note(*given, **named)
        self._written.set()


class LostNote(SQLiteOutbox):
    """Cannot write the fifth note."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self._calls = count()

    def note(self, *given, **named):
        if next(self._calls) == 4:
            raise OutboxUnavailableError("the disk went away for a moment")
        super().note(*given, **named)


@pytest.fixture(params=[OvertakenNotes, LostNote])
def storage(request, tmp_path, clock):
    opened = request.param(tmp_path / "outbox.sqlite3", clock=Clock(clock.wall, clock.monotonic))
    yield opened
    opened.close()


def test_an_event_is_sent_once_whatever_becomes_of_its_notes(outbox, workers, sent, clock):
    outbox.put_many("shop", "one", [{"type": "track", "event": f"e{n}"} for n in range(24)])
    for _ in range(3):
        workers(workers=4).drain()
        clock.passed_s += 2.0
    assert {sent.counts[f"e{n}"] for n in range(24)} == {1}
    assert outbox.status().counts["delivered"] == 24
