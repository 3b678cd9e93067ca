"""Import a plugin in a process of its own, and write down what its import does.

Run by `alone`, as a script: it prints one line of JSON and imports nothing of portcall's checks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

TIMEOUT_S: Final = 20
_MARK: Final = "portcall-import-probe:"
_SCRIPT: Final = r"""
import importlib, importlib.util, json, os, sys, threading, time
module, place, folders = json.loads(sys.argv[1])
sys.path[:0] = [each for each in folders if each not in sys.path]
import logging, signal, socket, ssl, subprocess, warnings
import portcall, portcall.actions.mapping, portcall.store
for name in portcall.__all__:
    getattr(portcall, name)
from importlib_metadata import entry_points
own = os.path.realpath(place)
works, reads = [], []

def frame_of(skipped):
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if os.path.realpath(file).startswith(own):
            return f"{file}", frame.f_lineno
        if skipped and file not in skipped and not file.startswith("<frozen"):
            return None
        frame = frame.f_back
    return None

KINDS = {
    "socket.connect": "network", "socket.bind": "network", "socket.getaddrinfo": "network",
    "socket.sendto": "network", "subprocess.Popen": "process", "os.system": "process",
    "os.exec": "process", "os.fork": "process", "os.posix_spawn": "process", "open": "file",
    "os.mkdir": "file", "os.remove": "file", "os.rename": "file", "sqlite3.connect": "file",
    "os.listdir": "file", "os.scandir": "file", "shutil.rmtree": "file",
}
BY_OTHERS = ("importlib", "linecache.py", "inspect.py", "subprocess.py", "ssl.py", "zipimport")

def by_another():
    # A file is opened on behalf of an import, or of something that is told by itself.
    frame = sys._getframe(2)
    while frame is not None and not os.path.realpath(frame.f_code.co_filename).startswith(own):
        if any(each in frame.f_code.co_filename for each in BY_OTHERS):
            return True
        frame = frame.f_back
    return False

def watch(event, arguments):
    kind = KINDS.get(event)
    if kind is None or not watching:
        return
    at = None if kind == "file" and by_another() else frame_of(())
    if at is not None:
        works.append([kind, event, *at])
        if kind in ("network", "process"):
            raise RuntimeError(f"{event} while it is imported")

class Environment(type(os.environ)):
    def __getitem__(self, key):
        if watching:
            at = frame_of({os.__file__, importlib.import_module("_collections_abc").__file__, __file__})
            if at is not None:
                reads.append([key if isinstance(key, str) else repr(key), *at])
        return super().__getitem__(key)

__file__ = "<probe>"
watching = False
os.environ.__class__ = Environment
sys.addaudithook(watch)

def state():
    return {
        "the root logger": (list(logging.root.handlers), logging.root.level),
        "the filters of warnings": list(map(str, warnings.filters)),
        "a signal": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)],
        "socket's default timeout": socket.getdefaulttimeout(),
        "sys.excepthook": sys.excepthook,
        "sys.path": list(sys.path),
        "the limit of recursion": sys.getrecursionlimit(),
        "ssl's default context": ssl._create_default_https_context,
        "socket.socket": socket.socket,
    }

out, err = sys.stdout, sys.stderr
class Heard:
    def __init__(self): self.text = ""
    def write(self, text):
        self.text += text[:200]
        return len(text)
    def flush(self): pass
    def isatty(self): return False
heard = sys.stdout = sys.stderr = Heard()
before, threads, modules = state(), set(threading.enumerate()), set(sys.modules)
failed, where = "", None
watching = True
started, cpu = time.perf_counter(), time.process_time()
try:
    if module:
        importlib.import_module(module)
    else:
        spec = importlib.util.spec_from_file_location("portcall_probed", place)
        made = importlib.util.module_from_spec(spec)
        sys.modules["portcall_probed"] = made
        spec.loader.exec_module(made)
except BaseException as error:
    failed = f"{type(error).__name__}: {error}"[:500]
cpu_s, took_s = time.process_time() - cpu, time.perf_counter() - started
watching = False
after = state()
sys.stdout, sys.stderr = out, err
told = {
    "failed": failed, "works": works, "reads": reads, "printed": heard.text[:200],
    "cpu_s": cpu_s, "took_s": took_s,
    "threads": [t.name for t in threading.enumerate() if t not in threads],
    "changed": [name for name in before if before[name] != after[name]],
    "modules": sorted({m.partition(".")[0] for m in set(sys.modules) - modules}),
}
print("portcall-import-probe:" + json.dumps(told), flush=True)
os._exit(0)
"""


def alone(module: str, place: Path, folders: Sequence[str]) -> Mapping[str, Any]:
    """Import *module*, or the file at *place*, in a process of its own.

    Args:
        module: Its dotted name; empty for a file.
        place: The file, or the folder of the package.
        folders: What goes before the path of this process.

    Returns:
        ``failed`` (the error, or empty), ``works`` and ``reads`` with file and line, ``printed``,
        ``threads``, ``changed``, ``modules`` that were not there before, ``cpu_s``, ``took_s``.
    """
    paths = [*folders, *(each for each in sys.path if each)]
    argument = json.dumps([module, f"{place}", paths])
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, and a name from an entry point
            [sys.executable, "-c", _SCRIPT, argument],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"its import did not end within {TIMEOUT_S} s"}
    for line in done.stdout.splitlines():
        if line.startswith(_MARK):
            told: Mapping[str, Any] = json.loads(line.removeprefix(_MARK))
            return told
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return {"failed": f"its import ended the process (exit {done.returncode}) {last}".rstrip()}
