import gzip
import json
import runpy
from pathlib import Path

from portcall.cli.demo.peers import CrmReceiver, WebhookReceiver

HERE = Path(__file__).parent


def test_the_demo_delivers_refuses_three_and_refreshes_once(process):
    outcome = process("demo", "--json")
    said = json.loads(outcome.out)
    webhook, crm = said["parts"]
    assert outcome.code == 0
    assert outcome.err == ""
    assert said["took_s"] < 20
    for part in (webhook, crm):
        assert (part["delivered"], part["rejected"]) == (997, 3)
        assert part["receiver"]["accepted"] == 997
        assert sum(reason["count"] for reason in part["reasons"]) == 3
    assert (webhook["refreshed"], webhook["receiver"]["grants"]) == (0, 0)
    assert (crm["refreshed"], crm["receiver"]["grants"]) == (1, 1)
    assert crm["receiver"]["unauthorized"] >= 1


def test_the_demo_for_people(run):
    outcome = run("demo")
    assert outcome.code == 0
    assert "a signature with another key is refused" in outcome.out
    assert "total must not be negative" in outcome.out
    assert "1 refresh granted" in outcome.out
    assert outcome.out.splitlines()[-1].startswith("Done in ")


def test_the_shipped_events_are_the_shop_s():
    shop = runpy.run_path(str(HERE / "shop.py"))
    shipped = gzip.decompress(shop["PLACE"].read_bytes())
    assert shipped == gzip.decompress(shop["packed"]())
    events = [json.loads(line) for line in shipped.splitlines()]
    assert len(events) == 1000
    assert {event["type"] for event in events} == {"track", "identify", "page"}
    assert len({event["messageId"] for event in events}) == 1000


def test_the_webhook_receiver_takes_only_what_is_signed_now():
    import base64
    import hashlib
    import hmac
    import time

    def answer(stamp, key=b"k" * 32, body=b'{"properties": {"total": 1}}', identifier="m1"):
        content = f"{identifier}.{stamp}.".encode() + body
        signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        headers = {
            "webhook-id": identifier,
            "webhook-timestamp": str(stamp),
            "webhook-signature": f"v1,AAAA v1,{signature}",
        }
        return receiver.answer("POST", "/events", headers, body)[0]

    now = int(time.time())
    with WebhookReceiver(b"k" * 32, "x") as receiver:
        assert answer(now - 400) == 401
        assert answer(now, key=b"other") == 401
        assert answer(now) == 202
        assert answer(now) == 409
        assert answer(now, body=b'{"properties": {"total": -1}}', identifier="m2") == 422
        assert receiver.answer("POST", "/events", {}, b"{}")[0] == 401
        assert (receiver.accepted, receiver.refused, receiver.unauthorized) == (1, 1, 3)


def test_the_crm_receiver_revokes_everything_when_a_refresh_token_comes_twice():
    def grant(token, secret="s"):
        form = f"grant_type=refresh_token&refresh_token={token}&client_id=c&client_secret={secret}"
        return receiver.answer("POST", "/oauth/token", {}, form.encode())

    with CrmReceiver("c", "s") as receiver:
        access, refresh = receiver.issue()
        me = {"authorization": f"Bearer {access}"}
        assert receiver.answer("GET", "/me", me, b"")[0] == 200
        assert grant(refresh, secret="wrong")[0] == 401
        status, token = grant(refresh)
        assert status == 200
        assert receiver.answer("GET", "/me", me, b"")[0] == 401
        fresh = {"authorization": f"Bearer {token['access_token']}"}
        assert receiver.answer("GET", "/me", fresh, b"")[0] == 200
        assert grant(refresh)[0] == 400
        assert receiver.answer("GET", "/me", fresh, b"")[0] == 401
