"""Segment's own npm packages, to compare with: installed once, outside the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def node_folder(*packages: str) -> Path | None:
    """Return a folder in which Node finds these packages; None if there is no Node or no npm.

    They are installed on first use into the folder that ``PORTCALL_NODE_CACHE`` names, or into one for
    temporary files. A package may have a version: ``liquidjs@10.27``.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    default = Path(tempfile.gettempdir()) / "portcall-node"
    folder = Path(os.environ.get("PORTCALL_NODE_CACHE") or default)
    folder.mkdir(parents=True, exist_ok=True)
    names = [each[0] + each[1:].partition("@")[0] for each in packages]
    if not all((folder / "node_modules" / name).exists() for name in names):
        (folder / "package.json").write_text(json.dumps({"private": True}))
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder
