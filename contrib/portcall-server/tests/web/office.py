"""Office: OAuth 2.0 on another device."""

import attrs

from portcall import OAuth2Endpoints, RequestOptions, field, hookimpl


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@hookimpl
def auth_scheme():
    return "oauth2"


@hookimpl
def auth_fields():
    return Settings


@hookimpl
def allowed_hosts():
    return ["{endpoint}"]


@hookimpl
def extend_request(settings):
    return RequestOptions(base_url=settings.endpoint)


@hookimpl
def oauth2_endpoints(settings):
    return OAuth2Endpoints(
        device_url=f"{settings.endpoint}/oauth/device", token_url=f"{settings.endpoint}/oauth/token"
    )


@hookimpl
def test_authentication(client):
    return client.get("/me").json()["name"]
