"""A server that verifies digests after RFC 7616, with nothing of the scheme's in it."""

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from itertools import count
from threading import Lock
from types import SimpleNamespace
from urllib.parse import unquote

import attrs
import pytest

from portcall import Host, RequestOptions, field, hookimpl
from portcall.testing import Reply

USER, PASSWORD, REALM = "Mufasa", "Circle of Life", "http-auth@example.org"
PAIR = re.compile(r'([A-Za-z]+\*?)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))')
HASHES = {
    "MD5": hashlib.md5,
    "SHA-256": hashlib.sha256,
    "SHA-512-256": lambda data: hashlib.new("sha512_256", data),
    "SHA-512": hashlib.sha512,
}


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def read(header):
    """Parameters of one Authorization, escapes resolved."""
    scheme, _, rest = header.partition(" ")
    assert scheme == "Digest"
    pairs = [(k, re.sub(r"\\(.)", r"\1", q) if q or not t else t) for k, q, t in PAIR.findall(rest)]
    params = dict(pairs)
    assert len(params) == len(pairs)
    return params


class Server:
    """Verifies every request; counts what it saw.

    ``nonces``: "many" (any order, each count once), "increasing", or "once" (one use for a nonce).
    ``uses``: after so many uses a nonce is stale. ``fixed``: everybody is given one and the same nonce.
    """

    def __init__(self, peer, **options):
        self.user, self.password, self.realm = USER, PASSWORD, REALM
        self.algorithm, self.qop, self.nonces = "SHA-256", "auth", "many"
        self.nextnonce = self.userhash = self.rspauth = self.fixed = False
        self.uses, self.domain, self.opaque = 10**9, None, 'op"a\\que=='
        self.named, self.status = True, 200
        vars(self).update(options)
        self.lock, self.numbers, self.seen = Lock(), count(), Counter()
        self.issued, self.counts, self.sessions = {}, {}, {}
        for method in ("GET", "POST", "DELETE"):
            for path in options.get("paths", ["/api"]):
                peer.route(method, path, self)

    def __call__(self, request):
        with self.lock:
            header = request.headers.get("authorization")
            verdict = self.verify(request, read(header)) if header else "none"
            self.seen[verdict] += 1
            if verdict != "good":
                return self.refuse(request, stale=verdict in {"stale", "replay"})
            return Reply(self.status, json={}, headers=self.info(request, read(header)))

    def hash(self, text):
        data = text if isinstance(text, bytes) else text.encode("latin-1")
        return HASHES[self.algorithm.removesuffix("-sess")](data).hexdigest()

    def issue(self, key=None):
        nonce = "fixed" if self.fixed else f"n-{next(self.numbers)}"
        self.issued.setdefault(nonce, key)
        self.counts.setdefault(nonce, [])
        return nonce

    def refuse(self, request, *, stale=False):
        parts = [f'realm="{self.realm}"', f'nonce="{self.issue()}"']
        parts += [f'opaque="{self.opaque}"'.replace("\\", "\\\\").replace('op"a', 'op\\"a')]
        parts += [f"algorithm={self.algorithm}"] if self.named else []
        parts += [f'qop="{self.qop}"'] if self.qop else []
        parts += [f'domain="{self.domain}"'] if self.domain else []
        parts += ["userhash=true"] if self.userhash else []
        parts += ["stale=true"] if stale else []
        return Reply(401, headers={"WWW-Authenticate": f"Digest {', '.join(parts)}"})

    def verify(self, request, sent):
        nonce = sent["nonce"]
        if nonce not in self.counts:
            return "unknown nonce"
        plain = {"uri": request.target, "opaque": self.opaque, "realm": self.realm}
        plain |= {"algorithm": self.algorithm} if self.named else {}
        if any(sent[name] != value for name, value in plain.items()):
            return "other fields"
        if self.user_of(sent) != unicodedata.normalize("NFC", self.user):
            return "other user"
        if sent["response"] != self.response(request, sent):
            return "wrong"
        return self.use(nonce, sent)

    def use(self, nonce, sent):
        number = int(sent["nc"], 16) if self.qop else len(self.counts[nonce]) + 1
        assert not self.qop or re.fullmatch("[0-9a-f]{8}", sent["nc"])
        used = self.counts[nonce]
        if number in used:
            return "replay"
        late = self.nonces == "increasing" and used and number < max(used)
        if late or len(used) >= (1 if self.nonces == "once" else self.uses):
            return "stale"
        used.append(number)
        return "good"

    def user_of(self, sent):
        user = unicodedata.normalize("NFC", self.user).encode()
        if self.userhash:
            assert sent["userhash"] == "true"
            right = self.hash(user + b":" + self.realm.encode("latin-1"))
            return unicodedata.normalize("NFC", self.user) if sent["username"] == right else None
        if "username*" in sent:
            assert "username" not in sent
            return unquote(sent["username*"].removeprefix("UTF-8''"), errors="strict")
        return sent["username"]

    def key(self, sent):
        names = [unicodedata.normalize("NFC", each).encode() for each in (self.user, self.password)]
        key = self.hash(names[0] + b":" + self.realm.encode("latin-1") + b":" + names[1])
        if not self.algorithm.endswith("-sess"):
            return key
        first = self.issued[sent["nonce"]] or self.hash(f"{key}:{sent['nonce']}:{sent['cnonce']}")
        self.issued[sent["nonce"]] = first
        return first

    def response(self, request, sent):
        a2 = f"{request.method}:{sent['uri']}"
        if not self.qop:
            return self.hash(f"{self.key(sent)}:{sent['nonce']}:{self.hash(a2)}")
        assert sent["qop"] in self.qop.replace(" ", "").split(",")
        if sent["qop"] == "auth-int":
            a2 += f":{self.hash(request.body)}"
        middle = f"{sent['nonce']}:{sent['nc']}:{sent['cnonce']}:{sent['qop']}"
        return self.hash(f"{self.key(sent)}:{middle}:{self.hash(a2)}")

    def info(self, request, sent):
        parts = []
        if self.nextnonce:
            parts.append(f'nextnonce="{self.issue(self.issued[sent["nonce"]])}"')
        if self.rspauth:
            a2 = f":{sent['uri']}" + (f":{self.hash(b'{}')}" if sent["qop"] == "auth-int" else "")
            middle = f"{sent['nonce']}:{sent['nc']}:{sent['cnonce']}:{sent['qop']}"
            proof = self.hash(f"{self.key(sent)}:{middle}:{self.hash(a2)}")
            parts.append(f'rspauth="{proof if self.rspauth is True else self.rspauth}"')
            parts.append(f'qop={sent["qop"]}, cnonce="{sent["cnonce"]}", nc={sent["nc"]}')
        return {"Authentication-Info": ", ".join(parts)} if parts else {}


@pytest.fixture
def serve(peer):
    """Start a verifying server on the peer."""
    return lambda **options: Server(peer, **options)


@pytest.fixture
def connect(peer):
    """Open a connection to the peer by digest."""
    acme = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "digest"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    )
    with Host(allow_private=["127.0.0.1"], plugins={"acme": acme}) as host:

        def connect(url=None, **settings):
            given = {"username": USER, "password": PASSWORD, **settings}
            return host.destination("acme").connect({"endpoint": url or peer.url, **given})

        connect.acme = acme
        yield connect


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
