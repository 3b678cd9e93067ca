"""How each third-party server is installed, configured and started."""

from __future__ import annotations

import json
import re
import secrets
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

import attrs

from tests.realservers.aws import Aws
from tests.realservers.installing import debian_program, node_packages, python_environment
from tests.realservers.postgres import postgres
from tests.realservers.processes import free_port, serving
from tests.realservers.redis import redis

HERE = Path(__file__).parent
OIDC_TOKEN_LIFE_S = 2
ETCD_TOKEN_LIFE_S = 3


@attrs.frozen
class Website:
    """A server that needs no more than its address."""

    url: str


@attrs.frozen
class Database:
    """A server that asks for a user's password."""

    url: str
    user: str
    password: str = attrs.field(repr=False)


@attrs.frozen
class Browser:
    """``url`` is that of the WebDriver server; ``profile`` is a folder for what the browser keeps."""

    url: str
    binary: str
    profile: str


@attrs.frozen
class OidcProvider:
    """``callback_port`` is that of the redirect URL that its clients have registered."""

    url: str
    callback_port: int
    token_life_s: int = OIDC_TOKEN_LIFE_S


@attrs.frozen
class OAuth1Provider:
    """``private_key`` is the PEM of the consumer, for the RSA methods."""

    url: str
    private_key: str = attrs.field(repr=False)


