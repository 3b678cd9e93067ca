"""What arrives at InfluxDB, seen by a stand-in and by the real server."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.testing import ApiStandIn, conformance

influxdb = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("influxdb")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [influxdb.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


@pytest.mark.parametrize(
    ("version", "path", "query"),
    [
        ("2", "/api/v2/write", {"org": ["acme"], "bucket": ["events"], "precision": ["us"]}),
        ("3", "/api/v3/write_lp", {"db": ["events"], "precision": ["microsecond"]}),
        ("1", "/write", {"db": ["events"], "precision": ["u"]}),
    ],
)
def test_a_point_is_a_line_for_each_version(host, version, path, query):
    peer = influxdb(host)
    settings = influxdb.settings[f"InfluxDB {version}"]
    assert deliver(influxdb.connect(host, "influxdb", **settings), "write_point") == ["delivered"]
    [request] = peer.requests
    assert (request.path, request.query) == (path, query)
    assert request.body.decode() == (
        r'Order\ Completed count=2.0,note="a \"b\"",paid=true,total=41.5 1777636800000001'
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"measurement": "a,b c=d"}, r"a\,b\ c=d v=1.0"),
        ({"tags": {"k =,": "v =,"}}, r"m,k\ \=\,=v\ \=\, v=1.0"),
        ({"tags": {"b": True, "a": 2, "c": None, "d": ""}}, "m,a=2,b=true v=1.0"),
        ({"tags": {"a": "b\\"}}, "m,a=b\\  v=1.0"),
        ({"tags": {"a": "two\nlines"}}, r"m,a=two\nlines v=1.0"),
        ({"fields": {"t": 'a "b" \\'}}, r'm t="a \"b\" \\"'),
        ({"fields": {"t": "two\nlines"}}, 'm t="two\nlines"'),
        ({"fields": {"n": {"a": [1]}, "o": None}}, r'm n="{\"a\": [1]}"'),
        ({"fields": {"big": 12345678901234567890}}, "m big=1.2345678901234567e+19"),
    ],
)
def test_what_means_something_in_a_line_is_quoted(host, given, line):
    peer = influxdb(host)
    mapping = {"measurement": "m", "fields": {"v": 1}, **given}
    assert deliver(influxdb.connect(host, "influxdb"), "write_point", mapping=mapping) == [
        "delivered"
    ]
    assert peer.requests[0].body.decode() == line


def test_events_of_one_time_are_counted_apart(host):
    peer = influxdb(host)
    event = influxdb.events["count_event"]
    connection = influxdb.connect(host, "influxdb")
    assert (
        deliver(connection, "count_event", event, {**event, "messageId": "m-2"})
        == ["delivered"] * 2
    )
    assert peer.requests[0].body.decode().splitlines() == [
        rf'events,event=Order\ Completed,type=track message_id="m-{n}",value=1.0 1777636800000001'
        for n in (1, 2)
    ]


def test_a_point_without_a_value_is_refused(host):
    influxdb(host)
    event = {"type": "track", "event": "Paid", "properties": {}}
    assert deliver(influxdb.connect(host, "influxdb"), "write_point", event) == ["rejected"]


def test_the_identity_is_what_the_credentials_see(host):
    influxdb(host)
    said = [
        influxdb.connect(host, "influxdb", **each).test() for each in influxdb.settings.values()
    ]
    assert said == ["events", "InfluxDB 3.4.0", "events"]
    with pytest.raises(AuthenticationError, match="'other'"):
        influxdb.connect(host, "influxdb", bucket="other").test()


def test_a_real_server_takes_points_and_says_which_one_it_does_not(real_server, host):
    server = real_server("influxdb")
    settings = {"method": "v1", "endpoint": server.url, "database": "events"}
    user = {"username": server.user, "password": server.password}
    connection = host.destination("influxdb").connect({**settings, **user})
    assert connection.test() == "events"
    mapping = {
        "measurement": "odd, m=1",
        "tags": {"k =,": "v =,\\"},
        "fields": {"v": {"@path": "$.v"}},
        "time": {"@path": "$.timestamp"},
    }
    time = "2026-05-01T12:00:00Z"
    events = [
        {"v": v, "timestamp": time.replace("00Z", f"0{n}Z")} for n, v in enumerate((1, "x", 3))
    ]
    assert deliver(connection, "write_point", events[0], mapping=mapping) == ["delivered"]
    assert deliver(connection, "write_point", *events, mapping=mapping) == [
        "delivered", "rejected", "delivered",
    ]  # fmt: skip
    asked = {"db": "events", "q": 'SELECT * FROM "odd, m=1"'}
    [series] = connection.client.get("/query", query=asked).json()["results"][0]["series"]
    assert series["columns"] == ["time", "k =,", "v"]
    assert [row[1:] for row in series["values"]] == [["v =, ", 1], ["v =, ", 3]]


def test_a_real_server_refuses_another_password(real_server, host):
    server = real_server("influxdb")
    settings = {"method": "v1", "endpoint": server.url, "database": "events"}
    user = {"username": server.user, "password": "wrong"}
    connection = host.destination("influxdb").connect({**settings, **user})
    with pytest.raises(AuthenticationError):
        connection.test()
    assert deliver(connection, "write_point") == ["reauthorize"]


def test_a_line_is_that_of_the_sdk(host):
    peer = influxdb(host)
    mapping = {
        "measurement": "odd, m=1",
        "tags": {"k =,": "v =,", "end": "a\\"},
        "fields": {"n": 2, "note": 'a "b" \\', "paid": True},
        "time": "2026-05-01T12:00:00.000001Z",
    }
    deliver(influxdb.connect(host, "influxdb"), "write_point", mapping=mapping)
    [request], sdk = peer.requests, SDK["write"]
    assert (request.path, request.query) == (sdk["path"], sdk["query"])
    assert request.headers["Authorization"] == sdk["authorization"]
    # The SDK leaves the fraction of a whole float out.
    assert request.body.decode().replace("n=2.0", "n=2") == sdk["data"]
