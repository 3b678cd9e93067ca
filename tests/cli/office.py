"""An authorization server with an API behind it: checks codes, PKCE, clients; rotates, and revokes."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

from portcall.testing import Reply

BASIC = "Basic " + b64encode(b"app:app-s3cret").decode()


class Office:
    """Answers on a peer.

    Args:
        peer: Where.

    Attributes:
        consent: ``"yes"``, ``"no"``, or ``"forged"`` for an answer with another state.
        life_s: How long access tokens are good, by their own account.
        access: The only access token that counts.
        refresh: The only refresh token that counts; any other one revokes all.
        revoked: Tokens that were given back.
        polls: How often a device was told to wait before it gets its token.
    """

    def __init__(self, peer):
        self.peer = peer
        self.url = peer.url
        self.consent = "yes"
        self.life_s = 3600
        self.access = self.refresh = None
        self.number = 0
        self.revoked = []
        self.polls = 1
        self.codes = {}
        self.regions = []
        for method, path, answer in (
            ("GET", "/authorize", self.authorize),
            ("POST", "/token", self.token),
            ("POST", "/device", self.device),
            ("POST", "/revoke", self.revoke),
            ("GET", "/me", self.me),
            ("POST", "/track", self.me),
        ):
            peer.route(method, path, answer)

    def options(self, *more):
        """Options that lead here."""
        sets = [f"endpoint={self.url}", *more]
        return ["--allow-private", "127.0.0.1", *(w for one in sets for w in ("--set", one))]

    def grants(self, kind):
        return [r for r in self.peer.received("/token") if r.form["grant_type"] == [kind]]

    def authorize(self, request):
        asked = {name: values[0] for name, values in request.query.items()}
        answer = {"state": asked["state"]}
        if self.consent == "no":
            answer["error"] = "access_denied"
        else:
            self.codes["code-7f3a"] = asked
            answer["code"] = "code-7f3a"
        if self.consent == "forged":
            answer["state"] = "other"
        where = f"{asked['redirect_uri']}?{urlencode(answer)}"
        return Reply(302, headers={"Location": where})

    def token(self, request):
        form = {name: values[0] for name, values in request.form.items()}
        if request.headers.get("authorization") != BASIC:
            return Reply(401, json={"error": "invalid_client"})
        return getattr(self, form["grant_type"].rpartition(":")[2])(form)

    def authorization_code(self, form):
        asked = self.codes.pop(form["code"], {})
        digest = sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (challenge, form["redirect_uri"]) != (
            asked.get("code_challenge"), asked.get("redirect_uri"),
        ):  # fmt: skip
            return Reply(400, json={"error": "invalid_grant"})
        return self.issue()

    def refresh_token(self, form):
        if form["refresh_token"] != self.refresh:
            self.access = self.refresh = None
            return Reply(400, json={"error": "invalid_grant"})
        return self.issue()

    def client_credentials(self, form):
        return self.issue()

    def device_code(self, form):
        self.polls -= 1
        if self.polls >= 0:
            return Reply(400, json={"error": "authorization_pending"})
        return self.issue()

    def issue(self):
        self.number += 1
        self.access, self.refresh = f"at-secret-{self.number}", f"rt-secret-{self.number}"
        token = {"access_token": self.access, "refresh_token": self.refresh}
        return Reply(json={**token, "token_type": "Bearer", "expires_in": self.life_s})

    def device(self, request):
        answer = {"device_code": "dc-secret", "user_code": "ABCD-EFGH", "expires_in": 60}
        return Reply(json={**answer, "verification_uri": f"{self.url}/enter", "interval": 0.1})

    def revoke(self, request):
        self.revoked.append(request.form["token"][0])
        return Reply()

    def me(self, request):
        self.regions.append(request.headers.get("x-region"))
        if request.headers.get("authorization") != f"Bearer {self.access}":
            return Reply(401)
        return Reply(json={"name": "Olga's office"})
