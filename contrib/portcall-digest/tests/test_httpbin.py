"""Digest against httpbin, which verifies with code of its own."""

import pytest

from portcall import AuthenticationError


@pytest.mark.parametrize("qop", ["auth", "auth-int"])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-512"])
def test_httpbin_accepts_the_right_password_only(real_server, connect, algorithm, qop):
    url, path = real_server("httpbin").url, f"/digest-auth/{qop}/ada/pw/{algorithm}"
    client = connect(url, username="ada", password="pw").client
    for _ in range(3):
        assert client.get(path).json() == {"authenticated": True, "user": "ada"}
    with pytest.raises(AuthenticationError):
        connect(url, username="ada", password="no").client.get(path)
