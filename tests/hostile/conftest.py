"""An environment of broken plugins, laid out on disk as an installer would leave them."""

import shutil
import sys

import attrs
import pytest

from portcall import Host

GOOD = """
import attrs
from portcall import RequestOptions, field, hookimpl

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]
"""


def _edited(source):
    if isinstance(source, str):
        return source
    old, new = source
    assert old == "$" or old in GOOD
    return GOOD + new if old == "$" else GOOD.replace(old, new)


@attrs.define
class Environment:
    """A folder on the import path."""

    folder: object

    def install(
        self,
        slug,
        source=("$", ""),
        *,
        name=None,
        version="1.2.3",
        target=None,
        metadata=None,
        requires=(),
    ):
        """Write one distribution with one destination, as a wheel unpacks.

        The source is a module's text, or an edit of the good plugin: what to replace (``"$"``: the
        end), and by what.
        """
        name = name or f"portcall-{slug}"
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(_edited(source))
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir()
        text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
        text += "".join(f"Requires-Dist: {each}\n" for each in requires)
        (info / "METADATA").write_bytes(text.encode() if metadata is None else metadata)
        advert = f"[portcall.destinations]\n{slug} = {target or module}\n"
        (info / "entry_points.txt").write_text(advert)
        return info

    def remove(self, slug, version="1.2.3"):
        """Take away what `install` wrote, as an uninstaller does."""
        module = f"portcall-{slug}".replace("-", "_")
        (self.folder / f"{module}.py").unlink()
        shutil.rmtree(self.folder / f"{module}-{version}.dist-info")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """Install a good plugin; forget every module of the folder afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    made = Environment(tmp_path)
    made.install("good")
    yield made
    for module in set(sys.modules) - before:
        if module.startswith("portcall_") or module == "portcall-":
            del sys.modules[module]


@pytest.fixture
def good_works(peer):
    """Check that the good plugin still loads, connects and delivers."""
    from portcall.testing import Reply

    def check():
        peer.route("GET", "/me", Reply(200, json={"name": "Ann"}))
        with Host(allow_private=["127.0.0.1"]) as host:
            assert "good" in host.destinations
            assert host.destination("good").connect({"endpoint": peer.url}).test() == "Ann"

    return check
