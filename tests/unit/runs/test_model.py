"""A run that dies at any byte it writes, again and again: what was sent and kept, against a model.

The destination, the engine's order of calls and the instants of death come from dice; journal, dead
letters and readers are the real ones, on disk. A killed run leaves the folder as it was at that instant.
"""

import json
import os
import random
import shutil
from collections import Counter
from contextlib import ExitStack
from threading import Event

import pytest

from portcall import Delivery, Outcome
from portcall.runs import circuit, dead_letters, journal_file, outcome_recorder, subscription_run
from portcall.runs.inputs import open_input
from portcall.runs.run_files import RunFiles
from portcall.runs.run_options import RunOptions
from portcall.runs.stop_signal import StopSignal

SEEDS = 250
FATES = ["taken"] * 6 + ["skipped", "invalid", "invalid", "refused", "unclear", "later", "later"]


class Killed(BaseException):
    """The process is no more."""


class World:
    """One input, one destination, and a process that is killed as the dice say."""

    def __init__(self, seed, base):
        self.dice = random.Random(seed)
        self.folder = base / f"{seed}-0"
        self.folder.mkdir()
        self.input = self.folder / "in.ndjson"
        count = self.dice.randint(1, 60)
        self.fates = {number: self.dice.choice(FATES) for number in range(1, count + 1)}
        self.input.write_text("".join(json.dumps({"n": n}) + "\n" for n in self.fates))
        self.sent, self.under_way, self.may_be_uncertain = Counter(), set(), set()
        self.lives, self.fuse, self.is_dead = 0, 0, False

    def step(self, half=lambda: None):
        """Maybe die here, having done half of what comes next."""
        if self.is_dead:
            raise Killed
        self.fuse -= 1
        if self.fuse == 0:
            half()
            self.lives += 1
            self.next = self.folder.with_name(f"{self.folder.name.partition('-')[0]}-{self.lives}")
            shutil.copytree(self.folder, self.next)
            self.may_be_uncertain |= self.under_way
            self.is_dead = True
            raise Killed

    def begin(self, events, hearing, _):
        """Deliver as an engine does: groups, several under way, outcomes in order."""
        stop = Event()
        return Delivery(self._outcomes(iter(events), hearing, stop), stop)

    def _outcomes(self, events, hearing, stop):
        size, workers = self.dice.choice([1, 1, 3, 5]), self.dice.choice([1, 2, 4])
        groups, group, done, index, given, over = [], [], {}, 0, 0, False
        while not (over and not groups and not group):
            event = None if over or stop.is_set() else next(events, None)
            over = event is None
            if event is not None:
                fate = self.fates[event["n"]]
                if fate in {"skipped", "invalid"}:
                    kind = "skipped" if fate == "skipped" else "rejected"
                    done[index] = Outcome(kind, index, fate)
                else:
                    group.append((index, event["n"]))
                index += 1
            if group and (over or len(group) >= size):
                groups.append(group)
                group = []
            if groups and (over or len(groups) > workers or self.dice.random() < 0.5):
                place = self.dice.randrange(min(len(groups), workers))
                done.update(self._send(groups.pop(place), hearing, stop))
            while given in done:
                yield (done.pop(given),)
                given += 1

    def _send(self, group, hearing, stop):
        if stop.is_set():
            return {index: Outcome("retry", index, "stopped") for index, _ in group}
        self.under_way |= {number for _, number in group}
        hearing.begun([index for index, _ in group])
        outcomes = {index: self._apply(index, number) for index, number in group}
        self.step()
        hearing.ended(list(outcomes.values()))
        self.under_way -= {number for _, number in group}
        return outcomes

    def _apply(self, index, number):
        self.step()
        fate = self.fates[number]
        if fate == "later" and self.dice.random() > 0.3:
            return Outcome("retry", index, "later")
        self.sent[number] += 1
        kinds = {"refused": "rejected", "unclear": "uncertain"}
        return Outcome(kinds.get(fate, "delivered"), index, fate)

    def live(self):
        """Run until the end or death; return whether all is done."""
        self.is_dead, self.under_way = False, set()
        self.fuse = self.dice.choice([0, self.dice.randint(1, 12), self.dice.randint(1, 150)])
        stop = StopSignal()
        places = RunFiles.of(str(self.folder / "in.ndjson"), "x", RunOptions())
        try:
            with places.opened({"s": ""}, lambda _: None) as (kept, left, _):
                own = outcome_recorder.OutcomeRecorder("s", kept, left, str, stop, 0.0)
                one = subscription_run.SubscriptionRun(own, self.begin, stop, lambda: None)
                with open_input(str(self.folder / "in.ndjson")) as source:
                    one.run(iter(source))
                if stop.error is not None:
                    raise stop.error
                done = not stop and not own.known.waiting
                if done and not kept.is_new and kept.ended_at is None:
                    kept.end({"s": own.extent} if own.extent else {})
                return done
        except Killed:
            self.folder = self.next
            return False


