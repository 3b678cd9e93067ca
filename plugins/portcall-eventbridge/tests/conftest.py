"""A server that speaks AWS's APIs and checks signatures, where there is one to start."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import botocore.session
import pytest
from botocore.config import Config

SCRIPT = Path(__file__).parents[4] / "shared" / "realservers" / "moto.sh"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "events:*"], "Resource": "*"}],
}


class Aws:
    """The server's URL, and a user's access key that the server checks signatures with."""

    def __init__(self, url):
        self.url = url
        iam = self.client("iam", "x", "y")
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        document = json.dumps(POLICY)
        iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=document)
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]

    def client(self, service, key=None, secret=None):
        return botocore.session.Session().create_client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key or self.key,
            aws_secret_access_key=secret or self.secret,
            config=Config(retries={"max_attempts": 0}),
        )

    def settings(self, **more):
        return {
            "access_key_id": self.key,
            "secret_access_key": self.secret,
            "region": "us-east-1",
            "endpoint": self.url,
            **more,
        }


@pytest.fixture(scope="session")
def aws():
    if not SCRIPT.exists():
        pytest.skip("no server that speaks AWS's APIs")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["bash", SCRIPT],
        env={**os.environ, "REAL_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        try:
            line = next((line for line in server.stdout if line.startswith("READY")), None)
            if line is None:
                pytest.skip("the server does not start here")
            yield Aws(f"http://127.0.0.1:{port}")
        finally:
            server.send_signal(signal.SIGTERM)