@contextmanager
def httpbin(folder: Path) -> Iterator[Website]:
    """Basic, bearer and digest, encodings and redirects: httpbin under gunicorn."""
    python = python_environment("httpbin", "httpbin==0.10.4", "gunicorn==27.0.1")
    command = [python, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8"]
    with serving(
        lambda port: [*command, "--bind", f"127.0.0.1:{port}", "httpbin:app"], folder, ready="/get"
    ) as url:
        yield Website(url)


@contextmanager
def flask_httpauth(folder: Path) -> Iterator[Website]:
    """Digest whose nonces are kept in a session cookie, for ``ada`` with ``s3cret``."""
    python = python_environment("flask-httpauth", "flask-httpauth==4.8.0", "flask==3.1.3")
    words = [python, HERE / "flask_digest.py"]
    with serving(lambda port: [*words, str(port)], folder, ready="/ready") as url:
        yield Website(url)


@contextmanager
def nginx(folder: Path) -> Iterator[Website]:
    """Basic on files, PUT, 413 and 429, for the user ``ada`` with the password ``s3cret``."""
    program = debian_program("nginx", "nginx-light", folder="usr/sbin")
    (folder / "files").mkdir()
    (folder / "files" / "me.json").write_text('{"ok": true}')
    (folder / "users").write_text("ada:{PLAIN}s3cret\n")
    template = (HERE / "nginx.conf").read_text()

    def command(port: int) -> list[str | Path]:
        configuration = folder / "nginx.conf"
        configuration.write_text(template.replace("PORT", str(port)).replace("FOLDER", str(folder)))
        return [program.path, "-p", folder, "-e", folder / "error.log", "-c", configuration]

    with serving(command, folder, env=program.environment) as url:
        yield Website(url)


@contextmanager
def tinyproxy(folder: Path) -> Iterator[Website]:
    """An HTTP proxy that allows tunnels to port 443 only, as Debian configures it."""
    program = debian_program("tinyproxy", "tinyproxy-bin")

    def command(port: int) -> list[str | Path]:
        lines = [f"Port {port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "ConnectPort 443"]
        configuration = folder / "tinyproxy.conf"
        configuration.write_text("\n".join([*lines, ""]))
        return [program.path, "-d", "-c", configuration]

    with serving(command, folder, env=program.environment) as url:
        yield Website(url)


@contextmanager
def influxdb(folder: Path) -> Iterator[Database]:
    """InfluxDB 1.6 with the database ``events``; its user is asked for the password."""
    program = debian_program("influxd", "influxdb")
    user, password = "portcall", "pw-1a2b3c4d"

    def command(port: int) -> list[str | Path]:
        home, other = folder / f"data-{port}", free_port()
        lines = [
            "reporting-disabled = true", f'bind-address = "127.0.0.1:{other}"',
            "[meta]", f'dir = "{home}/meta"',
            "[data]", f'dir = "{home}/data"', f'wal-dir = "{home}/wal"',
            "[http]", f'bind-address = "127.0.0.1:{port}"', "auth-enabled = true",
        ]  # fmt: skip
        configuration = folder / "influxdb.conf"
        configuration.write_text("\n".join([*lines, ""]))
        return [program.path, "run", "-config", configuration]

    with serving(command, folder, ready="/ping", env=program.environment) as url:
        made = f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES"
        _ask(f"{url}/query?{urlencode({'q': made})}")
        known = {"u": user, "p": password, "q": "CREATE DATABASE events"}
        _ask(f"{url}/query?{urlencode(known)}")
        yield Database(url, user, password)


@contextmanager
def clickhouse(folder: Path) -> Iterator[Database]:
    """ClickHouse 18.16 with the table ``events``; its user is asked for the password."""
    program = debian_program("clickhouse-server", "clickhouse-server", folder="usr/sbin")
    user, password = "portcall", "pw-1a2b3c4d"
    (folder / "users.xml").write_text(
        "<yandex><profiles><default/></profiles><quotas><default/></quotas><users>"
        f"<{user}><password>{password}</password><networks><ip>127.0.0.1</ip></networks>"
        f"<profile>default</profile><quota>default</quota></{user}></users></yandex>"
    )

    def command(port: int) -> list[str | Path]:
        home = folder / f"data-{port}"
        (home / "tmp").mkdir(parents=True)
        entries = {
            "logger": "<level>error</level><console>1</console>",
            "http_port": port,
            "listen_host": "127.0.0.1",
            "path": f"{home}/",
            "tmp_path": f"{home}/tmp/",
            "mark_cache_size": 5_368_709,
            "users_config": folder / "users.xml",
            "default_profile": "default",
            "default_database": "default",
        }
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in entries.items())
        configuration = folder / "config.xml"
        configuration.write_text(f"<yandex>{inner}</yandex>")
        return [program.path, f"--config-file={configuration}"]

    with serving(command, folder, env=program.environment) as url:
        columns = "message_id String, timestamp DateTime, event String, properties String"
        made = f"CREATE TABLE events ({columns}) ENGINE = MergeTree ORDER BY message_id"
        _ask(f"{url}/?{urlencode({'user': user, 'password': password, 'query': made})}")
        yield Database(url, user, password)


@contextmanager
def etcd(folder: Path) -> Iterator[Website]:
    """Sessions that end after 3 s, for the user ``root`` with the password ``s3cret``."""
    program = debian_program("etcd", "etcd-server")
    (folder / "key").write_bytes(secrets.token_bytes(32))
    tokens = f"jwt,sign-method=HS256,priv-key={folder / 'key'},ttl={ETCD_TOKEN_LIFE_S}s"

    def command(port: int) -> list[str | Path]:
        own, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        addresses = {
            "listen-client-urls": own,
            "advertise-client-urls": own,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"default={peers}",
        }
        words = [word for name, url in addresses.items() for word in (f"--{name}", url)]
        return [program.path, "--data-dir", folder / f"data-{port}", "--auth-token", tokens, *words]

    with serving(command, folder, ready="/health", env=program.environment) as url:
        _post(f"{url}/v3/auth/role/add", {"name": "root"})
        _post(f"{url}/v3/auth/user/add", {"name": "root", "password": "s3cret"})
        _post(f"{url}/v3/auth/user/grant", {"user": "root", "role": "root"})
        _post(f"{url}/v3/auth/enable", {})
        yield Website(url)


@contextmanager
def oauth1_provider(folder: Path) -> Iterator[OAuth1Provider]:
    """Three legs and an API, every signature checked by oauthlib; see ``oauth1_provider.py``."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    python = python_environment("oauth1", "oauthlib[signedtoken]==4.0.1")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "public.pem").write_bytes(public)
    private = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    ).decode()
    words = [python, HERE / "oauth1_provider.py"]
    with serving(lambda port: [*words, str(port), folder / "public.pem"], folder) as url:
        yield OAuth1Provider(url, private)


@contextmanager
def oidc_provider(folder: Path) -> Iterator[OidcProvider]:
    """OAuth 2.0 with login and consent pages, on a certified provider; see ``oidc_provider.mjs``."""
    node, installed = node_packages("oidc-provider", "oidc-provider@9.13.3")
    callback_port = free_port()
    script = (HERE / "oidc_provider.mjs").read_text()
    environment = {
        "CALLBACK_URL": f"http://127.0.0.1:{callback_port}/callback",
        "TOKEN_LIFE_S": str(OIDC_TOKEN_LIFE_S),
    }
    # Node finds packages beside a script; text given by --eval counts as beside the working folder.
    with serving(
        lambda _: [node, "--input-type=module", "--eval", script],
        folder,
        ready="/.well-known/openid-configuration",
        env=environment,
        cwd=installed,
    ) as url:
        yield OidcProvider(url, callback_port)


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Headless Chromium behind its WebDriver server."""
    driver = debian_program("chromedriver", "chromium", "chromium-driver")
    unpacked = driver.path.parents[1] / "lib" / "chromium" / "chromium"
    # The package's own script looks for its files at their place in the system.
    binary = unpacked if driver.unpacked else debian_program("chromium", "chromium").path
    with serving(
        lambda port: [driver.path, f"--port={port}"],
        folder,
        ready="/status",
        env=driver.environment,
    ) as url:
        yield Browser(url, str(binary), str(folder / "profile"))


@contextmanager
def moto(folder: Path) -> Iterator[Aws]:
    """AWS's APIs with signatures checked, and the access key of a user who may use all of them."""
    python = python_environment("moto", "moto[events,s3,sqs]==5.2.5", "flask", "flask-cors")
    # The three requests that make the user are not checked; every later one is.
    environment = {"INITIAL_NO_AUTH_ACTION_COUNT": "3"}
    with serving(
        lambda port: [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        folder,
        ready="/moto-api/",
        env=environment,
    ) as url:
        _ask_iam(url, Action="CreateUser", UserName="ada")
        made = _ask_iam(url, Action="CreateAccessKey", UserName="ada")
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        _ask_iam(
            url, Action="PutUserPolicy", UserName="ada", PolicyName="all", PolicyDocument=policy
        )
        names = ("AccessKeyId", "SecretAccessKey")
        key, secret = (re.search(f"<{name}>(.+?)<", made)[1] for name in names)
        yield Aws(url, key, secret)


def _ask_iam(url: str, **parameters: str) -> str:
    """Call IAM's query API; the server takes the name of the service from the credential's scope."""
    scope = "AWS4-HMAC-SHA256 Credential=setup/20260101/us-east-1/iam/aws4_request"
    form = urlencode({**parameters, "Version": "2010-05-08"}).encode()
    request = urllib.request.Request(url, form, {"Authorization": scope})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def _ask(url: str) -> None:
    request = urllib.request.Request(url, b"", method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def _post(url: str, body: Mapping[str, str]) -> None:
    with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=30):
        pass


SERVERS: Final[Mapping[str, Callable[[Path], AbstractContextManager[Any]]]] = MappingProxyType(
    {
        "httpbin": httpbin,
        "flask-httpauth": flask_httpauth,
        "nginx": nginx,
        "tinyproxy": tinyproxy,
        "etcd": etcd,
        "influxdb": influxdb,
        "clickhouse": clickhouse,
        "oauth1-provider": oauth1_provider,
        "oidc-provider": oidc_provider,
        "moto": moto,
        "postgres": postgres,
        "redis": redis,
        "chromium": chromium,
    }
)
