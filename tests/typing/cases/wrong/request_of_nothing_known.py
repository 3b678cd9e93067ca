"""There is no argument called setting."""

from __future__ import annotations

import attrs

from portcall import RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.extend_request  # wrong: there is no argument called setting
def extend_request(setting: Settings) -> RequestOptions:
    return RequestOptions(username=setting.api_key)
