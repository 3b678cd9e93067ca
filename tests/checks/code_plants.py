"""Plugins whose code has one fault."""

from .planting import plant

POSTS = '''    """Post a message to a channel."""
'''
MESSAGES = '        "/messages",\n'
TOP = "\n\n@attrs.frozen\nclass Settings:"


def importing(line):
    return ("import attrs\n", f"{line}\n\nimport attrs\n")


def doing(*lines):
    """What the action does first."""
    return (POSTS, POSTS + "".join(f"    {line}\n" for line in lines))


def above(text):
    return (TOP, f"\n\n{text}{TOP}")


CALLS = [
    plant("PC160", "requests by itself", importing("import urllib.request")),
    plant("PC160", "a socket", importing("from socket import create_connection")),
    plant("PC161", "sleep", importing("import time"), doing("time.sleep(1)")),
    plant("PC162", "a thread", importing("from threading import Thread"), doing("Thread(target=print).start()")),
    plant("PC163", "the environment", importing("import os"), doing('print_it = os.environ.get("ACME")', "str(print_it)")),
    plant("PC164", "text as code", doing('eval("1")')),
    plant("PC165", "the end of the program", importing("import sys"), doing("if not payload.text:", "    sys.exit(1)")),
    plant("PC166", "a file", doing("with open(__file__) as file:", "    file.read()")),
    plant("PC167", "a room below the door", importing("from portcall.requests.client import Client as Sender")),
    plant("PC168", "a raw path", (MESSAGES, '        f"/channels/{payload.channel}/messages",\n')),
    plant("PC168", "a raw path by another name", doing("channel = payload.channel", 'where = f"/channels/{channel}"'), (MESSAGES, "        where,\n")),
    plant("PC168", "a path put together", (MESSAGES, '        "/channels/" + payload.text,\n')),
    plant("PC169", "a naive time", importing("from datetime import datetime"), doing("datetime.now()")),
]  # fmt: skip
STATE = [
    plant("PC170", "a list of the module", above("SEEN: list[str] = []"), doing("SEEN.append(payload.text)")),
    plant("PC171", "a cache by settings", importing("from functools import cache"), above("@cache\ndef base_url(settings: object) -> str:\n    return str(settings)")),
    plant("PC172", "an event that is changed", ("idempotency_key: str) -> None", "idempotency_key: str, event: dict[str, object]) -> None"), doing('event["seen"] = True')),
    plant("PC173", "a key", above('CLIENT_SECRET = "9f8e7d6c5b4a3f2e1d0c"')),
    plant("PC173", "a token of a known form", above('SENT_BY = "xoxb-123456789012-abcdefghij"')),
    plant("PC174", "a print", doing("print(payload.text)")),
    plant("PC175", "settings in a log", importing("import logging"), above("logger = logging.getLogger(__name__)"), ("idempotency_key: str) -> None", "idempotency_key: str, settings: Settings) -> None"), doing('logger.info("with %s", settings)')),
    plant("PC176", "all errors", doing("try:", "    int(payload.text)", "except Exception:", "    pass")),
    plant("PC176", "all errors, without a word", doing("try:", "    int(payload.text)", "except:", "    pass")),
    plant("PC177", "an error of Python's own", doing("if not payload.text:", '    raise ValueError("no text")')),
    plant("PC178", "an assert", doing("assert payload.text")),
    plant("PC179", "a list as a default", above("def joined(parts: list[str] = []) -> str:\n    return str(parts)")),
    plant("PC180", "a status of another library", ('    return str(client.get("/me").json()["name"])', '    response = client.get("/me")\n    return str(response.status_code)')),
    plant("PC181", "a setting misspelt", ("def test_authentication(client: Client)", "def test_authentication(client: Client, settings: Settings)"), ('client.get("/me")', 'client.get("/me", query={"of": settings.subdomian})')),
    plant("PC182", "a field misspelt", ('json={"text": payload.text,', 'json={"text": payload.txt,')),
]  # fmt: skip
SLOW = "from time import process_time\n\nEND = process_time() + 0.15\nwhile process_time() < END:\n    pass"
IMPORTING = [
    plant("PC601", "an import that counts on another", above('import sys\n\nif "portcall.checks" not in sys.modules:\n    raise ImportError("import portcall.checks first")')),
    plant("PC602", "a long import", above(SLOW)),
    plant("PC603", "a connection", above("from importlib import import_module\n\ntry:\n    import_module('socket').getaddrinfo('localhost', 80)\nexcept RuntimeError:\n    SIZE = 0")),
    plant("PC604", "a program", above("from importlib import import_module\n\ntry:\n    import_module('subprocess').check_output(['true'])\nexcept RuntimeError:\n    SIZE = 0")),
    plant("PC605", "a file", above("from pathlib import Path\n\nABOUT = Path(__file__).read_text()")),
    plant("PC606", "the environment", above('import os\n\nREGION = os.environ.get("ACME_REGION", "eu")')),
    plant("PC607", "a thread", above("import threading\n\nthreading.Thread(target=threading.Event().wait, args=(2,), daemon=True).start()")),
    plant("PC608", "a print", above('print("acme is here")')),
    plant("PC609", "another client", above("from importlib import import_module\n\nimport_module('requests')")),
    plant("PC610", "the program's log", above("import logging\n\nlogging.basicConfig(level=10)")),
]  # fmt: skip
IMPORTING[-2].changes["src/requests/__init__.py"] = ""
PLANTS = [*CALLS, *STATE, *IMPORTING]
