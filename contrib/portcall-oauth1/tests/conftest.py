"""A provider that verifies after RFC 5849, with nothing of the scheme's in it."""

import base64
import hashlib
import hmac
import re
import time
from email.utils import formatdate
from threading import Lock
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, unquote, urlencode

import attrs
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portcall import Auth, Host, RequestOptions, field, hookimpl
from portcall.testing import Reply
from portcall_oauth1 import Endpoints

CONSUMER, CONSUMER_SECRET = "dpf43f3p2l4k3l03", "kd94&hf93k+423/kf44="
TOKEN, TOKEN_SECRET = "nnch734d00sl2jdk", "pfkkdhi9 sl3r4s00é"
GRANTED = Auth(access_token=TOKEN, token_secret=TOKEN_SECRET)
HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE_KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def enc(text, encoding="utf-8"):
    return quote(text.encode(encoding), safe="-._~")


class Provider:
    """Verifies every request; counts what it saw; gives out tokens."""

    def __init__(self, peer, **options):
        self.peer, self.lock = peer, Lock()
        self.seen, self.nonces, self.params = [], set(), []
        self.tokens = {TOKEN: TOKEN_SECRET}
        self.pending, self.clock, self.realm, self.charset = {}, time.time, None, "utf-8"
        self.refusal, self.confirmed, self.callbacks = {}, "true", []
        vars(self).update(options)
        for method in ("GET", "POST", "PUT"):
            peer.route(method, options.get("path", "/api"), self)
        peer.route("POST", "/initiate", self.initiate)
        peer.route("POST", "/token", self.token)

    def __call__(self, request):
        with self.lock:
            verdict = self.verify(request, self.tokens)
            self.seen.append(verdict)
        if verdict == "good":
            return Reply(json={})
        headers = {"Date": formatdate(self.clock(), usegmt=True), **self.refusal}
        return Reply(401, json={"error": "refused"}, headers=headers)

    def verify(self, request, secrets):
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        assert scheme == "OAuth", "unsigned"
        sent = [(unquote(k), unquote(v)) for k, v in re.findall(r'([^=\s,]+)="([^"]*)"', rest)]
        oauth = dict(sent)
        assert len(oauth) == len(sent)
        assert oauth["oauth_version"] == "1.0"
        self.params.append(oauth)
        if oauth.pop("realm", None) != self.realm:
            return "other realm"
        signature = oauth.pop("oauth_signature")
        if abs(int(oauth["oauth_timestamp"]) - self.clock()) > 30:
            return "timestamp"
        nonce = oauth["oauth_nonce"], oauth["oauth_timestamp"], oauth.get("oauth_token")
        if nonce in self.nonces:
            return "replay"
        self.nonces.add(nonce)
        token = oauth.get("oauth_token")
        if token is not None and token not in secrets:
            return "unknown token"
        good = self.is_signed(request, oauth, signature, secrets.get(token, ""))
        return "good" if good else "wrong"

    def is_signed(self, request, oauth, signature, token_secret):
        keys = f"{enc(CONSUMER_SECRET)}&{enc(token_secret)}"
        kind, _, name = oauth["oauth_signature_method"].partition("-")
        if kind == "PLAINTEXT":
            return signature == keys
        form = (
            request.headers.get("content-type", "")
            .lower()
            .startswith("application/x-www-form-urlenc")
        )
        if "oauth_body_hash" in oauth:
            right = base64.b64encode(HASHES[name](request.body).digest()).decode()
            assert not form
            assert oauth["oauth_body_hash"] == right
        base = self.base(request, oauth, form).encode()
        if kind == "HMAC":
            proof = hmac.new(keys.encode(), base, HASHES[name]).digest()
            return base64.b64decode(signature) == proof
        PRIVATE_KEY.public_key().verify(
            base64.b64decode(signature), base, padding.PKCS1v15(), getattr(hashes, name)()
        )
        return True

    def base(self, request, oauth, form):
        path, _, query = request.target.partition("?")
        options = {"keep_blank_values": True, "encoding": self.charset, "errors": "strict"}
        pairs = [*oauth.items(), *parse_qsl(query, **options)]
        if form:
            pairs += parse_qsl(request.body.decode("ascii"), **options)
        both = sorted((enc(k, self.charset), enc(v, self.charset)) for k, v in pairs)
        normal = "&".join(f"{k}={v}" for k, v in both)
        return f"{request.method}&{enc(self.peer.url + path)}&{enc(normal)}"

    def initiate(self, request):
        verdict = self.verify(request, {})
        if verdict != "good":
            return Reply(401, headers={"Date": formatdate(self.clock(), usegmt=True)})
        self.callbacks.append(self.params[-1]["oauth_callback"])
        token = f"temporary-{len(self.callbacks)}"
        self.pending[token] = "hdhd0244k9j7ao03"
        given = {"oauth_token": token, "oauth_token_secret": self.pending[token]}
        given |= {"oauth_callback_confirmed": self.confirmed} if self.confirmed else {}
        return Reply(body=urlencode(given).encode())

    def token(self, request):
        if self.verify(request, self.pending) != "good":
            headers = {"Date": formatdate(self.clock(), usegmt=True)}
            return Reply(401, body=b"oauth_problem=signature_invalid", headers=headers)
        if self.params[-1]["oauth_verifier"] != "hfdp7dh39dks9884":
            return Reply(401, body=b"oauth_problem=verifier_invalid")
        del self.pending[self.params[-1]["oauth_token"]]
        self.tokens["granted"] = "granted-secret"
        given = {"oauth_token": "granted", "oauth_token_secret": "granted-secret", "user": "ada"}
        return Reply(body=urlencode(given).encode())


@pytest.fixture
def provide(peer):
    """Start a verifying provider on the peer."""
    return lambda **options: Provider(peer, **options)


@pytest.fixture
def connect(peer):
    """Open a connection to the peer with a token, or with the settings given."""
    acme = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "oauth1"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        oauth1_endpoints=hookimpl(
            lambda settings: Endpoints(
                initiate=f"{settings.endpoint}/initiate",
                authorize=f"{settings.endpoint}/authorize",
                token=f"{settings.endpoint}/token",
                initiate_parameters={"x_access": "write é"},
                authorize_parameters={"scope": "read,write"},
            )
        ),
    )
    with Host(allow_private=["127.0.0.1"], plugins={"acme": acme}) as host:

        def connect(url=None, auth=GRANTED, **settings):
            given = {"consumer_key": CONSUMER, "consumer_secret": CONSUMER_SECRET, **settings}
            if settings.get("signature_method", "").startswith("RSA"):
                given.setdefault("private_key", PEM)
            return host.destination("acme").connect({"endpoint": url or peer.url, **given}, auth)

        connect.acme = acme
        yield connect