@pytest.fixture
def mortal(monkeypatch, tmp_path):
    """Let every write be one that may be the last, and half of it."""
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    world = []

    def dying(real, half):
        def act(*arguments):
            world[-1].step(lambda: half(world[-1].dice.random(), *arguments))
            real(*arguments)
            world[-1].step()

        return act

    def half_record(part, book, name, letter, rest):
        record = f"{list(book._known).index(name)} {letter} {rest}\n".encode()
        os.write(book._file, record[: int(part * len(record))])

    def half_file(part, path, text):
        path.with_name(f"{path.name}.new").write_text(text[: int(part * len(text))])

    def half_line(part, files, kind, entry, about):
        line = dead_letters.to_line(entry, {**about, "run": files.run})
        (files._files.get(kind) or files._open(kind)).write(line[: int(part * len(line))])

    monkeypatch.setattr(
        journal_file.JournalFile, "_write", dying(journal_file.JournalFile._write, half_record)
    )
    monkeypatch.setattr(journal_file, "write_private", dying(journal_file.write_private, half_file))
    monkeypatch.setattr(
        dead_letters.DeadLetters, "write", dying(dead_letters.DeadLetters.write, half_line)
    )
    monkeypatch.setattr(os, "fsync", lambda _: None)  # for speed: no machine dies here
    return world


def check(world):
    """Hold what was sent, and what lies in the files, against what had to be."""
    found = {}
    for kind in ("rejected", "uncertain", "retry"):
        for path in world.folder.glob(f"*.{kind}*.ndjson"):
            for line in path.read_bytes().splitlines():
                event = json.loads(line)
                assert event["n"] == event["_portcall"]["line"]
                assert event["n"] not in found, "it is in two places"
                found[event["n"]] = kind
    for number, fate in world.fates.items():
        kind = found.get(number)
        assert world.sent[number] <= 1, f"{number} ({fate}) was sent twice"
        if kind == "uncertain":
            assert fate == "unclear" or number in world.may_be_uncertain
        else:
            wanted = {"invalid": "rejected", "refused": "rejected", "unclear": "uncertain"}
            assert kind == wanted.get(fate), f"{number} ({fate}) is in {kind}"
            assert world.sent[number] == (fate not in {"skipped", "invalid"}), f"{number} is lost"


@pytest.mark.parametrize("part", range(5))
def test_however_often_a_run_dies_nothing_is_sent_twice_and_nothing_is_lost(
    part, mortal, monkeypatch, tmp_path
):
    for seed in range(part * SEEDS // 5, (part + 1) * SEEDS // 5):
        world = World(seed, tmp_path)
        mortal.append(world)
        with ExitStack() as stack:
            patch = stack.enter_context(monkeypatch.context())
            patch.setattr(outcome_recorder, "REACH_EVERY", world.dice.choice([1, 3, 10, 512]))
            patch.setattr(journal_file, "LARGEST_BYTES", world.dice.choice([50, 300, 1 << 20]))
            patch.setattr(subscription_run, "HELD_BYTES", world.dice.choice([20, 200, 1 << 20]))
            patch.setattr(circuit, "MOST_IN_VAIN", world.dice.choice([1, 2, 3]))
            while not world.live():
                if world.lives > 40:
                    world.fates = {
                        n: "taken" if f == "later" else f for n, f in world.fates.items()
                    }
            check(world)
            world.dice.choice = lambda given: given[0]  # and it does not die any more
            assert world.live()
            check(world)
