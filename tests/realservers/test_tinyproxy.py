"""Through a proxy of the environment that is configured as its package brings it."""

from types import SimpleNamespace

import attrs
import pytest

from portcall import ConnectError, Host, RequestOptions, field, hookimpl


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@pytest.fixture
def through(real_server, monkeypatch):
    """Connect to a URL by way of the proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    proxy = real_server("tinyproxy").url
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    acme = SimpleNamespace(
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    )
    with Host(allow_private=["127.0.0.1"], trust_env=True, plugins={"acme": acme}) as host:
        yield lambda url: host.destination("acme").connect({"endpoint": url})


def test_plain_http_is_passed_on(real_server, through):
    connection = through(real_server("httpbin").url)
    for number in range(3):
        answer = connection.client.post("/post", json={"number": number})
        assert answer.json()["json"] == {"number": number}
        assert "tinyproxy" in answer.headers["via"]


def test_a_tunnel_that_is_refused_is_no_connection(through):
    with pytest.raises(ConnectError, match="the proxy 127.0.0.1:[0-9]+ answered 403"):
        through("https://127.0.0.1:8443").client.get("/")
