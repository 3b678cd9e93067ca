"""What tests need of a server that speaks AWS's APIs."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class Aws:
    """The server's URL, and an access key with which it checks signatures."""

    url: str
    access_key_id: str
    secret_access_key: str = attrs.field(repr=False)

    def client(self, service: str) -> Any:
        """Return botocore's client of a service, to see what has arrived."""
        import botocore.session
        from botocore.config import Config

        return botocore.session.Session().create_client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=Config(retries={"max_attempts": 0}),
        )

    def settings(self, **more: str) -> dict[str, str]:
        """Return the settings that connect a destination to the server, with ``more`` over them."""
        return {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "region": "us-east-1",
            "endpoint": self.url,
            **more,
        }
