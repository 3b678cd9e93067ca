"""Each thing that keeps a destination from being ready, and what is said of it."""

import textwrap
from types import ModuleType

import attrs
import pytest

from portcall import (
    Client,
    RequestOptions,
    Secret,
    action,
    field,
    hookimpl,
    path,
    template,
)
from portcall.actions.mapping import replace
from portcall.testing import check_destination, findings


@attrs.frozen
class Region:
    name: str = field(label="Region", description="Where the account lives.")


@attrs.frozen
class Settings:
    subdomain: str = field(label="Subdomain", description="Of your URL.", format="hostname-label")
    api_key: Secret = field(label="API key", description="Settings > Developers.")
    port: int = field(label="Port", description="Mostly 443.", minimum=1, maximum=9)
    kinds: list[str] = field(label="Kinds", description="What to send.", choices=["a", "b"])
    region: Region = field(label="Region", description="See your invoice.")
    extra: dict[str, Secret] = field(label="Extra", description="More headers.", default={})


@attrs.frozen
class Message:
    text: str = field(label="Text", default=template("{{event}}"))


@action(title="Post", subscribe='type = "track"')
def post(client: Client, payload: Message) -> None:
    """Post a message."""
    client.post("/messages", json={"text": payload.text})


class Acme:
    """Ready; each test breaks one thing."""

    settings_class = Settings
    hosts = ("*.example.com",)
    offered = (post,)
    base_url = "https://api.example.com"

    @hookimpl
    def auth_fields(self):
        return self.settings_class

    @hookimpl
    def allowed_hosts(self):
        return self.hosts

    @hookimpl
    def extend_request(self, settings):
        return RequestOptions(base_url=self.base_url, headers={"X-Api-Key": settings.api_key})

    @hookimpl
    def actions(self):
        return self.offered


def broken(**changes):
    return type("Acme", (Acme,), changes)()


def settings_class(**changes):
    return attrs.make_class("Settings", changes, bases=(Settings,), frozen=True, kw_only=True)


def offering(payload_class, subscribe="", title="Do", doc="Do it."):
    def do(client, payload):
        client.post("/", json=payload)

    do.__annotations__["payload"] = payload_class
    do.__doc__ = doc
    return broken(offered=(action(title=title, subscribe=subscribe)(do),))


def annotated(annotation, **said):
    made = field(**said)
    made.type = annotation
    return made


def test_ready_destination_passes():
    check_destination(Acme())


def test_module_passes_as_well():
    module = ModuleType("acme")
    module.allowed_hosts = hookimpl(allowed_hosts := lambda: ["api.example.com"])
    allowed_hosts.__name__ = "allowed_hosts"
    module.actions = hookimpl(lambda: [post])
    check_destination(module)


def test_failure_lists_every_finding():
    plugin = broken(offered=(), hosts=("api.example.org",))
    with pytest.raises(AssertionError) as caught:
        check_destination(plugin)
    assert str(caught.value).startswith("the destination is not ready:\n  - ")
    assert len(str(caught.value).split("\n  - ")) == 3


LABEL = {"label": "X", "description": "Y."}
BARE = attrs.make_class("Bare", {"text": attrs.field(type=str)}, frozen=True)


@attrs.frozen
class Shows(Settings):
    def __str__(self):
        return f"key {self.api_key}"


@attrs.frozen
class Converted(Settings):
    header: str = attrs.field(init=False, default="", repr=False)

    def __attrs_post_init__(self):
        object.__setattr__(self, "header", f"Bearer {self.api_key}")


@attrs.frozen
class Picky(Settings):
    def __attrs_post_init__(self):
        if self.subdomain != "only-this":
            raise ValueError("Subdomain must be `only-this`")


def raising(*_):
    raise RuntimeError("no luck")


@attrs.frozen
class BadPath:
    text: str = field(label="Text", default=replace(path("$.a"), "a pattern that is too long"))


@attrs.frozen
class NoLabel:
    text: str = field(label=" ")


