"""On the wire, against a server that verifies after the RFC."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from portcall import (
    AuthenticationError,
    Kind,
    MalformedResponseError,
    Request,
    RequestError,
    Verdict,
    hookimpl,
)
from portcall.testing import Reply

ALGORITHMS = ["MD5", "SHA-256", "SHA-512-256"]
ALL = [*ALGORITHMS, *(f"{name}-sess" for name in ALGORITHMS)]
QOPS = ["auth", "auth-int", "auth, auth-int", "auth-int,auth", ""]


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.parametrize("qop", QOPS)
@pytest.mark.parametrize("userhash", [False, True])
def test_a_server_accepts_every_combination_of_algorithm_qop_and_userhash(
    serve, connect, algorithm, qop, userhash
):
    """§3.2, §3.4: MD5, SHA-256, SHA-512-256 and ``-sess``; qop auth, auth-int, both, none; userhash."""
    server = serve(algorithm=algorithm, qop=qop, userhash=userhash)
    client = connect().client
    client.get("/api", query={"a": 'b c"d', "e": "é"})
    client.post("/api", json={"event": "Order Completed"})
    client.post("/api", body=b"")
    client.delete("/api")
    assert server.seen == {"none": 1, "good": 4}


def test_a_challenge_without_an_algorithm_means_md5(serve, connect):
    """§3.3: a challenge without ``algorithm`` means MD5."""
    server = serve(algorithm="MD5", named=False)
    connect().client.get("/api")
    assert server.seen == {"none": 1, "good": 1}


@pytest.mark.parametrize("user", ["Jäsøn Doe", "Ja\u0308søn", 'qu"o\\te', "a:b", "日本"])
@pytest.mark.parametrize("userhash", [False, True])
def test_any_name_and_password_that_unicode_has_signs_in(serve, connect, user, userhash):
    """§3.4.4, §4: ``username*``, UTF-8 in NFC; quotes and backslashes are escaped."""
    password = 'pass "wo\\rd" e\u0301'
    server = serve(user=user, password=password, userhash=userhash)
    connect(username=user, password=password).client.get("/api")
    assert server.seen == {"none": 1, "good": 1}


@pytest.mark.parametrize("realm", ['with "quotes", and commas', "back\\slash", "Zürich", ""])
def test_a_realm_counts_byte_for_byte(peer, connect, serve, realm):
    """§3.3: the realm counts byte for byte, quotes and commas in it too."""
    server = serve(realm=realm)
    escaped = realm.replace("\\", "\\\\").replace('"', '\\"')
    refusal = server.refuse
    server.refuse = lambda request, stale=False: Reply(
        401,
        headers={
            "WWW-Authenticate": refusal(request, stale=stale)
            .headers["WWW-Authenticate"]
            .replace(f'realm="{realm}"', f'realm="{escaped}"')
        },
    )
    connect().client.get("/api")
    assert server.seen == {"none": 1, "good": 1}


@pytest.mark.parametrize("algorithm", ["SHA-256", "SHA-256-sess"])
@pytest.mark.parametrize(
    ("nonces", "nextnonce", "fixed"),
    [
        ("many", False, False),
        ("many", True, False),
        ("many", False, True),  # everybody is given one and the same nonce
        ("increasing", False, False),
        ("increasing", True, False),
        ("once", False, False),
        ("once", True, False),
    ],
)
def test_counts_are_unique_among_sixteen_threads(
    serve, connect, algorithm, nonces, nextnonce, fixed
):
    """§3.4.5, §5.12: counts are unique among threads, whatever the server makes of nonces."""
    server = serve(algorithm=algorithm, nonces=nonces, nextnonce=nextnonce, fixed=fixed)
    client, start = connect().client, Barrier(16)

    def work(_):
        start.wait()
        return [client.post("/api", json={"n": n}).status for n in range(10)]

    with ThreadPoolExecutor(16) as pool:
        answers = [status for each in pool.map(work, range(16)) for status in each]
    assert answers == [200] * 160
    assert server.seen["good"] == 160
    assert server.seen["replay"] == 0
    assert set(server.seen) <= {"none", "good", "stale", "replay"}
    if nonces == "many":
        assert server.seen["stale"] == 0


def test_threads_share_the_nonce_of_one_challenge(serve, connect):
    """§3.4.5: one challenge serves every thread that comes after it."""
    server = serve()
    client = connect().client
    client.get("/api")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.get("/api"), range(160)))
    assert server.seen == {"none": 1, "good": 161}
    assert [sorted(used) for used in server.counts.values()] == [list(range(1, 162))]


def test_a_next_nonce_is_used_without_another_challenge(serve, connect):
    """§3.5: ``nextnonce`` replaces the nonce without a further challenge."""
    server = serve(nonces="once", nextnonce=True, algorithm="SHA-256-sess")
    client = connect().client
    for _ in range(5):
        client.get("/api")
    assert server.seen == {"none": 1, "good": 5}


def test_a_stale_nonce_costs_one_more_attempt(serve, connect):
    """§3.3: ``stale=true`` costs one more attempt with the new nonce."""
    server = serve(uses=2)
    client = connect().client
    for _ in range(5):
        client.get("/api")
    assert server.seen == {"none": 1, "good": 5, "stale": 2}


def test_a_refusal_that_is_not_stale_is_final(serve, connect):
    """§3.3: without ``stale=true`` user name or password is wrong, and nothing more is sent."""
    server = serve()
    client = connect(password="wrong").client
    with pytest.raises(AuthenticationError, match="401"):
        client.get("/api")
    assert server.seen == {"none": 1, "wrong": 1}


def test_a_server_that_always_says_stale_is_asked_twice(peer, serve, connect):
    server = serve(uses=0)
    with pytest.raises(AuthenticationError):
        connect().client.get("/api")
    assert server.seen == {"none": 1, "stale": 1}


def test_a_password_that_is_right_again_works_again(serve, connect):
    server = serve()
    client = connect().client
    client.get("/api")
    server.password = "changed"
    with pytest.raises(AuthenticationError):
        client.get("/api")
    server.password = "Circle of Life"
    client.get("/api")
    assert server.seen == {"none": 1, "good": 2, "wrong": 1}


@pytest.mark.parametrize(
    "domain", ["/api /other", "{url}/api", "/else", "http://elsewhere.example/"]
)
def test_answers_go_ahead_of_the_challenge_within_the_domain_only(peer, serve, connect, domain):
    """§3.3, §3.6: answers go ahead of the challenge within ``domain``, and only there."""
    server = serve(domain=domain.format(url=peer.url), paths=["/api", "/other/b", "/third"])
    client = connect().client
    for path in ("/api", "/api", "/other/b", "/other/b", "/third", "/third"):
        client.get(path)
    inside = {"/api /other": 3, "{url}/api": 1}.get(domain, 0)
    assert server.seen == {"none": 6 - inside, "good": 6}


def test_a_refusal_of_another_realm_is_a_first_challenge(peer, serve, connect):
    """§3.3: a refusal of another realm is no refusal of the password."""
    one, two = serve(realm="one", paths=["/one"]), serve(realm="two", paths=["/two"])
    client = connect().client
    for path in ("/one", "/two"):
        client.get(path)
    assert one.seen == {"none": 1, "good": 1}
    assert two.seen["good"] == 1


@pytest.mark.parametrize("qop", ["auth", "auth-int"])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256-sess"])
def test_the_proof_of_the_server_is_checked_when_a_setting_asks_for_it(
    serve, connect, qop, algorithm
):
    """§3.5: ``rspauth`` is checked when asked."""
    server = serve(rspauth=True, qop=qop, algorithm=algorithm, nextnonce=True)
    client = connect(check_server=True).client
    client.get("/api")
    client.post("/api", json={})
    assert server.seen == {"none": 1, "good": 2}


@pytest.mark.parametrize("options", [{"rspauth": "0" * 64}, {}, {"qop": ""}])
def test_a_server_without_a_right_proof_is_an_error_when_a_setting_asks_for_it(
    serve, connect, options
):
    serve(**options)
    connect().client.get("/api")
    with pytest.raises(MalformedResponseError, match="rspauth"):
        connect(check_server=True).client.get("/api")


def test_a_server_that_never_asks_proves_nothing(peer, connect):
    peer.route("GET", "/api", Reply(json={}))
    with pytest.raises(MalformedResponseError, match="rspauth"):
        connect(check_server=True).client.get("/api")


def test_the_first_known_challenge_of_the_server_is_answered(peer, serve, connect):
    """§3.7: several challenges in one field or several, Basic beside Digest: the first one known."""
    server = serve(algorithm="MD5")
    ours = server.refuse

    def refuse(request, stale=False):
        known = ours(request, stale=stale).headers["WWW-Authenticate"]
        return Reply(
            401,
            headers={
                "WWW-Authenticate": 'Basic realm="a, Digest b=\\"c", Negotiate abc=, ,\tDigest '
                'realm="x", nonce="y", algorithm=SHA-3, qop="auth"',
                "www-authenticate": f'{known} , Digest realm="z", nonce="z", algorithm=SHA-256',
            },
        )

    server.refuse = refuse
    connect().client.get("/api")
    assert server.seen == {"none": 1, "good": 1}


@pytest.mark.parametrize("offer", ['Basic realm="x"', 'Digest realm="x", nonce="y", algorithm=SHA'])
def test_an_offer_of_unknown_schemes_is_named_and_not_answered(peer, connect, offer):
    peer.route("GET", "/api", Reply(401, headers={"WWW-Authenticate": offer}))
    with pytest.raises(AuthenticationError, match=r"(basic|digest SHA), but no digest challenge"):
        connect().client.get("/api")
    assert len(peer.requests) == 1


def test_a_401_without_a_challenge_is_final(peer, connect):
    peer.route("GET", "/api", Reply(401))
    with pytest.raises(AuthenticationError):
        connect().client.get("/api")
    assert len(peer.requests) == 1


def test_a_body_that_cannot_be_sent_twice_is_not_sent(peer, connect):
    """§3.4: a body is sent again after a challenge, so one that is gone once read is refused."""
    with pytest.raises(RequestError, match="sent twice"):
        connect().client.post("/api", body=iter([b"{}"]))
    assert peer.requests == ()


def test_a_verdict_of_the_destination_does_not_hide_a_stale_nonce(serve, connect):
    """A destination's own classify_response hides refusals from the scheme's."""
    say = hookimpl(lambda response: Verdict(Kind.CHALLENGED) if response.status == 401 else None)
    connect.acme.classify_response = say
    server = serve(uses=1)
    client = connect().client
    client.get("/api")
    client.get("/api")
    assert server.seen == {"none": 1, "good": 2, "stale": 1}


def test_a_preview_shows_no_answer(serve, connect):
    serve()
    connection = connect()
    connection.client.get("/api")
    request = connection.preview(Request(method="GET", url="/api"))
    assert str(request.headers["authorization"]) == "***"


def test_connections_share_no_challenge(serve, connect):
    server = serve()
    connect().client.get("/api")
    with pytest.raises(AuthenticationError):
        connect(password="other").client.get("/api")
    assert server.seen == {"none": 2, "good": 1, "wrong": 1}


def test_a_nonce_is_shared_only_after_it_was_accepted(serve, connect):
    """§3.4.5: the one more try after a refusal has its nonce for itself."""
    server, others = serve(nonces="increasing"), []
    client = connect().client
    verify, asked = server.verify, Barrier(2)

    def slow(request, sent):
        if not others:
            others.append(pool.submit(client.get, "/api"))
            server.lock.release()
            asked.wait()
            server.lock.acquire()
        return verify(request, sent)

    def refuse(request, *, stale=False, refuse=server.refuse):
        if others:
            asked.wait()
        return refuse(request, stale=stale)

    server.verify, server.refuse = slow, refuse
    with ThreadPoolExecutor(1) as pool:
        client.get("/api")
        others[0].result()
    assert server.seen == {"none": 2, "good": 2}
