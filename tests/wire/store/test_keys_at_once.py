"""Many processes make the key file at once."""

from __future__ import annotations

import pytest

from portcall.store import StoreKeyError, create_key
from portcall.store.keyring import parse_keys
from portcall.testing.store_suite.children import KILLED, Pipe, all_well, fork, killed_at, lines_of


def test_one_of_eight_processes_makes_the_key(tmp_path):
    gate, made = Pipe(), Pipe()

    def create():
        gate.hear(1)
        try:
            create_key(tmp_path / "home")
        except StoreKeyError:
            return
        made.tell()

    children = [fork(create) for _ in range(8)]
    for _ in children:
        gate.tell()
    all_well(children)
    assert made.rest() == b"\0"
    parse_keys((tmp_path / "home" / "key").read_text(), "the file")


def test_a_key_file_is_whole_or_not_there(tmp_path):
    lines = lines_of(lambda: create_key(tmp_path / "first"))
    for line in range(1, lines, 5):
        folder = tmp_path / str(line)
        assert killed_at(line, lambda folder=folder: create_key(folder)) in {0, KILLED}
        if (folder / "key").exists():
            with pytest.raises(StoreKeyError, match="already exists"):
                create_key(folder)
        else:
            create_key(folder)
        assert len(parse_keys((folder / "key").read_text(), "the file").keys) == 1
        assert not (folder / "key.new").exists()
