"""A server that counts what arrives, and a destination that sends there."""

import json
import runpy
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from portcall import Host
from portcall.testing import Reply

SHOP = runpy.run_path(str(Path(__file__).parent / "shop.py"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    # Each process that a test starts would compile all modules anew.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


@pytest.fixture
def shop():
    """The destination, as a plugin object."""
    return SimpleNamespace(**SHOP)


@pytest.fixture
def sent(peer):
    """How often each event arrived; ``sent.answer`` says what is answered to its name."""

    class Sent(Counter):
        delay_s = 0.0

        @staticmethod
        def answer(_):
            return Reply(204)

    counts = Sent()

    def track(request):
        held = request.json()
        names = held if isinstance(held, list) else [held["name"]]
        counts.update(names)
        time.sleep(counts.delay_s)
        return counts.answer(names[0])

    peer.route("POST", "/track", track)
    return counts


@pytest.fixture
def host(shop):
    with Host(plugins={"shop": shop}, allow_private=["127.0.0.1"]) as opened:
        yield opened


@pytest.fixture
def connection(host, peer, sent):
    return host.destination("shop").connect({"endpoint": peer.url})


@pytest.fixture
def events(tmp_path):
    """Write an input: ``events(3)`` holds e0, e1 and e2."""

    def write(count, name="events.ndjson"):
        path = tmp_path / name
        lines = (json.dumps({"type": "track", "event": f"e{n}"}) for n in range(count))
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write
