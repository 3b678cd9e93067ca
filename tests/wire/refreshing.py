"""A plugin whose access tokens are refreshed, as the first lines of scripts that processes run."""

ACME = """
from types import SimpleNamespace

import attrs
from portcall import Auth, Host, RequestOptions, field, hookimpl, token_response
from portcall.store import SQLiteStore

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

def refresh_access_token(client, auth):
    form = {"refresh_token": auth.refresh_token}
    return token_response(client.post("/token", form=form, raise_for_status=False), auth)

ACME = SimpleNamespace(
    auth_scheme=hookimpl(lambda: "oauth2"),
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
)
ACME.refresh_access_token = hookimpl(refresh_access_token)
"""
