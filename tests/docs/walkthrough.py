"""The tutorial, followed to the letter: its files are written and its commands run in their order.

Packages are there already, so that nothing is downloaded: where the page installs the project with pip,
its metadata is laid out as pip does.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from .pages import ROOT, blocks_of

PAGE = ROOT / "docs" / "tutorial.md"
PATIENCE_S = 120
_MARK = "<<<next>>>"
_PROJECT = "portcall-acme"
_INSTALLS = "python -m pip install -e"
_PREPARES = ("mkdir ", "python3 -m venv", "python -m pip install 'portcall")
_LAY_OUT = (
    "import sys; sys.path.insert(0, {root!r}); from pathlib import Path; "
    "from tests.docs.transcripts import install; install(Path('.'))"
)


def commands_of(block):
    """Return each command of a block, without what it prints."""
    lines = block.text.splitlines()
    return [line[2:] for line in lines if line.startswith("$ ")] if is_console(block) else lines


def is_console(block):
    """Return whether a block shows what is printed."""
    return block.language == "console"


def follow(folder):
    """Follow the page in an empty folder.

    Returns:
        What each console block reads when its commands run now, by block.
    """
    script = [f"said() {{ local code=$?; echo '{_MARK}'; return $code; }}"]
    consoles = []
    for block in blocks_of(PAGE):
        if block.file:
            script += _written(block)
        elif is_console(block):
            consoles.append(block)
            for command in commands_of(block):
                script += ["said", _offline(command)]
        elif block.language == "sh":
            script += [_offline(command) for command in commands_of(block)]
    ran = subprocess.run(
        ["bash", "-c", "\n".join([*script, "said", ""])],
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    said = iter(ran.stdout.split(f"{_MARK}\n")[1:])
    return {
        block: "".join(f"$ {command}\n{next(said)}" for command in commands_of(block))
        for block in consoles
    }


def _written(block):
    """Return the commands that write the file of a block."""
    place = shlex.quote(block.file)
    return [
        f"mkdir -p $(dirname {place})",
        f"cat > {place} <<'PORTCALL_END'",
        block.text + "PORTCALL_END",
    ]


def _offline(command):
    """Return a command as it runs where all packages are there."""
    if command.startswith(_INSTALLS):
        code = _LAY_OUT.format(root=str(ROOT))
        return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    if command.startswith(_PREPARES):
        return ":"
    return re.sub(
        r"^python -m pip wheel", "python -m pip wheel --no-build-isolation --no-index", command
    )


def _environment(folder):
    project = Path(folder) / _PROJECT
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([str(project / "src"), str(project)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
