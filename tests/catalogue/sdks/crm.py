"""SDKs of destinations for CRM and marketing."""

from portcall.testing import Reply
from tests.catalogue.recording import AT, record


def klaviyo(peer):
    """Create events, import profiles, ask for a deletion."""
    from klaviyo_api import KlaviyoAPI

    sdk = KlaviyoAPI("pk_1a2b3c4d5e6f7a8b9c0d1e", max_retries=0)
    for part in (sdk.Events, sdk.Profiles, sdk.Data_Privacy):
        part.api_client.configuration.host = peer.url
        part.api_client.configuration._base_path = peer.url
    peer.otherwise(Reply(202, json={"data": {"type": "profile-bulk-import-job", "id": "1"}}))

    def typed(kind, attributes):
        return {"data": {"type": kind, "attributes": attributes}}

    person = {"email": "ada@example.com"}
    event = {
        "metric": typed("metric", {"name": "Order Completed"}),
        "properties": {"email": "ada@example.com", "total": 30.5, "currency": "EUR"},
        "time": "2026-11-01T12:00:00+00:00",
        "value": 30.5,
        "value_currency": "EUR",
        "unique_id": "m-1",
    }
    one = {
        "profile": typed("profile", {**person, "external_id": "u-7"}),
        "events": {"data": [{"type": "event", "attributes": event}]},
    }
    events = typed(
        "event-bulk-create-job",
        {"events-bulk-create": {"data": [{"type": "event-bulk-create", "attributes": one}]}},
    )
    profile = typed(
        "profile",
        {
            **person,
            "external_id": "u-7",
            "first_name": "Ada",
            "location": {"city": "London", "country": "United Kingdom"},
            "properties": {"plan": "pro"},
        },
    )
    job = typed(
        "profile-bulk-import-job",
        {"profiles": {"data": [{"type": "profile", "attributes": person}]}},
    )
    job["data"]["relationships"] = {"lists": {"data": [{"type": "list", "id": "Y6nRLr"}]}}
    gone = typed("data-privacy-deletion-job", {"profile": typed("profile", person)})
    options = {"additional_headers": {}}
    calls = {
        "bulk_create_events": lambda: sdk.Events.bulk_create_events(events, options=options),
        "create_or_update_profile": lambda: sdk.Profiles.create_or_update_profile(
            profile, options=options
        ),
        "bulk_import_profiles": lambda: sdk.Profiles.bulk_import_profiles(job, options=options),
        "request_profile_deletion": lambda: sdk.Data_Privacy.request_profile_deletion(
            gone, options=options
        ),
    }
    return {name: record(peer, call) for name, call in calls.items()}


def customerio(peer):
    """Send a batch of each kind of operation."""
    from customerio import CustomerIO

    sdk = CustomerIO("7a1b2c3d4e5f6a7b8c9d", "0d1e2f3a4b5c6d7e8f9a", retries=0)
    real = sdk.send_request
    sdk.send_request = lambda method, url, data: real(
        method, url.replace(f"https://{sdk.host}", peer.url), data
    )
    peer.otherwise(Reply(json={}))
    identifiers = {"id": "u-7"}
    event = {
        "type": "person",
        "action": "event",
        "identifiers": identifiers,
        "name": "Order Completed",
        "timestamp": int(AT.timestamp()),
        "attributes": {"total": 30},
    }
    person = {
        "type": "person",
        "action": "identify",
        "identifiers": identifiers,
        "attributes": {"email": "ada@example.com", "plan": "pro"},
    }
    return {
        "track_event": record(peer, lambda: sdk.batch([event])),
        "identify_person": record(peer, lambda: sdk.batch([person])),
    }