@attrs.frozen
class Named:
    text: str = field(label="text")


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (object(), "does not say where it may talk"),
        (broken(auth_scheme=hookimpl(lambda self: "krb5")), "cannot be loaded: .*krb5"),
        (broken(auth_fields=hookimpl(lambda self: 7)), "it must be an attrs class"),
        (broken(actions=hookimpl(lambda self: raising())), "RuntimeError: no luck; .*in actions"),
        (broken(offered=()), "it has no actions"),
        (broken(offered=(post, post)), "2 actions are called 'post'"),
        (broken(hosts=("com",), base_url="https://com"), None),
        (broken(hosts=("https://example.com",)), "cannot be connected: .*host pattern"),
        (broken(hosts=()), "cannot be connected: .*no host at all"),
        (broken(hosts=("api.example.org",)), "leads where allowed_hosts does not"),
        (broken(base_url=None), None),
        (broken(extend_request=hookimpl(lambda self, payload: payload.text)), "payload is None"),
        (broken(settings_class=Shows), "the text of its settings shows a secret"),
        (broken(settings_class=Converted), "the repr of a field's value shows a secret"),
        (broken(settings_class=Picky), "made-up settings were refused; .*only-this"),
        (
            broken(settings_class=settings_class(a=annotated(str, label="X"))),
            "'a' has no description",
        ),
        (
            broken(settings_class=settings_class(webhook_secret=annotated(str, **LABEL))),
            "'webhook_secret' looks secret but is a str",
        ),
        (
            broken(settings_class=settings_class(a=attrs.field(type=str))),
            "'a' is a bare annotation",
        ),
        (
            broken(settings_class=settings_class(a=annotated(BARE, **LABEL))),
            "'a.text' is a bare annotation",
        ),
        (offering(BARE), "field 'text' is a bare annotation"),
        (offering(NoLabel), "field 'text' has no label"),
        (offering(Named), "field 'text' has no label"),
        (offering(BadPath), "default mappings that cannot be used"),
        (offering(Message, subscribe="type ="), "a subscription that does not parse"),
        (offering(Message, title=""), "has no title"),
        (offering(Message, doc=None), "has no docstring"),
    ],
)
def test_finding(plugin, said):
    found = findings(plugin)
    if said is None:
        assert found == []
        return
    assert len(found) == 1, found
    with pytest.raises(AssertionError, match=f"(?s){said}"):
        check_destination(plugin)


def test_given_settings_are_taken():
    filled = {
        "subdomain": "only-this",
        "api_key": "k-91",
        "port": 2,
        "kinds": ["a"],
        "region": {"name": "eu"},
    }
    check_destination(broken(settings_class=Picky), settings=filled)
    [found] = findings(broken(settings_class=Picky), settings={**filled, "port": 70})
    assert found.startswith("these settings were refused")
    assert "k-91" not in found


PLUGIN = '''
"""Acme."""
from portcall import action, hookimpl
from tests_acme_payload import Message

@action(title="Post")
def post(client, payload: Message):
    """Post it."""

@hookimpl
def allowed_hosts():
    return ["api.example.com"]

@hookimpl
def actions():
    return [post]
'''
PAYLOAD = """
import attrs
from portcall import field

@attrs.frozen
class Message:
    text: str = field(label="Text")
"""
README = "# Acme\n\nTalks to api.example.com; `post` posts."
NEEDS = "Requires-Dist: portcall<0.2,>=0.1\n"


@pytest.fixture
def install(tmp_path, monkeypatch, request):
    """Install a distribution as pip would leave it."""

    def install(code=PLUGIN, readme=README, needs=NEEDS):
        slug = f"acme{abs(hash(request.node.name)) % 10**8}"
        (tmp_path / f"{slug}.py").write_text(textwrap.dedent(code))
        (tmp_path / "tests_acme_payload.py").write_text(PAYLOAD)
        info = tmp_path / f"portcall_{slug}-0.1.0.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.4\nName: portcall-{slug}\nVersion: 0.1.0\n{needs}"
        (info / "METADATA").write_text(f"{head}\n{readme}")
        (info / "entry_points.txt").write_text(f"[portcall.destinations]\n{slug} = {slug}\n")
        monkeypatch.syspath_prepend(tmp_path)
        return slug

    return install


def test_installed_destination_passes(install):
    check_destination(install())


def test_unknown_slug_says_what_to_do():
    with pytest.raises(AssertionError, match="no installed distribution offers 'acme-unheard-of'"):
        check_destination("acme-unheard-of")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"readme": ""}, "has no README"),
        ({"readme": "# Acme\n\n`post` posts."}, "has no host 'api.example.com' in its README"),
        ({"readme": "# Acme\n\napi.example.com"}, "has no action 'post' in its README"),
        ({"needs": ""}, "does not say which portcall it needs"),
        ({"needs": "Requires-Dist: portcall\n"}, "does not say which portcall it needs"),
        ({"needs": "Requires-Dist: portcall-x<1\n"}, "does not say which portcall it needs"),
        ({"code": f"import urllib3\n{PLUGIN}"}, "imports urllib3: send with `client`"),
    ],
)
def test_finding_about_a_distribution(install, changes, said):
    found = findings(install(**changes))
    assert len(found) == 1, found
    assert said in found[0]


def test_work_while_importing_is_found(install):
    work = "import socket\nsocket.create_server(('127.0.0.1', 0)).close()\n"
    [found] = findings(install(code=work + PLUGIN))
    assert found.endswith("socket.bind while it is imported")


@pytest.mark.parametrize("slug", ["hubspot", "segment"])
def test_first_destinations_pass(slug):
    check_destination(slug)
