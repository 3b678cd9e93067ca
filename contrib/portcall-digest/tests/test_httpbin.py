"""Against httpbin, a server of other people's."""

import socket
import subprocess
from os import environ

import pytest

from portcall import AuthenticationError


@pytest.fixture
def httpbin(shared):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    script = ["bash", shared / "realservers" / "httpbin.sh"]
    with subprocess.Popen(
        script, env={**environ, "REAL_PORT": port}, stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        try:
            if not line.startswith("READY"):
                pytest.skip("httpbin cannot be started here")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_httpbin(httpbin, connect):
    for algorithm in ("MD5", "SHA-256", "SHA-512"):
        for qop in ("auth", "auth-int"):
            path = f"/digest-auth/{qop}/ada/pw/{algorithm}"
            client = connect(httpbin, username="ada", password="pw").client
            for _ in range(3):
                assert client.get(path).json() == {"authenticated": True, "user": "ada"}
            with pytest.raises(AuthenticationError):
                connect(httpbin, username="ada", password="no").client.get(path)
