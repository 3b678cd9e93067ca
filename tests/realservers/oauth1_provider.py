"""A three-legged OAuth 1.0a provider (RFC 5849) and an API behind it; oauthlib checks every request.

Run by its own Python: ``python oauth1_provider.py PORT PUBLIC_KEY_FILE``. What stands here is storage, in
memory, and one consent page.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from oauthlib import oauth1
from oauthlib.oauth1.rfc5849.errors import OAuth1Error

CLIENT, CLIENT_SECRET = "portcall-consumer", "c0nsumer&secret+/="
TOKEN, TOKEN_SECRET = "long-lived-token", "t0ken&secret"
CLOCK_SKEW_S = 600
METHODS = (
    "HMAC_SHA1",
    "HMAC_SHA256",
    "HMAC_SHA512",
    "RSA_SHA1",
    "RSA_SHA256",
    "RSA_SHA512",
    "PLAINTEXT",
)
FORM = "application/x-www-form-urlencoded"
PAGE = """<!doctype html><title>Consent</title><form method="post" action="/authorize">
<input type="hidden" name="oauth_token" value="{token}">
<button name="allow" value="yes">Allow</button> <button name="allow" value="no">Deny</button></form>"""


class Storage(oauth1.RequestValidator):
    """What oauthlib asks of a provider: clients, tokens, nonces."""

    enforce_ssl = False  # loopback
    allowed_signature_methods = tuple(getattr(oauth1, f"SIGNATURE_{name}") for name in METHODS)
    safe_characters = frozenset(map(chr, range(33, 127)))
    client_key_length = request_token_length = access_token_length = nonce_length = (4, 64)
    verifier_length = (4, 64)
    realms = ()
    dummy_client = dummy_request_token = dummy_access_token = "dummy"

    def __init__(self, public_key: str) -> None:
        super().__init__()
        self.public_key = public_key
        self.temporary: dict[str, dict[str, str]] = {}
        self.tokens = {TOKEN: TOKEN_SECRET}
        self.nonces: set[tuple[str, ...]] = set()

    def validate_client_key(self, client_key, request):
        return client_key == CLIENT

    def get_client_secret(self, client_key, request):
        return CLIENT_SECRET

    def get_rsa_key(self, client_key, request):
        return self.public_key

    def validate_timestamp_and_nonce(
        self, client_key, timestamp, nonce, request, request_token=None, access_token=None
    ):
        used = (client_key, timestamp, nonce, request_token or access_token or "")
        fresh = abs(time.time() - int(timestamp)) <= CLOCK_SKEW_S and used not in self.nonces
        self.nonces.add(used)
        return fresh

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return redirect_uri == "oob" or urlsplit(redirect_uri).hostname == "127.0.0.1"

    def validate_requested_realms(self, client_key, realms, request):
        return True

    def get_default_realms(self, client_key, request):
        return []

    def save_request_token(self, token, request):
        self.temporary[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"],
            "callback": request.redirect_uri,
        }

    def verify_request_token(self, token, request):
        return token in self.temporary

    def get_redirect_uri(self, token, request):
        return self.temporary[token]["callback"]

    def get_realms(self, token, request):
        return []

    def verify_realms(self, token, realms, request):
        return True

    def save_verifier(self, token, verifier, request):
        self.temporary[token]["verifier"] = verifier["oauth_verifier"]

    def validate_request_token(self, client_key, token, request):
        return token in self.temporary

    def get_request_token_secret(self, client_key, token, request):
        return self.temporary.get(token, {}).get("secret", "dummy")

    def validate_verifier(self, client_key, token, verifier, request):
        return verifier is not None and self.temporary[token].get("verifier") == verifier

    def invalidate_request_token(self, client_key, request_token, request):
        del self.temporary[request_token]

    def save_access_token(self, token, request):
        self.tokens[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, client_key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, client_key, token, request):
        return self.tokens.get(token, "dummy")

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True


class Handler(BaseHTTPRequestHandler):
    """The endpoints ``/initiate``, ``/authorize`` and ``/token``; every other path is the API."""

    protocol_version = "HTTP/1.1"
    provider: oauth1.WebApplicationServer

    def do_GET(self) -> None:
        """Serve the consent page, or the API."""
        self.serve()

    def do_POST(self) -> None:
        """Serve an endpoint, or the API."""
        self.serve()

    def serve(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        endpoints = {"/initiate": self.initiate, "/authorize": self.authorize, "/token": self.token}
        try:
            endpoints.get(urlsplit(self.path).path, self.api)()
        except OAuth1Error as error:
            self.answer(error.status_code, error.urlencoded, FORM)

    def signed(self):
        """Return what oauthlib reads of this request: URI, method, body and headers."""
        wanted = {"authorization": "Authorization", "content-type": "Content-Type"}
        headers = {name: self.headers[key] for key, name in wanted.items() if key in self.headers}
        is_form = headers.get("Content-Type", "").partition(";")[0] == FORM
        if not is_form:
            headers.pop("Content-Type", None)
        uri = f"http://{self.headers['host']}{self.path}"
        return uri, self.command, self.body if is_form else "", headers

    def initiate(self) -> None:
        _, body, status = self.provider.create_request_token_response(*self.signed())
        self.answer(status, body or "", FORM)

    def token(self) -> None:
        _, body, status = self.provider.create_access_token_response(*self.signed())
        self.answer(status, body or "", FORM)

    def authorize(self) -> None:
        fields = parse_qs(self.body if self.command == "POST" else urlsplit(self.path).query)
        token = fields["oauth_token"][0]
        if self.command == "GET":
            self.answer(200, PAGE.format(token=token), "text/html")
        elif fields["allow"] == ["yes"]:
            asked = f"http://{self.headers['host']}/authorize?oauth_token={token}"
            headers, body, status = self.provider.create_authorization_response(
                asked, "GET", realms=[]
            )
            self.answer(status, body or "", FORM, **headers)
        else:
            callback = self.provider.request_validator.get_redirect_uri(token, None)
            self.answer(302, "", FORM, Location=f"{callback}?denied={token}")

    def api(self) -> None:
        valid, request = self.provider.validate_protected_resource_request(
            *self.signed(), realms=[]
        )
        if valid:
            self.answer(200, json.dumps({"user": "ada", "client": request.client_key}))
        else:
            self.answer(
                401, '{"error": "refused"}', **{"WWW-Authenticate": 'OAuth realm="portcall"'}
            )

    def answer(self, status: int, text: str, media_type="application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": media_type}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_) -> None:
        """Log nothing: requests carry signatures."""


if __name__ == "__main__":
    Handler.provider = oauth1.WebApplicationServer(Storage(Path(sys.argv[2]).read_text()))
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
