"""What several threads write at once is written together, and one that fails fails alone."""

import threading

import pytest

from portcall.outbox.sqlite.group_commit import MOST_TOGETHER, GroupCommit


class Database:
    """Transactions on a list, the first of which waits until it is told to go on."""

    def __init__(self):
        self.kept = []
        self.sizes = []
        self.is_begun, self.may_go_on = threading.Event(), threading.Event()

    def transact(self, work):
        kept = list(self.kept)
        self.is_begun.set()
        assert self.may_go_on.wait(30)
        work(kept)
        self.sizes.append(len(kept) - len(self.kept))
        self.kept = kept


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def commits(database):
    return GroupCommit(database.transact)


def _while_one_writes(database, commits, works):
    """Run works in threads of their own while a first one is being written; return what each came to."""
    came_to = {}

    def run(number, work):
        try:
            came_to[number] = commits.run(work)
        except ValueError as exc:
            came_to[number] = exc

    first = threading.Thread(target=commits.run, args=(lambda kept: kept.append("first"),))
    first.start()
    assert database.is_begun.wait(30)
    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    while len(commits._waiting) < len(works):
        threading.Event().wait(0.001)
    database.may_go_on.set()
    for thread in (first, *threads):
        thread.join(30)
        assert not thread.is_alive()
    return came_to


def test_what_comes_while_one_writes_is_written_together(database, commits):
    works = [lambda kept, n=n: kept.append(n) or n * 10 for n in range(MOST_TOGETHER + 5)]
    came_to = _while_one_writes(database, commits, works)
    assert database.sizes == [1, MOST_TOGETHER, 5]
    assert came_to == {n: n * 10 for n in range(len(works))}


def test_work_that_fails_takes_nothing_else_with_it(database, commits):
    def fail(kept):
        kept.append("half")
        raise ValueError

    works = [lambda kept: kept.append("a"), fail, lambda kept: kept.append("b")]
    came_to = _while_one_writes(database, commits, works)
    assert sorted(database.kept) == ["a", "b", "first"]
    assert isinstance(came_to[1], ValueError)
    assert commits.run(lambda kept: kept.append("later")) is None


def test_a_thread_that_is_interrupted_leaves_the_others_to_go_on(database, commits, monkeypatch):
    class Interrupted:
        def acquire(self):
            raise KeyboardInterrupt

    first = threading.Thread(target=commits.run, args=(lambda kept: kept.append("first"),))
    first.start()
    assert database.is_begun.wait(30)
    with monkeypatch.context() as patch:
        patch.setattr("portcall.outbox.sqlite.group_commit.gate", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            commits.run(lambda kept: kept.append("never"))
    database.may_go_on.set()
    first.join(30)
    commits.run(lambda kept: kept.append("later"))
    assert database.kept == ["first", "later"]
