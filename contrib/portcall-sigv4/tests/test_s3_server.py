"""S3 as a real server has it: keys with spaces, slashes and letters, signatures checked."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import attrs
import botocore.session
import pytest
from botocore.config import Config

from portcall import AuthenticationError, Host, RequestOptions, field, hookimpl
from portcall_sigv4 import SigningScope

SCRIPT = Path(__file__).parents[4] / "shared" / "realservers" / "moto.sh"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}],
}


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


def user_of(url):
    """Make a user whose signatures the server checks."""
    iam = botocore.session.Session().create_client(
        "iam",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"max_attempts": 0}),
    )
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


@pytest.fixture(scope="module")
def server():
    if not SCRIPT.exists():
        pytest.skip("no server that speaks AWS's APIs")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["bash", SCRIPT],
        env={**os.environ, "REAL_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            if not any(line.startswith("READY") for line in process.stdout):
                pytest.skip("the server does not start here")
            url = f"http://127.0.0.1:{port}"
            yield {"endpoint": url, "region": "us-east-1", **user_of(url)}
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture
def connect(server):
    with Host(allow_private=["127.0.0.1"], plugins={"s3": S3}) as host:
        yield lambda **given: host.destination("s3").connect({**server, **given})


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
