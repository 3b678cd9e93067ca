"""Who acts at GitHub, and where GitHub is."""

from __future__ import annotations

import attrs

from portcall import Secret, field

_TOKEN, _APP = {"method": "token"}, {"method": "app"}


@attrs.frozen
class Settings:
    """A token, or an app that is installed."""

    endpoint: str = field(
        label="Endpoint",
        description="URL of the API; of GitHub Enterprise Server https://HOST/api/v3.",
        default="https://api.github.com",
        format="uri",
        category="Advanced",
    )
    method: str = field(
        label="Method",
        description="How to sign in.",
        default="token",
        choices=[("token", "A token"), ("app", "An installation of a GitHub App")],
    )
    token: Secret | None = field(
        label="Token",
        description="A personal access token, fine-grained or classic, or the token of an OAuth app.",
        default=None,
        depends_on=_TOKEN,
        required=True,
        placeholder="github_pat_",
    )
    client_id_of_app: str | None = field(
        label="Client ID of the app",
        description="App settings > General; the app ID will do, too.",
        default=None,
        depends_on=_APP,
        required=True,
        placeholder="Iv23liAbCdEfGhIjKlMn",
    )
    installation_id: str | None = field(
        label="Installation ID",
        description="The number at the end of the installation's URL.",
        default=None,
        depends_on=_APP,
        required=True,
        placeholder="12345678",
    )
    private_key: Secret | None = field(
        label="Private key",
        description="App settings > General > Private keys: the whole PEM file.",
        format="text",
        default=None,
        depends_on=_APP,
        required=True,
    )
