"""What a plugin author's type checker makes of a declaration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import portcall.fields

PLUGIN = """
from __future__ import annotations

from datetime import datetime

import attrs

from portcall.fields import dynamic, field, fields_of, validate
from portcall.secret import Secret


@attrs.frozen
class Settings:
    subdomain: str = field(label="Subdomain", format="hostname-label")
    port: int = field(label="Port", default=8080)
    api_key: Secret = field(label="API key")
    since: datetime | None = field(label="Since", depends_on={"port": [1, 2]}, required=True)
    tags: list[str] = field(label="Tags", default=[], choices=dynamic)
    region: str = field(label="Region", choices=[("eu", "Europe"), "us"])


def check(raw: dict[str, object]) -> str:
    settings = validate(Settings, raw, what="settings")
    direct = Settings(subdomain="acme", api_key=Secret("k"), since=None, region="eu")
    reveal_type(settings.port)
    reveal_type(direct.tags)
    return settings.subdomain + fields_of(Settings)[0].label


wrong: int = Settings(subdomain="acme", api_key=Secret("k"), since=None, region="eu").subdomain
"""

WRONG = (
    'error: Incompatible types in assignment (expression has type "str", variable has type "int")'
    "  [assignment]"
)


def test_mypy_strict_accepts_a_declaration_and_knows_its_types(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(PLUGIN)
    source = Path(portcall.fields.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "c"), "plugin.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in ran.stdout.splitlines() if line.startswith("plugin.py")]
    assert [line.split(": ", 1)[1] for line in lines] == [
        'note: Revealed type is "int"',
        'note: Revealed type is "list[str]"',
        WRONG,
    ]
