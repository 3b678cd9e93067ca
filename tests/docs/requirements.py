"""What ``requirements-dev.txt`` has to say, from ``pyproject.toml``.

    uv run python -m tests.docs.requirements

writes it.
"""

import re
import tomllib

from .pages import ROOT

FILE = ROOT / "requirements-dev.txt"
_HEAD = "# Everything here, editable, for pip alone; held equal to pyproject.toml by a test.\n"
_MEMBER = re.compile(r"(portcall[\w-]*)(\[[\w,-]+\])?")


def project():
    """Read the workspace's own file."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def folders():
    """Return the folder of each distribution by its name."""
    found = [ROOT / "core", *ROOT.glob("plugins/portcall-*"), *ROOT.glob("contrib/portcall-*")]
    return {
        "portcall" if each.name == "core" else each.name: each.relative_to(ROOT).as_posix()
        for each in sorted(found)
        if (each / "pyproject.toml").is_file()
    }


def members():
    """Return the extras of each distribution that the workspace installs, by its name."""
    matches = map(_MEMBER.fullmatch, project()["project"]["dependencies"])
    return {match[1]: match[2] or "" for match in matches}


def expected():
    """Return the text of the file."""
    where = folders()
    ours = [f"-e ./{where[name]}{extras}" for name, extras in members().items() if name in where]
    # pip looks no further ahead than it reads: schemes go before the destinations that need them.
    ours.sort(key=lambda line: line.startswith("-e ./plugins/"))
    theirs = project()["dependency-groups"]["dev"]
    return _HEAD + "".join(f"{line}\n" for line in [*ours, *theirs])


if __name__ == "__main__":
    FILE.write_text(expected(), encoding="utf-8")
