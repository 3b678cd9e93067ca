"""Refused credentials and refused events, told apart; and renewals, which are no verdict on an event."""

import json

import attrs
import pytest

from portcall import Auth, AuthenticationError, Kind, Outcomes, RefreshError, Retry, Verdict
from portcall.testing import Reply


class Office:
    """A destination that says 403 both for "session over" and for "not yours", as devpi does.

    A login gives a session; a request with another session is refused, and so is each event whose text is
    in *forbidden*.
    """

    def __init__(self, peer, forbidden=(), lets_in=True):
        self.peer = peer
        self.forbidden = set(forbidden)
        self.lets_in = lets_in
        self.logins = 0
        peer.route("POST", "/login", self._login)
        peer.route("POST", "/messages", self._post)
        peer.route("POST", "/batch", self._batch)
        peer.route("GET", "/me", lambda got: Reply(200 if self._knows(got) else 403))

    def _login(self, _):
        self.logins += 1
        return Reply(json={"session": f"s{self.logins}"})

    def _knows(self, got):
        return self.lets_in and got.headers["x-token"] == f"s{self.logins}" != "s0"

    def _post(self, got):
        text = got.json()["text"]
        return Reply(204 if self._knows(got) and text not in self.forbidden else 403)

    def _batch(self, got):
        return Reply(204 if self._knows(got) and self.forbidden.isdisjoint(got.json()) else 403)

    @property
    def taken(self):
        """The texts of the events that arrived."""
        return [got.json()["text"] for got in self.peer.received("/messages")]


def renewing(way):
    """Hooks that log in: where a challenge is answered, or as a refresh."""

    def log_in(client, auth):
        return attrs.evolve(auth, access_token=client.post("/login").json()["session"])

    hook = {"login": "answer_challenge", "refresh": "refresh_access_token"}[way]
    return {
        hook: log_in,
        "classify_response": lambda response: (
            Verdict(Kind.CHALLENGED) if response.status == 403 else None
        ),
    }


WHO = {"test_authentication": lambda client: str(client.get("/me").status)}
WAYS = pytest.mark.parametrize("way", ["login", "refresh"])
WORKERS = pytest.mark.parametrize("workers", [1, 4])


def deliver(connection, post, acme, texts, **options):
    return list(connection.deliver(post, [acme.event(text) for text in texts], **options))


@WAYS
@WORKERS
@pytest.mark.parametrize("place", [0, 5, 11])
@pytest.mark.parametrize("hooks", [{}, WHO], ids=["no identity", "identity"])
def test_one_forbidden_event_is_rejected_and_the_others_go(
    connect, peer, acme, way, workers, place, hooks
):
    texts = [f"{n}" for n in range(12)]
    office = Office(peer, forbidden=[texts[place]])
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing(way), **hooks)
    outcomes = deliver(connection, post, acme, texts, workers=workers)
    assert [outcome.index for outcome in outcomes] == list(range(12))
    kinds = ["delivered"] * 12
    kinds[place] = "rejected"
    assert acme.kinds(outcomes) == kinds
    assert "403" in outcomes[place].reason
    assert "renewed" in outcomes[place].reason
    assert len(office.taken) < 40


@WAYS
def test_a_forbidden_event_alone_is_told_by_the_identity(connect, peer, acme, way):
    Office(peer, forbidden=["0"])
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing(way), **WHO)
    assert acme.kinds(deliver(connection, post, acme, ["0"])) == ["rejected"]


@WAYS
@WORKERS
@pytest.mark.parametrize("hooks", [{}, WHO], ids=["no identity", "identity"])
def test_credentials_that_serve_nothing_reject_no_event(connect, peer, acme, way, workers, hooks):
    office = Office(peer, lets_in=False)
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing(way), **hooks)
    outcomes = deliver(connection, post, acme, [f"{n}" for n in range(6)], workers=workers)
    assert acme.kinds(outcomes) == ["reauthorize"] * 6
    assert office.logins <= 10


@WAYS
def test_several_forbidden_events_in_a_row_are_told_by_the_identity(connect, peer, acme, way):
    texts = [f"{n}" for n in range(8)]
    Office(peer, forbidden=texts[:4])
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing(way), **WHO)
    outcomes = deliver(connection, post, acme, texts)
    assert acme.kinds(outcomes) == ["rejected"] * 4 + ["delivered"] * 4


