"""What arrives at Elasticsearch, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

search = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("elasticsearch")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [search.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def lines(request):
    return request.body.decode().splitlines()


def test_a_bulk_request_names_index_and_id_of_each_document(host):
    peer = search(host)
    track = search.events["index_document"]
    events = [{**track, "messageId": f"m-{n}"} for n in range(2)]
    assert (
        deliver(search.connect(host, "elasticsearch"), "index_document", *events)
        == ["delivered"] * 2
    )
    [request] = peer.requests
    assert request.headers["Content-Type"] == "application/x-ndjson"
    assert request.body.endswith(b"\n")
    first, document, second, _ = lines(request)
    assert first == '{"index":{"_index":"events","_id":"m-0"}}'
    assert second == '{"index":{"_index":"events","_id":"m-1"}}'
    assert document == (
        '{"type":"track","event":"Order Completed","user_id":"u-7",'
        '"properties":{"total":41.5},"@timestamp":"2026-05-01T12:00:00Z"}'
    )


def test_a_mapping_names_another_index_for_an_event(host):
    peer = search(host)
    mapping = {"index": "orders", "id": "o-1", "document": {"@path": "$.properties"}}
    deliver(search.connect(host, "elasticsearch"), "create_document", mapping=mapping)
    assert lines(peer.requests[0]) == [
        '{"create":{"_index":"orders","_id":"o-1"}}',
        '{"total":41.5}',
    ]


def test_an_update_keeps_what_it_does_not_name(host):
    peer = search(host)
    deliver(search.connect(host, "elasticsearch"), "upsert_document")
    action, document = lines(peer.requests[0])
    assert action == '{"update":{"_index":"events","_id":"u-7","retry_on_conflict":3}}'
    assert document == '{"doc":{"email":"ada@example.com"},"doc_as_upsert":true}'


def test_a_person_is_forgotten_by_either_id(host):
    peer = search(host)
    connection = search.connect(host, "elasticsearch")
    for event in ({"type": "delete", "userId": "u-7"}, {"type": "delete", "anonymousId": "a-7"}):
        assert deliver(connection, "delete", event) == ["delivered"]
    assert [request.json()["query"]["multi_match"] for request in peer.requests] == [
        {"query": "u-7", "fields": ["user_id.keyword"]},
        {"query": "a-7", "fields": ["anonymous_id.keyword"]},
    ]


def test_a_bulk_request_is_that_of_the_sdk(host):
    peer = search(host)
    mapping = {"index": "orders", "id": "o-1", "document": {"@path": "$.properties"}}
    deliver(search.connect(host, "elasticsearch"), "index_document", mapping=mapping)
    [request], sdk = peer.requests, SDK["bulk"]
    assert (request.path, request.body.decode()) == (sdk["path"], sdk["data"])
    assert request.headers["Authorization"] == sdk["authorization"]
