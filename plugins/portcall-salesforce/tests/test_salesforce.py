"""What arrives at Salesforce."""

import json
import time
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portcall import Auth, AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import Reply, conformance

module = load_python_file(Path(__file__).with_name("stand_in.py"))
salesforce = module.stand_in

test_conformance = conformance("salesforce")


def deliver(connection, name, count=1):
    action = connection.destination.actions[name]
    events = [salesforce.events[name]] * count
    return list(connection.deliver(action, events, mapping=salesforce.mapping(action)))


def test_leads_are_created_200_at_a_time(host):
    peer = salesforce(host)
    outcomes = deliver(salesforce.connect(host, "salesforce"), "create_lead", 201)
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    bodies = sorted((request.json() for request in peer.requests), key=lambda b: len(b["records"]))
    assert [len(body["records"]) for body in bodies] == [1, 200]
    assert bodies[0] == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Lead"},
                "LastName": "Lovelace",
                "Company": "Analytical Engines",
                "Email": "ada@example.com",
            }
        ],
    }


def test_a_record_is_found_by_its_external_id(host):
    peer = salesforce(host)
    deliver(salesforce.connect(host, "salesforce"), "upsert_record")
    [request] = peer.requests
    assert (request.method, request.path) == tuple(f"PATCH {module.UPSERT}".split())
    assert request.json()["records"] == [
        {"Number__c": "o-1", "Total__c": 30, "attributes": {"type": "Order__c"}}
    ]


def test_a_session_that_ended_is_renewed_and_the_request_goes_to_the_new_instance(host):
    peer = salesforce(host)
    fresh = {"access_token": "00Dnew", "instance_url": "https://eu7.my.salesforce.com"}
    peer.route("POST", "/services/oauth2/token", Reply(json={**fresh, "token_type": "Bearer"}))
    ended = module.error(401, "INVALID_SESSION_ID", "Session expired or invalid")
    peer.route(*module.CREATE.split(), ended, module.said("00Q000000000001"))
    [outcome] = deliver(salesforce.connect(host, "salesforce"), "create_lead")
    assert outcome.kind == "delivered"
    hosts = [request.headers["Host"] for request in peer.requests]
    assert hosts == ["acme.my.salesforce.com"] * 2 + ["eu7.my.salesforce.com"]
    assert peer.requests[2].headers["Authorization"] == "Bearer 00Dnew"
    assert peer.requests[1].form["grant_type"] == ["refresh_token"]


def machine(host, client, **settings):
    peer = salesforce(host)
    destination = host.destination("salesforce")
    ended = Auth(access_token="ended", state=module.AUTH["state"], **client)
    connection = destination.connect({"domain": "acme--dev.sandbox", **settings}, ended)
    assert connection.test() == "ada@acme.example"
    return peer.received("/services/oauth2/token")[0]


def test_client_credentials_need_no_person(host):
    client = {"client_id": module.AUTH["client_id"], "client_secret": module.AUTH["client_secret"]}
    request = machine(host, client, method="client_credentials")
    assert request.headers["Host"] == "acme--dev.sandbox.my.salesforce.com"
    assert request.form["grant_type"] == ["client_credentials"]


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, *form).decode()


def asserted(request, key):
    """Return the claims of an assertion that the certificate of a connected app verifies."""
    head, claims, proof = request.form["assertion"][0].split(".")
    signature = urlsafe_b64decode(f"{proof}==")
    data = f"{head}.{claims}".encode()
    key.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(urlsafe_b64decode(f"{head}=="))["alg"] == "RS256"
    return json.loads(urlsafe_b64decode(f"{claims}=="))


SANDBOX = {"method": "jwt_bearer", "audience": "https://test.salesforce.com"}


def test_a_user_is_signed_in_by_an_assertion_that_the_app_signs(host, key):
    client = {"client_id": module.AUTH["client_id"]}
    user = {"username": "integration@acme.example", "private_key": pem(key)}
    request = machine(host, client, **SANDBOX, **user)
    assert request.headers["Host"] == "acme--dev.sandbox.my.salesforce.com"
    assert request.form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = asserted(request, key)
    assert claims["iss"] == module.AUTH["client_id"]
    assert claims["sub"] == "integration@acme.example"
    assert claims["aud"] == "https://test.salesforce.com"
    assert 0 < claims["exp"] - time.time() <= 180  # Salesforce takes no longer one


def test_an_assertion_of_another_key_is_refused_for_good(host, key):
    peer = salesforce(host)

    def token(request):
        with pytest.raises(InvalidSignature):
            asserted(request, rsa.generate_private_key(public_exponent=65537, key_size=2048))
        said = {"error": "invalid_grant", "error_description": "invalid assertion"}
        return Reply(400, json=said)

    peer.route("POST", "/services/oauth2/token", token)
    user = {"domain": "acme", "username": "ada@acme.example", "private_key": pem(key)}
    app = Auth(client_id=module.AUTH["client_id"])
    connection = host.destination("salesforce").connect({**SANDBOX, **user}, app)
    with pytest.raises(AuthenticationError, match="invalid assertion"):
        connection.test()
    assert len(peer.received("/services/oauth2/token")) == 1


def test_objects_can_be_chosen(host):
    salesforce(host)
    connection = salesforce.connect(host, "salesforce")
    action = connection.destination.actions["upsert_record"]
    [name] = connection.choices(action, "object").items
    assert (name.value, name.label) == ("Order__c", "Order")
