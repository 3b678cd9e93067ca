"""What is in the files, byte for byte."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import attrs
import pytest

from portcall import Auth, Secret
from portcall.store import Record, RecordError, SQLiteStore, create_key, fetch
from portcall.store.packing import pack, unpack
from portcall.store.reach import Reach
from portcall.testing.store_suite.checking import counted, sample

SECRETS = (b"api-key-0", b"access-0", b"refresh-0", b"secret-0", b"session-0")


def found(home) -> set[bytes]:
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    return {secret for secret in SECRETS if secret in kept}


def test_with_a_key_no_secret_is_in_any_file(home):
    create_key()
    store = SQLiteStore()
    store.create(sample())
    with store.transaction(write=False):  # the write-ahead log is still there
        assert found(home) == set()
    assert found(home) == set()


def test_without_a_key_they_are_readable(store, home):
    assert found(home) == set(SECRETS)


def test_the_first_rotation_leaves_no_readable_copy(store, home):
    store.replace(counted(fetch(store, "acme"), 1), generation=1)
    store.create(sample("beta"))
    create_key()
    # A process that has the file open keeps SQLite from removing the write-ahead log.
    with closing(sqlite3.connect(home / "connections.sqlite3")) as other:
        assert other.execute("SELECT count(*) FROM portcall_connections").fetchone() == (2,)
        assert store.rotate() == 2
        assert found(home) == set()


def test_what_was_replaced_or_deleted_is_gone_from_the_file(store, home):
    made = store.create(sample("beta"))
    store.delete("acme")
    store.replace(attrs.evolve(made, settings={}, auth=Auth()), generation=1)
    store.purge()
    assert found(home) == set()


def test_the_plain_part_has_a_null_for_each_secret():
    record = Record(
        name="a",
        slug="b",
        settings={"x": [Secret("s1"), {"y": Secret("s2")}], "z": "plain"},
        auth=Auth(access_token="s3", state={"nonce": "n", "cookie": Secret("s4")}),
    )
    plain, secrets = pack(record)
    assert json.loads(plain)["settings"] == {"x": [None, {"y": None}], "z": "plain"}
    assert json.loads(secrets) == [
        [["settings", "x", 0], "s1"],
        [["settings", "x", 1, "y"], "s2"],
        [["auth", "access_token"], "s3"],
        [["auth", "state", "cookie"], "s4"],
    ]
    assert unpack("a", plain, secrets) == {
        "settings": record.settings,
        "auth": record.auth,
        "state": {},
        "reach": Reach(),
    }


def test_a_record_shows_no_secret():
    shown = repr(sample())
    assert not any(secret.decode() in shown for secret in SECRETS)
    assert "élan" in shown


@pytest.mark.parametrize(
    ("plain", "secrets"),
    [
        ("", "[]"),
        ("[]", "[]"),
        ("{}", "[]"),
        ('{"settings":{},"auth":{"scopes":[]},"state":{}}', "{}x"),
        ('{"settings":{},"auth":{"scopes":[]},"state":{}}', '[[["settings"],1]]'),
        ('{"settings":{},"auth":{"scopes":[]},"state":{}}', '[[["nowhere","a"],"s"]]'),
        ('{"settings":{},"auth":{"scopes":[]},"state":{}}', '[[[],"s"]]'),
        ('{"settings":{},"auth":{"scopes":[],"from_the_future":1},"state":{}}', "[]"),
        ('{"settings":{},"auth":{"scopes":[],"expires_at":"soon"},"state":{}}', "[]"),
        ('{"settings":{},"auth":{"scopes":3},"state":{}}', "[]"),
        ("[" * 100_000, "[]"),
    ],
)
def test_what_is_damaged_is_an_error_that_names_the_record(store, plain, secrets):
    with store.transaction(write=True) as rows:
        row = attrs.evolve(rows.read("acme"), plain=plain, secret=secrets)
        rows.update(row, name="acme", generation=1)
    with pytest.raises(RecordError, match="'acme' is damaged"):
        store.get("acme")
    assert store.names() == ["acme"]
    store.delete("acme")


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (
            Record(name="a", slug="b", settings={"x": {"y": [object()]}}),
            "settings.x.y.0 is a object",
        ),
        (Record(name="a", slug="b", state={"x": float("inf")}), "state.x is a float"),
        (Record(name="a", slug="b", settings={"x": {3: 4}}), "settings.x has a key"),
        (Record(name="a", slug="../b"), "names no destination"),
        (
            Record(
                name="a", slug="b", auth=Auth(expires_at=sample().created_at.replace(tzinfo=None))
            ),
            "time zone",
        ),
    ],
)
def test_what_cannot_be_kept_is_an_error_that_names_the_place(record, place):
    with pytest.raises(RecordError, match=place):
        pack(record)


def test_depth_has_an_end():
    settings: dict[str, object] = {}
    for _ in range(100_000):
        settings = {"x": settings}
    with pytest.raises(RecordError, match="nested deeper"):
        pack(Record(name="a", slug="b", settings=settings))


def test_what_a_connection_may_reach_is_kept_and_a_newer_word_is_passed_over():
    reach = Reach(allow_private=("10.0.0.0/8",), timeout_s=7.0)
    plain, secrets = pack(Record(name="a", slug="b", reach=reach))
    assert unpack("a", plain, secrets)["reach"] == reach
    document = json.loads(plain)
    document["reach"]["later"] = 1
    assert unpack("a", json.dumps(document), secrets)["reach"] == reach
    assert "reach" not in json.loads(pack(Record(name="a", slug="b"))[0])
