"""A project file: found upwards, checked whole, and read by a program."""

import os

import pytest

from portcall.errors import PolicyError, SettingsError
from portcall.project.project_file import Project, extras_of
from portcall.project.project_tables import ProjectFileError
from portcall.store import Record, SQLiteStore
from portcall.store.reach import Reach
from portcall.testing import Reply

WHOLE = """\
state = "state"
store = "kept"
plugins = ["destinations", "acme.toml"]

[connections.crm]
destination = "webhook"
allow_private = ["10.0.0.0/8", "crm.internal:8443"]
allow_http = ["crm.example"]
ca_file = "ca.pem"
timeout = 7
limits = { max_redirects = 2, connect_timeout_s = 1.5 }
workers = 3
rate = 0.5

[pipelines]
orders = "pipelines/orders.toml"

[pipelines.pages]
connection = "crm"
input = "pages.ndjson"
[[pipelines.pages.subscriptions]]
action = "send"

[extras]
telemetry = true
later = false
[extras.ratelimit]
rate_per_s = 5

[send]
dry_run = true

[serve]
port = 8080
host = "0.0.0.0"
workers = 0
grace = 2.5
outbox = "outbox.sqlite3"
[[source]]
name = "shop-floor"
pipelines = ["pages", "orders"]
origins = ["https://shop.example"]
[[source]]
name = "app"
pipelines = ["orders"]
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "portcall.toml"


def faults(file, text):
    file.write_text(text)
    with pytest.raises(ProjectFileError) as caught:
        Project.read(file)
    return [(fault.line, fault.path, fault.message) for fault in caught.value.faults]


def test_every_entry_is_read_and_paths_begin_at_the_file(file):
    file.write_text(WHOLE)
    project = Project.read(file.parent)
    folder = file.parent
    assert (project.state, project.store) == (folder / "state", str(folder / "kept"))
    assert project.plugins == (folder / "destinations", folder / "acme.toml")
    crm = project.connections["crm"]
    assert (crm.destination, crm.timeout_s, crm.workers, crm.rate) == ("webhook", 7, 3, 0.5)
    assert crm.allow_private == ("10.0.0.0/8", "crm.internal:8443")
    assert (crm.allow_http, crm.ca_file) == (("crm.example",), str(folder / "ca.pem"))
    assert (crm.limits.max_redirects, crm.limits.connect_timeout_s) == (2, 1.5)
    assert project.pipelines["orders"] == folder / "pipelines" / "orders.toml"
    assert project.pipeline("pages").input == str(folder / "pages.ndjson")
    assert project.extras == {"telemetry": {}, "ratelimit": {"rate_per_s": 5}}
    assert project.flags == {"send": {"dry_run": True}, "run": {}}
    service = project.service
    assert (service.host, service.port, service.workers, service.grace_s) == (
        "0.0.0.0",
        8080,
        0,
        2.5,
    )
    assert service.outbox == str(folder / "outbox.sqlite3")
    assert [(each.name, each.pipelines, each.origins) for each in project.sources] == [
        ("shop-floor", ("pages", "orders"), ("https://shop.example",)),
        ("app", ("orders",), ("*",)),
    ]
    assert project.sources[0].variable == "PORTCALL_SOURCE_SHOP_FLOOR_WRITE_KEY"
    assert project.where("connections", "crm", "timeout") == "portcall.toml:10"


def test_the_nearest_file_upwards_is_found(file):
    file.write_text('state = "outer"\n')
    inner = file.parent / "a" / "b"
    inner.mkdir(parents=True)
    assert Project.find(inner).state == file.parent / "outer"
    (file.parent / "a" / "portcall.toml").write_text('state = "inner"\n')
    assert Project.find(inner).state == file.parent / "a" / "inner"


def test_all_faults_are_said_at_once_each_with_its_line(file):
    found = faults(
        file,
        """\