def test_a_refused_batch_is_no_verdict_on_each_of_its_events(connect, peer, acme):
    Office(peer, forbidden=["3"])
    post = acme.poster()

    @post.batch(size=4)
    def post_all(client, payloads):
        client.post("/batch", json=[payload.text for payload in payloads])
        return Outcomes.delivered(payloads)

    connection = connect(post, auth=Auth(access_token="s-old"), **renewing("login"))
    outcomes = deliver(connection, post, acme, [f"{n}" for n in range(8)])
    assert acme.kinds(outcomes)[4:] == ["delivered"] * 4
    assert "rejected" not in acme.kinds(outcomes)[:3]
    assert "reauthorize" not in acme.kinds(outcomes)


def test_a_journal_hears_of_an_event_once_it_is_told_apart(connect, peer, acme):
    ended = []

    class Journal:
        def begun(self, indexes):
            pass

        def ended(self, outcomes):
            ended.extend((outcome.index, outcome.kind) for outcome in outcomes)

    Office(peer, forbidden=["0"])
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing("login"))
    deliver(connection, post, acme, ["0", "1"], journal=Journal())
    assert sorted(ended) == [(0, "rejected"), (1, "delivered")]


def test_a_401_stays_a_matter_of_the_credentials(connect, peer, acme):
    peer.route("POST", "/messages", Reply(401))
    post = acme.poster()
    connection = connect(
        post,
        auth=Auth(access_token="t1"),
        answer_challenge=lambda auth: attrs.evolve(auth, access_token="t2"),
    )
    assert acme.kinds(deliver(connection, post, acme, ["0"])) == ["reauthorize"]


def test_perform_raises_the_refusal(connect, peer, acme):
    Office(peer, forbidden=["0"])
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing("login"))
    with pytest.raises(AuthenticationError) as caught:
        connection.perform(post, acme.event("0"))
    assert caught.value.response.status == 403


REFUSED = {"error": "invalid_request", "error_description": "no"}


@WAYS
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503, "hang up"])
def test_what_a_renewal_ends_with_is_no_verdict_on_an_event(connect, peer, acme, way, status):
    refusal = Reply(hang_up=True) if status == "hang up" else Reply(status, json=REFUSED)
    peer.route("POST", "/login", refusal)
    peer.route("POST", "/messages", Reply(403))
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="t1"), **renewing(way))
    [outcome] = deliver(connection, post, acme, ["0"], retry=Retry(attempts=1))
    passes = status in {429, 500, 503, "hang up"}
    assert outcome.kind == ("retry" if passes else "reauthorize")
    with pytest.raises(RefreshError if passes else AuthenticationError):
        connection.client.post("/messages")


@WAYS
def test_a_grant_that_is_over_asks_for_a_person(connect, peer, acme, way):
    peer.route("POST", "/login", Reply(400, json={"error": "invalid_grant"}))
    peer.route("POST", "/messages", Reply(403))
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="t1"), **renewing(way))
    [outcome] = deliver(connection, post, acme, ["0"])
    assert outcome.kind == "reauthorize"
    assert len(peer.received("/messages")) == 1


@WAYS
def test_a_bug_in_a_renewal_is_a_fault_and_its_event_stays_to_be_sent(connect, peer, acme, way):
    peer.route("POST", "/login", Reply(json={}))
    peer.route("POST", "/messages", Reply(403))
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="t1"), **renewing(way))
    [outcome] = deliver(connection, post, acme, ["0"])
    assert outcome.kind == "retry"
    assert isinstance(outcome.fault, KeyError)
    assert "'acme'" in outcome.reason


def test_a_run_goes_on_past_a_forbidden_event(connect, peer, acme, tmp_path, monkeypatch):
    from portcall import runs

    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    events = tmp_path / "events.ndjson"
    events.write_text("".join(json.dumps(acme.event(f"{n}")) + "\n" for n in range(58)))
    office = Office(peer, forbidden=["0"])
    post = acme.poster()
    connection = connect(post, auth=Auth(access_token="s-old"), **renewing("login"))
    run = runs.start(connection=connection, action="post", input=events, workers=1)
    run.wait()
    assert (run.report.delivered, run.report.rejected) == (57, 1)
    assert not run.report.stopped
    assert office.logins == 1
