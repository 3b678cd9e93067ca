"""Sessions against etcd, whose sessions last three seconds and whose token is bare."""

from base64 import b64encode
from time import monotonic

import pytest

from portcall import ReauthorizationError
from portcall_session import InHeader, Json, NotSignedIn, SessionLogin, SessionRequest

KEY, VALUE = (b64encode(text).decode() for text in (b"event", b'{"e":1}'))


def login(**more):
    def session_login(settings):
        body = {"name": "root", "password": settings.password}
        return SessionLogin(
            request=SessionRequest(url="/v3/auth/authenticate", json=body),
            session=Json("token"),
            sent=InHeader(),
            not_signed_in=(
                NotSignedIn(status=401, place=Json("code"), values=(16,)),
                NotSignedIn(status=400, place=Json("message"), values=("user name is empty",)),
            ),
            **more,
        )

    return session_login


@pytest.fixture
def open_etcd(real_server, connect, peer):
    etcd = real_server("etcd").url

    def open_etcd(login, **given):
        from portcall import RequestOptions

        return connect(
            login,
            allowed_hosts=lambda: [etcd.removeprefix("http://")],
            extend_request=lambda: RequestOptions(base_url=etcd),
            **given,
        )

    return open_etcd


@pytest.mark.parametrize("lifetime", [{}, {"lasts_s": 3}])
def test_requests_are_served_across_the_ends_of_sessions(open_etcd, lifetime):
    """etcd v3 HTTP gateway: requests are served across the ends of sessions."""
    connection = open_etcd(login(**lifetime))
    client = connection.client
    assert client.post("/v3/kv/put", json={"key": KEY, "value": VALUE}).status == 200
    sessions, ends = {connection.auth.access_token}, monotonic() + 20
    while len(sessions) < 3 and monotonic() < ends:
        answer = client.post("/v3/kv/range", json={"key": KEY})
        assert answer.json()["kvs"][0]["value"] == VALUE
        sessions.add(connection.auth.access_token)
    assert len(sessions) == 3


def test_a_wrong_password_of_etcd_asks_for_reauthorization_every_time(open_etcd):
    connection = open_etcd(login(), password="wrong")
    for _ in range(2):
        with pytest.raises(ReauthorizationError):
            connection.client.post("/v3/kv/range", json={"key": KEY})
