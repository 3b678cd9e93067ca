"""Digest against Flask-HTTPAuth, which ties each nonce to the session cookie of its challenge."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portcall import AuthenticationError


def test_flask_httpauth_is_signed_in_to_with_its_cookie(real_server, connect):
    client = connect(real_server("flask-httpauth").url, username="ada", password="s3cret").client
    for _ in range(3):
        assert client.post("/v1/events", json={"event": "Order"}).json() == {"user": "ada"}
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: client.get("/v1/events").json(), range(40))
        assert list(answers) == [{"user": "ada"}] * 40


def test_flask_httpauth_refuses_another_password(real_server, connect):
    client = connect(real_server("flask-httpauth").url, username="ada", password="no").client
    with pytest.raises(AuthenticationError):
        client.get("/v1/events")
