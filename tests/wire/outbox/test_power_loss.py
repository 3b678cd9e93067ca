"""The machine loses its power: what was synced is there, of what was not any sectors may be missing."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

import pytest

from portcall.outbox import Lane, NewEvent, Settlement, SQLiteOutbox
from portcall.outbox.sqlite import database
from portcall.outbox.sqlite.tables import STEPS

SECTOR = 512
LANE = Lane(connection="shop", action="track")
TABLES = ("outbox", "connections", "lanes", "counts", "events", "bodies", "claims", "outcomes")


class Disk:
    """The two files of an outbox, as they are at one instant; the third one is shared memory."""

    def __init__(self, path: Path) -> None:
        self.file = path.read_bytes()
        self.log = path.with_name(f"{path.name}-wal").read_bytes()

    def rows(self, folder: Path) -> list[object]:
        """Return what an outbox has that is opened from these files."""
        return opened(folder, self.file, self.log)


def opened(folder: Path, file: bytes, log: bytes) -> list[object]:
    path = folder / "copy.sqlite3"
    for stale in folder.glob("copy.sqlite3*"):
        stale.unlink()
    path.write_bytes(file)
    path.with_name("copy.sqlite3-wal").write_bytes(log)
    storage = SQLiteOutbox(path)
    assert storage.status().schema_version == len(STEPS)
    storage.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES]
    db.close()
    return rows


def torn(before: bytes, after: bytes, chance: Random) -> bytes:
    """Return what a disk may have of a write that was not synced: any of its sectors, in any order."""
    sectors = []
    part = chance.choice((0.05, 0.5, 0.95))
    for start in range(0, max(len(before), len(after)), SECTOR):
        old, new = (each[start : start + SECTOR] for each in (before, after))
        sectors.append(
            new if chance.random() < part else old.ljust(len(new), b"\0")[: len(new) or None]
        )
    return b"".join(sectors)


def work(storage: SQLiteOutbox):
    """Put, claim, begin, settle and end, a pause after each call that has returned."""
    for number in range(12):
        names = [f"{number}-{each}" for each in range(1 + number % 3 * 8)]
        events = [
            NewEvent(data=f'{{"event": "{name}", "text": "{name * 40}"}}', message_id=name)
            for name in names
        ]
        ids = storage.add(LANE, events)
        yield
        if number % 3 == 2:
            claim = storage.claim(storage.ready()[0].id, 12, 1 << 20, 60.0)
            yield
            storage.note(claim, [], claim.ids[:6])
            yield
            storage.note(claim, [Settlement(ids=claim.ids[:6], state="delivered")], claim.ids[6:9])
            yield
            storage.end(claim, [Settlement(ids=claim.ids[6:9], state="rejected", reason="no")])
            yield
            storage.drop(ids[-1:])
            yield


@pytest.mark.parametrize("seed", range(2))
def test_what_a_call_has_returned_for_is_there_after_a_power_loss(tmp_path, monkeypatch, seed):
    # A small log, so that it is copied into the file, and written over, several times.
    monkeypatch.setattr(database, "_SETUP", (*database._SETUP, "PRAGMA wal_autocheckpoint = 40"))
    chance, folder, path = Random(seed), tmp_path / "copies", tmp_path / "outbox.sqlite3"
    folder.mkdir()
    written_over = copied = 0
    storage = SQLiteOutbox(path)
    storage.park("other", "makes the file")
    before = Disk(path)
    for _ in work(storage):
        after = Disk(path)
        known = [before.rows(folder), after.rows(folder)]
        for _ in range(2):
            log = torn(before.log, after.log, chance)
            assert opened(folder, before.file, log) in known, "neither before nor after the call"
        if after.file != before.file:  # after its sync, the log was copied into the file
            copied += 1
            file = torn(before.file, after.file, chance)
            assert opened(folder, file, after.log) == known[1], "not what the call has written"
        written_over += after.log[:32] != before.log[:32]
        before = after
    assert copied, "the log was never copied into the file"
    assert written_over, "the log was never written over"
    # The test believes this of every commit: without a sync, a returned call could be among the torn.
    assert storage._file._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    storage.close()
