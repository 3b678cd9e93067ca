"""Where points are written, and as whom."""

from __future__ import annotations

import attrs

from portcall import Secret, field

_V1, _V2, _V3 = {"method": "v1"}, {"method": "v2"}, {"method": "v3"}


@attrs.frozen
class Settings:
    """One database or bucket of an InfluxDB server."""

    endpoint: str = field(
        label="Endpoint",
        description="URL of the server.",
        format="uri",
        placeholder="https://eu-central-1-1.aws.cloud2.influxdata.com",
    )
    method: str = field(
        label="Version",
        description="Which API the server has.",
        default="v2",
        choices=[
            ("v2", "InfluxDB 2, Cloud and Cloud Serverless"),
            ("v3", "InfluxDB 3 Core and Enterprise"),
            ("v1", "InfluxDB 1"),
        ],
    )
    org: str | None = field(
        label="Organization",
        description="Its name or ID.",
        default=None,
        depends_on=_V2,
        required=True,
    )
    bucket: str | None = field(
        label="Bucket",
        description="Name of the bucket.",
        default=None,
        depends_on=_V2,
        required=True,
    )
    token: Secret | None = field(
        label="API token",
        description="One that may read and write the bucket.",
        default=None,
        depends_on=_V2,
        required=True,
    )
    v3_token: Secret | None = field(
        label="Token",
        description="One that may write the database.",
        default=None,
        depends_on=_V3,
        required=True,
    )
    database: str | None = field(
        label="Database",
        description="Name of the database.",
        default=None,
        depends_on={"method": ["v1", "v3"]},
        required=True,
    )
    username: str | None = field(
        label="User name",
        description="Of a user that may write the database.",
        default=None,
        depends_on=_V1,
        required=True,
    )
    password: Secret | None = field(
        label="Password",
        description="That user's.",
        default=None,
        depends_on=_V1,
        required=True,
    )

    @property
    def write_path(self) -> str:
        """Path of the endpoint that takes line protocol."""
        return {"v1": "/write", "v2": "/api/v2/write", "v3": "/api/v3/write_lp"}[self.method]

    @property
    def write_query(self) -> dict[str, str]:
        """Where the lines belong, and in which unit their times are."""
        if self.method == "v2":
            return {"org": self.org or "", "bucket": self.bucket or "", "precision": "us"}
        precision = "u" if self.method == "v1" else "microsecond"
        return {"db": self.database or "", "precision": precision}
