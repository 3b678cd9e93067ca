"""What arrives at Datadog, seen by a stand-in that verifies the credentials."""

from pathlib import Path

from portcall.testing import ApiStandIn, conformance

datadog = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("datadog")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [datadog.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_logs_go_to_the_intake_of_the_site(host):
    peer = datadog(host)
    assert deliver(datadog.connect(host, "datadog"), "send_log") == ["delivered"]
    [request] = peer.requests
    assert request.headers["Host"] == "http-intake.logs.datadoghq.eu"
    assert request.json() == [
        {
            "ddsource": "portcall",
            "service": "portcall",
            "status": "info",
            "timestamp": "2026-05-01T12:00:00+00:00",
            "message": "Order Completed",
            "usr": {"id": "u-7"},
            "message_id": "m-1",
            "properties": {"total": 41.5},
        }
    ]


def test_an_event_has_its_time_in_seconds(host):
    peer = datadog(host)
    deliver(datadog.connect(host, "datadog"), "post_event")
    [request] = peer.requests
    assert request.headers["Host"] == "api.datadoghq.eu"
    assert request.json() == {
        "title": "Order Completed",
        "text": "Order Completed by u-7",
        "date_happened": 1777636800,
        "alert_type": "info",
        "priority": "normal",
    }


def test_points_of_a_metric_are_counted(host):
    peer = datadog(host)
    deliver(datadog.connect(host, "datadog"), "submit_metric")
    point = {"timestamp": 1777636800, "value": 1.0}
    series = {"metric": "portcall.events", "type": 1, "points": [point]}
    assert peer.requests[0].json() == {"series": [series]}


def test_the_key_is_valid(host):
    datadog(host)
    assert datadog.connect(host, "datadog").test() is None
