"""S3 of a server that checks signatures: keys with spaces, slashes and letters."""

from types import SimpleNamespace

import attrs
import pytest

from portcall import AuthenticationError, Host, RequestOptions, field, hookimpl
from portcall_sigv4 import SigningScope


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


S3 = SimpleNamespace(
    auth_scheme=hookimpl(lambda: "sigv4"),
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    signing_scope=hookimpl(lambda settings: SigningScope(service="s3", region=settings.region)),
)


@pytest.fixture
def connect(real_server):
    server = real_server("moto")
    with Host(allow_private=["127.0.0.1"], plugins={"s3": S3}) as host:
        yield lambda **given: host.destination("s3").connect(server.settings(**given))


@pytest.mark.parametrize("key", ["plain.json", "a b/é.json", "x//y+z=1&2$'()!.json", "%41"])
def test_objects_come_back_as_they_were_put(connect, key):
    """Amazon S3, object operations: put, get and list at a server that checks signatures."""
    from urllib.parse import quote

    client = connect().client
    client.put("/lake")
    client.put(f"/lake/{quote(key)}", body=key.encode())
    assert client.get(f"/lake/{quote(key)}").body == key.encode()
    listed = client.get("/lake?list-type=2&prefix=" + quote(key, safe=""))
    assert b"<KeyCount>1</KeyCount>" in listed.body


def test_another_secret_is_refused(connect):
    """Amazon S3, SignatureDoesNotMatch: a wrong secret is an authentication error."""
    with pytest.raises(AuthenticationError, match="SignatureDoesNotMatch"):
        connect(secret_access_key="wrong").client.put("/lake/k", body=b"{}")
