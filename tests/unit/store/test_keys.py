"""Keys come from the environment, a command or a file, and are never guessed, lost or shown."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
import time

import pytest

from portcall.store import (
    GivenKeys,
    HomeKeys,
    MissingKeyError,
    SQLiteStore,
    StoreKeyError,
    create_key,
    fetch,
)
from portcall.store.command import output_of
from portcall.testing.store_suite.checking import sample


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_without_a_key_nothing_is_encrypted_and_the_status_says_so(store):
    status = store.status()
    assert status.encryption == "not encrypted"
    assert (status.readable, status.key_id, status.key_origin) == (1, "", "")


def test_the_environment_goes_before_the_command_and_the_file(home, monkeypatch, new_key):
    create_key(home)
    assert HomeKeys().read().origin == str(home / "key")
    monkeypatch.setenv("PORTCALL_KEY_COMMAND", f"echo {new_key()}")
    assert HomeKeys().read().origin == "PORTCALL_KEY_COMMAND"
    monkeypatch.setenv("PORTCALL_KEY", f" {new_key()} ,{new_key()},")
    ring = HomeKeys().read()
    assert (ring.origin, len(ring.keys)) == ("PORTCALL_KEY", 2)


@pytest.mark.parametrize(
    "text", ["", " ", ",", "secret", "A" * 43, "é" * 44, "A" * 44 + "=", "A" * 42 + "=="]
)
def test_what_is_no_key_is_an_error_and_never_no_key(store, monkeypatch, text):
    monkeypatch.setenv("PORTCALL_KEY", text)
    for attempt in (lambda: store.get("acme"), lambda: store.create(sample("other")), store.status):
        with pytest.raises(StoreKeyError, match="PORTCALL_KEY") as caught:
            attempt()
        assert "A" * 40 not in str(caught.value)
    assert store.names() == ["acme"]


def test_there_may_not_be_too_many_keys(new_key):
    assert len(GivenKeys(",".join(new_key() for _ in range(32))).read().keys) == 32
    with pytest.raises(StoreKeyError, match="more than 32"):
        GivenKeys(",".join(new_key() for _ in range(33)))


def test_a_key_is_never_shown(home, new_key):
    key = new_key()
    keys = GivenKeys(key)
    with pytest.raises(MissingKeyError) as caught:
        keys.read().open("x", "0" * 16, "a record")
    assert key not in f"{keys.read()!r} {caught.value} {SQLiteStore(keys=keys)!r}"
    assert keys.read().keys[0].id in str(caught.value)


def test_what_was_altered_is_an_error_that_names_the_record(home, new_key):
    key = new_key()
    store = SQLiteStore(keys=GivenKeys(key))
    store.create(sample())
    store.create(sample("beta"))
    with store.transaction(write=True) as rows:
        rows._execute("UPDATE portcall_connections SET secret = 'gAAAAA' WHERE name = 'acme'", ())
    with pytest.raises(StoreKeyError, match="'acme' was altered"):
        store.get("acme")
    newer = SQLiteStore(keys=GivenKeys(f"{new_key()},{key}"))
    with pytest.raises(StoreKeyError, match="'acme' was altered"):
        newer.rotate()
    assert fetch(newer, "beta").slug == "acme"


def test_create_key_makes_a_private_file_once(home):
    file = create_key()
    text = file.read_text()
    assert (file, stat.S_IMODE(file.stat().st_mode)) == (home / "key", 0o600)
    with pytest.raises(StoreKeyError, match="already exists"):
        create_key()
    assert file.read_text() == text
    assert sorted(path.name for path in home.iterdir()) == ["key", "locks"]


def test_a_key_file_that_others_can_read_is_refused(home):
    create_key().chmod(0o640)
    with pytest.raises(StoreKeyError, match=f"chmod 600 {home / 'key'}"):
        SQLiteStore().create(sample())


def test_a_key_file_appears_while_the_store_is_in_use(store, home):
    create_key()
    store.create(sample("beta"))
    assert store.status().encryption == "partly encrypted"
    assert store.rotate() == 2
    assert store.status().encryption == "encrypted"


def test_rotation_leaves_one_new_key_in_the_file(store, home):
    create_key()
    store.rotate()
    first = (home / "key").read_text()
    assert store.rotate() == 1
    second = (home / "key").read_text()
    assert (second != first, second.count("\n")) == (True, 1)
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600
    assert fetch(SQLiteStore(), "acme").slug == "acme"


def test_rotation_to_a_key_of_ones_own(store, home, new_key):
    create_key()
    key = new_key()
    assert store.rotate(key) == 1
    assert (home / "key").read_text() == f"{key}\n"


def test_a_wrong_key_file_is_not_rotated_into(home, new_key):
    SQLiteStore(keys=GivenKeys(new_key())).create(sample())
    text = create_key().read_text()
    for key in (None, new_key()):
        with pytest.raises(MissingKeyError):
            SQLiteStore().rotate(key)
    assert (home / "key").read_text() == text


def test_rotation_without_a_key_says_how_to_get_one(store):
    with pytest.raises(StoreKeyError, match="portcall key init"):
        store.rotate()


def test_a_command_is_run_once_and_again_when_a_key_is_missing(
    store, monkeypatch, tmp_path, new_key
):
    key, runs = new_key(), tmp_path / "runs"
    (tmp_path / "answer").write_text(new_key())
    code = f"open({str(runs)!r}, 'a').write('x'); print(open({str(tmp_path / 'answer')!r}).read())"
    monkeypatch.setenv("PORTCALL_KEY_COMMAND", python(code))
    store.create(sample("beta"))
    assert (fetch(store, "beta").slug, runs.read_text()) == ("acme", "x")
    (tmp_path / "answer").write_text(f"{key}\n{(tmp_path / 'answer').read_text()}\n")
    SQLiteStore().rotate(key)
    runs.write_text("")
    assert (fetch(store, "beta").slug, runs.read_text()) == ("acme", "x")


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("", "cannot be run"),
        ("'", "cannot be run"),
        ("/no/such/program", "cannot be run"),
        ("false", "status 1"),
        ("true", "contains no key"),
        ("echo $HOME `id`", "not a key"),
        (python("print('x' * 70000)"), "more than 65536 bytes"),
    ],
)
def test_a_command_that_gives_no_key_is_an_error(store, monkeypatch, command, complaint):
    monkeypatch.setenv("PORTCALL_KEY_COMMAND", command)
    with pytest.raises(StoreKeyError, match=complaint):
        store.create(sample("beta"))
    assert store.names() == ["acme"]


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "import os, time; os.fork() or time.sleep(60)",
        "import os, time; os.close(1); time.sleep(60)",
        "while True: print('x' * 9999)",
    ],
    ids=["slow", "grandchild", "closed", "endless"],
)
def test_a_command_that_does_not_end_is_ended(code):
    start = time.monotonic()
    with pytest.raises(StoreKeyError, match="longer than"):
        output_of(python(code), timeout_s=0.5)
    assert time.monotonic() - start < 5


WITHOUT_CRYPTOGRAPHY = """
import os, sys
sys.modules["cryptography"] = None
from portcall.store import SQLiteStore, StoreKeyError
from portcall.testing.store_suite.checking import sample
store = SQLiteStore()
store.create(sample())
assert store.get("acme").slug == "acme"
os.environ["PORTCALL_KEY"] = "A" * 43 + "="
try:
    store.create(sample("beta"))
except StoreKeyError as exc:
    assert "pip install 'portcall[cli]'" in str(exc), exc
else:
    raise AssertionError("no error")
del os.environ["PORTCALL_KEY"]
assert store.names() == ["acme"]
store.create(sample("beta"))
"""


def test_core_works_without_cryptography():
    command = [sys.executable, "-W", "error", "-c", WITHOUT_CRYPTOGRAPHY]
    subprocess.run(command, check=True, env=os.environ)


def test_cryptography_is_imported_only_for_a_key(home):
    use = "import sys; from portcall.store import SQLiteStore; SQLiteStore().names()"
    code = f"{use}; assert 'cryptography' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=os.environ)
