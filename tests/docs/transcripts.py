"""The console blocks of the pages: run them for real, compare, or write down what was said.

    uv run python -m tests.docs.transcripts

writes what the commands say now into the pages. Commands run in one shell for each page, in a
folder with the files that the page shows, against a stand-in on this machine; the pages call its
port 8080. Times, rates and words of runs are those of the last writing, and not compared.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path

from portcall.testing import Peer, Reply

from .pages import PAGES, ROOT, blocks_of, write_files

STAND_IN = "http://127.0.0.1:8080"
PATIENCE_S = 60
TERMINAL = ROOT / "tests" / "docs" / "terminal.py"
TUTORIAL = ROOT / "docs" / "tutorial.md"
_MARK = "<<<next>>>"
_SHELL = f"said() {{ local code=$?; echo '{_MARK}'; return $code; }}\n"
_VARIES = re.compile(
    r"[0-9][0-9,.]*(?= ?m?s\b|/s\b)|(?<=127\.0\.0\.1:)[0-9]+|(?<=\"run\":\")[0-9a-f]+"
    r"|\b[0-9]:[0-9]{2}:[0-9]{2}\b|[━╸╺]+|(?<=ended )[-0-9:T]+Z|[0-9]+(?= passed in )"
)
_DOTS = re.compile(r"^\.+ +\[ *[0-9]+%\]\n", re.MULTILINE)
"""How far pytest is: one dot for each test, and there are more with every check."""


def pages():
    """Name every page that has a transcript."""
    return [
        page
        for page in PAGES
        if page.is_file()
        and page != TUTORIAL
        and any(b.language == "console" for b in blocks_of(page))
    ]


def commands_of(block):
    """Return each command of a console block with what it is said to print."""
    found = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:], ""))
        else:
            command, output = found[-1]
            found[-1] = (command, output + line)
    return found


def comparable(output):
    """Return *output* without what differs from run to run."""
    lines = _DOTS.sub("", output).splitlines()
    return "".join(f"{_VARIES.sub('#', line).rstrip()}\n" for line in lines)


def record(page, folder):
    """Run every command of *page* and give the console blocks as they read now."""
    blocks = blocks_of(page)
    write_files(blocks, folder)
    install(folder)
    consoles = [block for block in blocks if block.language == "console"]
    commands = [on_terminal(block, line) for block in consoles for line, _ in commands_of(block)]
    with stand_in() as url:
        script = _SHELL + "".join(f"said\n{command}" for command in commands)
        ran = subprocess.run(
            ["bash", "-c", script.replace(STAND_IN, url)],
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        outputs = ran.stdout.replace(url, STAND_IN).split(f"{_MARK}\n")[1:]
    said = iter(outputs)
    return {
        block: "".join(f"$ {command}{next(said)}" for command, _ in commands_of(block))
        for block in consoles
    }


def on_terminal(block, command):
    """Return a command as it runs: on a terminal, where the page says how wide that is."""
    if block.columns is None:
        return command
    words = [sys.executable, str(TERMINAL), str(block.columns), command.rstrip()]
    return f"{shlex.join(words)}\n"


def environment(folder):
    """Return what a new terminal has: no settings, an empty home."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "error",
    }


def install(folder):
    """Lay out the distribution in *folder* as an installer would leave it, if there is one."""
    if not (folder / "pyproject.toml").is_file():
        return
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project.get("name", "portcall-acme"), project.get("version", "0.1.0")
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    needs = "".join(f"Requires-Dist: {each}\n" for each in project.get("dependencies", ()))
    readme = folder / project.get("readme", "README.md")
    about = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{needs}\n{about}",
        encoding="utf-8",
    )
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "\n".join(f"{k} = {v}" for k, v in e.items()) for group, e in groups]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def stand_in():
    """Start what the pages talk to; return its URL."""

    def me(request):
        known = request.headers.get("x-api-key") == "key-1a2b3c4d"
        return Reply(json={"name": "Ada's Acme"}) if known else Reply(401)

    with Peer() as peer:
        peer.route("GET", "/me", me)
        peer.route("POST", "/events", Reply(202))
        peer.route("POST", "/v1/batch", Reply(json={"success": True}))
        yield peer.url


def main():
    """Write what is said now into every page."""
    from .walkthrough import follow  # it needs this module

    for page in [*pages(), TUTORIAL]:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            said = follow(folder) if page == TUTORIAL else record(page, Path(folder))
            for block, now in said.items():
                if comparable(block.text) != comparable(now):
                    fenced = f"```console\n{block.text}```"
                    text = text.replace(fenced, f"```console\n{now}```")
                    sys.stdout.write(f"{page.relative_to(ROOT)}:{block.line} written\n")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