stat = "x"
plugins = "destinations"
store = "postgres://ada:pw@db/portcall"
[connections.crm]
timeout = "7"
allow_privat = ["localhost"]
allow_http = ["http://crm.example/"]
[connections."No Name"]
limits = { max_redirects = -1 }
[pipelines.pages]
connection = 7
[[pipelines.pages.subscriptions]]
actio = "send"
[extras]
ratelimit = 5
""",
    )
    assert [(line, path) for line, path, _ in found] == [
        (1, "stat"),
        (2, "plugins"),
        (3, "store"),
        (5, "connections.crm.timeout"),
        (6, "connections.crm.allow_privat"),
        (7, "connections.crm.allow_http.0"),
        (8, "connections.No Name"),
        (9, "connections.No Name.limits.max_redirects"),
        (11, "pipelines.pages.connection"),
        (12, "pipelines.pages.subscriptions.0.action"),
        (13, "pipelines.pages.subscriptions.0.actio"),
        (15, "extras.ratelimit"),
    ]
    assert "did you mean 'allow_private'?" in found[4][2]
    assert "pw" not in "".join(message for _, _, message in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[connections.crm]\napi_key = "wk-1"\n', "PORTCALL_<SLUG>_API_KEY"),
        ('[connections.crm]\nclient_secret = "wk-1"\n', "portcall connect"),
        ('access_token = "wk-1"\n', "portcall connect"),
        ('key_file = "wk-1"\n', "PORTCALL_KEY"),
        (
            '[pipelines.p]\nconnection = "c"\nsettings = { api_key = "wk-1" }\n'
            'subscriptions = [{ action = "a" }]\n',
            "PORTCALL_<SLUG>_API_KEY",
        ),
        ('store = "postgres://db/x?password=wk-1"\n', "PORTCALL_STORE"),
    ],
)
def test_a_secret_is_refused_by_its_name_and_never_shown(file, text, said):
    found = faults(file, text)
    assert len(found) == 1
    assert said in found[0][2]
    assert "wk-1" not in found[0][2]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b'a = 1\nb = "x\n', 2), (b"a = 1\nb = \xff\n", 2), (b"a = 1\na = 2\n", 2)],
)
def test_what_is_no_toml_is_said_with_its_line(file, content, line):
    file.write_bytes(content)
    with pytest.raises(ProjectFileError) as caught:
        Project.read(file)
    assert [fault.line for fault in caught.value.faults] == [line]


def test_a_file_that_others_could_have_written_is_found_but_not_used(file):
    file.write_text('state = "x"\n')
    file.chmod(0o666)
    with pytest.raises(SettingsError, match="every user may write to it; name it with --project"):
        Project.find(file.parent)
    assert Project.read(file).state == file.parent / "x"
    file.chmod(0o600)
    file.parent.chmod(0o777)
    with pytest.raises(SettingsError, match="every user may write to its folder"):
        Project.find(file.parent)
    file.parent.chmod(0o1777)  # as /tmp: others cannot replace what is not theirs
    assert Project.find(file.parent).found


def test_a_file_of_another_user_is_found_but_not_used(file, monkeypatch):
    file.write_text('state = "x"\n')
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
    else:  # only the superuser gives files away
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(SettingsError, match="it belongs to another user"):
        Project.find(file.parent)


def test_an_unknown_pipeline_has_a_hint(file):
    file.write_text(WHOLE)
    with pytest.raises(SettingsError, match="did you mean 'orders'"):
        Project.read(file).pipeline("ordrs")


def test_extras_get_their_settings_and_refuse_what_they_do_not_know(file):
    file.write_text("[extras]\ntelemetry = true\n[extras.ratelimit]\nrate_per_s = 5\nburst = 2\n")
    telemetry, limit = extras_of(Project.read(file))
    assert telemetry == "telemetry"
    assert type(limit).__name__ == "RateLimit"
    file.write_text("[extras.ratelimit]\nrate_per_sec = 5\n")
    with pytest.raises(SettingsError, match=r"portcall.toml:2: .* did you mean 'rate_per_s'"):
        extras_of(Project.read(file))
    file.write_text("[extras.ratelimit]\nrate_per_s = 0\n")
    with pytest.raises(SettingsError, match=r"portcall.toml:1: extras.ratelimit: .* above zero"):
        extras_of(Project.read(file))
    file.write_text("[extras.ratelimit]\nclock = 5\n")
    with pytest.raises(SettingsError, match="no such setting"):
        extras_of(Project.read(file))


def test_a_host_goes_by_the_project_and_by_what_was_kept(file, peer):
    """The project goes before what was kept, and an argument before both."""
    store = SQLiteStore(file.parent / "kept")
    reach = Reach(allow_private=("127.0.0.1",), timeout_s=7.0)
    store.create(Record(name="shop", slug="beside", settings={}, reach=reach))
    peer.route("GET", "/me", Reply(200, json={"name": "Ada"}))
    (file.parent / "beside.toml").write_text(
        f'slug = "beside"\nhosts = ["127.0.0.1:{peer.port}"]\n'
        f'[identity]\nget = "{peer.url}/me"\nname = "$.name"\n'
    )
    file.write_text('store = "kept"\nplugins = ["beside.toml"]\n')
    with Project.read(file).host("shop") as host:
        assert host.open("shop").test() == "Ada"
    with Project.read(file).host() as host, pytest.raises(PolicyError):
        host.open("shop").test()
    with Project.read(file).host(allow_private=["127.0.0.1"]) as host:
        assert host.open("shop").test() == "Ada"
    file.write_text(file.read_text() + '[connections.shop]\nallow_private = ["10.0.0.1"]\n')
    with Project.read(file).host("shop") as host, pytest.raises(PolicyError):
        host.open("shop").test()
    assert len(peer.requests) == 2


PIPELINE = '[pipelines.a]\nconnection = "shop"\nsubscriptions = [{ action = "x" }]\n'
SOURCE = f'{PIPELINE}[[source]]\nname = "web"\npipelines = ["a"]\n'


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("[serve]\nport = 70000\n", "serve.port", "from 0 to 65535"),
        ("[serve]\nprot = 1\n", "serve.prot", "did you mean 'port'?"),
        ('[serve]\noutbox = "postgres://u:p@db/x"\n', "serve.outbox", "PORTCALL_OUTBOX"),
        (f'{SOURCE}write_key = "x"\n', "source.0.write_key", "PORTCALL_SOURCE_<NAME>_WRITE_KEY"),
        (f'{SOURCE}origins = ["shop.example"]\n', "source.0.origins.0", "it must be an origin"),
        (f'{SOURCE}origins = ["https://a.example/"]\n', "source.0.origins.0", "it must be an origin"),
        ('[[source]]\nname = "web"\n', "source.0.pipelines", "it is missing"),
        ('[[source]]\nname = "web"\npipelines = []\n', "source.0.pipelines", "go nowhere"),
        ('[[source]]\nname = "A B"\npipelines = ["a"]\n', "source.0.name", "lower-case"),
        (f'{SOURCE}[[source]]\nname = "b"\npipelines = ["aa"]\n', "source.1.pipelines.0", "'a'?"),
        (f'{SOURCE}[[source]]\nname = "web"\npipelines = ["a"]\n', "source.1.name", "two sources are called"),
        (
            f'{SOURCE}[[source]]\nname = "a-b"\npipelines = ["a"]\n'
            '[[source]]\nname = "a_b"\npipelines = ["a"]\n',
            "source.2.name",
            "the same variable",
        ),
        (f'{PIPELINE}[[source]]\nname = "web"\npipelines = ["a", "a"]\n', "source.0.pipelines.1", "twice"),
    ],
)  # fmt: skip
def test_every_fault_of_the_service_is_said_with_its_place(file, text, at, said):
    assert said in {path: message for _, path, message in faults(file, text)}[at]
