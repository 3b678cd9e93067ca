"""PC160 to PC169: what the code of a plugin calls and imports that is the host's to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.source_code.code_reading import (
    Function,
    calls,
    dotted,
    functions,
    imported,
    inside_functions,
    parameters,
)
from portcall.checks.sources import Source
from portcall.checks.subject import Subject

_CLIENTS: Final = re.compile(
    r"(?:requests|urllib3|httpx|aiohttp|httplib2|pycurl|socket|ssl|ftplib|smtplib|telnetlib|http\.client"
    r"|urllib\.request|websockets?|socketserver|http\.server)(?:\.|$)"
)
_DOOR: Final = re.compile(
    r"portcall\.(?:[A-Za-z]\w*|testing(?:\..*)?|(?:outbox|store)\.[A-Z]\w*|\w+\.authors\.\w+)$"
)
_ROOMS: Final = {
    "actions", "checks", "cli", "connection", "credentials", "declarative", "delivery", "destination",
    "errors", "exchange", "fields", "host", "hosts", "model", "plugins", "redaction", "requests", "runs",
    "schemes", "secret", "urls", "wire", "raised",
}  # fmt: skip
_METHODS: Final = {"get", "post", "put", "patch", "delete", "head", "request", "stream"}
_ENCODERS: Final = {
    "url_path",
    "quote",
    "quote_plus",
    "urlencode",
    "with_query",
    "int",
    "len",
    "uuid4",
}
_FROM_EVENTS: Final = {"payload", "payloads", "event", "events", "saved"}


@as_check(
    "PC160", "no-http-client", Severity.ERROR, "Requests go through client.", needs=Needs.SOURCES
)
def no_http_client(subject: Subject) -> Iterator[Finding]:
    """``client`` checks declared hosts, signs requests, renews credentials, bounds waits and redacts secrets.

    A connection that a plugin opens itself has none of that.
    """
    for source in _outside_stores(subject):
        for node, name in imported(source):
            if _CLIENTS.match(name):
                yield no_http_client.finding(
                    f"imports {name.removesuffix('.*')}", "send with client", source.at(node)
                )


@as_check("PC161", "no-waiting", Severity.ERROR, "No hook or action sleeps.", needs=Needs.SOURCES)
def no_waiting(subject: Subject) -> Iterator[Finding]:
    """A hook that sleeps blocks a thread of the host.

    For an answer that names a time to come back, return ``throttled(response)`` from
    ``classify_response``: the host waits, and does other work meanwhile.
    """
    advice = "return a Verdict with retry_at, or let the host repeat"
    yield from _called(subject, no_waiting, {"time.sleep": advice, "asyncio.sleep": advice})


@as_check(
    "PC162",
    "no-threads",
    Severity.ERROR,
    "A plugin starts no threads or loops.",
    needs=Needs.SOURCES,
)
def no_threads(subject: Subject) -> Iterator[Finding]:
    """The host has a worker pool; a plugin's own threads outlive a run and are bound by no deadline."""
    advice = "do the work in the hook, and leave it to the host to do several at once"
    names = (
        "threading.Thread", "threading.Timer", "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.ProcessPoolExecutor", "multiprocessing.Process", "multiprocessing.Pool",
        "asyncio.run", "asyncio.new_event_loop", "_thread.start_new_thread",
    )  # fmt: skip
    yield from _called(subject, no_threads, dict.fromkeys(names, advice))


@as_check(
    "PC163",
    "no-environment",
    Severity.ERROR,
    "Values come from settings, not from the environment.",
    needs=Needs.SOURCES,
)
def no_environment(subject: Subject) -> Iterator[Finding]:
    """One process serves many customers, and the environment is the same for all of them."""
    for source in _of_destinations(subject):
        inner = inside_functions(source)
        for node in source.nodes:
            name = dotted(source, node) if isinstance(node, ast.Attribute | ast.Name) else ""
            if name in {"os.environ", "os.getenv"} and id(node) in inner:
                yield no_environment.finding(
                    f"reads {name}", "declare a field, and read it from settings", source.at(node)
                )


@as_check(
    "PC164",
    "no-processes",
    Severity.ERROR,
    "A plugin runs no programs and no text as code.",
    needs=Needs.SOURCES,
)
def no_processes(subject: Subject) -> Iterator[Finding]:
    """Text of an event or an answer that is executed as code, or unpickled, can do anything."""
    advice = "avoid it: read answers with response.json()"
    names = (
        "eval", "exec", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "os.system",
        "os.popen", "subprocess.run", "subprocess.Popen", "subprocess.check_output", "subprocess.call",
        "subprocess.check_call",
    )  # fmt: skip
    yield from _called(subject, no_processes, dict.fromkeys(names, advice), anywhere=True)


@as_check(
    "PC165", "no-exit", Severity.ERROR, "A plugin does not end the program.", needs=Needs.SOURCES
)
def no_exit(subject: Subject) -> Iterator[Finding]:
    """The program belongs to the host: a plugin that cannot continue raises an error."""
    advice = "raise an error of portcall"
    names = ("sys.exit", "os._exit", "exit", "quit", "os.abort", "os.kill")
    yield from _called(subject, no_exit, dict.fromkeys(names, advice), anywhere=True)


@as_check(
    "PC166",
    "no-files",
    Severity.BEFORE_PUBLISHING,
    "Hooks and actions touch no files.",
    needs=Needs.SOURCES,
)
def no_files(subject: Subject) -> Iterator[Finding]:
    """A plugin runs on servers, in notebooks and in containers: settings hold what it needs."""
    advice = "take the content from a setting, and keep what must persist in auth"
    names = ("open", "io.open", "tempfile.NamedTemporaryFile", "tempfile.mkstemp", "tempfile.mkdtemp",
             "sqlite3.connect", "shelve.open", "tempfile.TemporaryDirectory")  # fmt: skip
    yield from _called(subject, no_files, dict.fromkeys(names, advice))


@as_check(
    "PC167",
    "public-door",
    Severity.ERROR,
    "A plugin imports portcall, and nothing below it.",
    needs=Needs.SOURCES,
)
def public_door(subject: Subject) -> Iterator[Finding]:
    """The names in ``portcall`` are stable; the modules below it may move with any release."""
    for source in subject.sources:
        for node, name in imported(source):
            room = name.split(".")[1] if name.startswith("portcall.") else ""
            own_room = subject.kind == "store" and name.startswith("portcall.store.")
            deep = name.count(".") > 1 and not _DOOR.match(name) and not own_room
            if room and (deep or (isinstance(node, ast.Import) and room in _ROOMS)):
                yield public_door.finding(
                    f"imports {name}", f"write: from portcall import {name.rpartition('.')[2]}",
                    source.at(node),
                )  # fmt: skip


@as_check(
    "PC168",
    "paths-encoded",
    Severity.ERROR,
    "Values of an event are encoded in a URL's path.",
    needs=Needs.SOURCES,
)
def paths_encoded(subject: Subject) -> Iterator[Finding]:
    """In ``f"/channels/{payload.channel}"``, ``a?role=admin`` makes another request than was meant.

    A template encodes its values: ``client.post("/channels/{channel}", path={"channel": ...})``.
    """
    for source in subject.sources:
        for function in functions(source):
            for node in _raw_paths(source, function):
                yield paths_encoded.finding(
                    "a URL has a value of the event in it as it came",
                    'write client.post("/channels/{channel}", path={"channel": payload.channel})',
                    source.at(node),
                )


@as_check("PC169", "aware-times", Severity.ERROR, "Times have a zone.", needs=Needs.SOURCES)
def aware_times(subject: Subject) -> Iterator[Finding]:
    """A naive time is read in the zone of the machine, hours away from the one that was meant."""
    for source in subject.sources:
        for node, name in calls(source):
            naive = name in {"datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp"}
            zoneless = name == "datetime.datetime.now" and not node.args and not node.keywords
            if naive or zoneless:
                yield aware_times.finding(
                    f"calls {name}() without a zone", "write datetime.now(UTC)", source.at(node)
                )


CODE_CALLS: Final = (
    no_http_client, no_waiting, no_threads, no_environment, no_processes, no_exit, no_files,
    public_door, paths_encoded, aware_times,
)  # fmt: skip


def _called(
    subject: Subject, check: Check, advice: Mapping[str, str], *, anywhere: bool = False
) -> Iterator[Finding]:
    """Find calls inside functions; those at import are other checks' to find."""
    for source in _of_destinations(subject):
        inner = inside_functions(source)
        for node, name in calls(source):
            if name in advice and (anywhere or id(node) in inner):
                yield check.finding(f"calls {name}()", advice[name], source.at(node))


def _outside_stores(subject: Subject) -> tuple[Source, ...]:
    """Return the sources of plugins that have a client: a store opens connections of its own."""
    return () if subject.kind == "store" else subject.sources


def _of_destinations(subject: Subject) -> tuple[Source, ...]:
    """Return the sources of plugins that serve many customers at once."""
    return subject.sources if subject.kind in {"destination", "scheme"} else ()


def _raw_paths(source: Source, function: Function) -> Iterator[ast.AST]:
    """Yield the URLs of a function's requests that have values of an event in them, not encoded."""
    tainted, urls = _tainted_names(source, function)
    for node in ast.walk(function) if tainted else ():
        for url in _urls_of(source, node):
            text = urls.get(url.id) if isinstance(url, ast.Name) else url
            if text is not None and _has_raw_value(source, text, tainted):
                yield text


def _tainted_names(source: Source, function: Function) -> tuple[set[str], dict[str, ast.AST]]:
    """Return the names that hold values of an event, and those that hold texts made of values."""
    tainted = {name for name in parameters(function) if name in _FROM_EVENTS}
    urls: dict[str, ast.AST] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension) and _is_tainted(
            source, node.iter, tainted
        ):
            tainted |= {each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if isinstance(node.value, ast.JoinedStr):
                urls[node.targets[0].id] = node.value
            elif isinstance(node.value, ast.Attribute) and _is_tainted(source, node.value, tainted):
                tainted.add(node.targets[0].id)
    return tainted, urls


def _urls_of(source: Source, node: ast.AST) -> list[ast.expr]:
    """Return what a request of ``client`` is given that may be its URL."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    if node.func.attr not in _METHODS or dotted(source, node.func.value) != "client":
        return []
    return [*node.args[:2], *(k.value for k in node.keywords if k.arg == "url")]


def _has_raw_value(source: Source, url: ast.AST, tainted: set[str]) -> bool:
    if isinstance(url, ast.JoinedStr):
        values = [v.value for v in url.values if isinstance(v, ast.FormattedValue)]
        return any(_is_tainted(source, value, tainted) for value in values)
    if isinstance(url, ast.BinOp) and isinstance(url.op, ast.Add | ast.Mod):
        return any(_is_tainted(source, side, tainted) for side in (url.left, url.right))
    if (
        isinstance(url, ast.Call)
        and isinstance(url.func, ast.Attribute)
        and url.func.attr == "format"
    ):
        return any(_is_tainted(source, each, tainted) for each in url.args)
    return False


def _is_tainted(source: Source, node: ast.AST, tainted: set[str]) -> bool:
    """Return whether an expression has a value of an event in it that nothing encodes."""
    if isinstance(node, ast.Call):
        if dotted(source, node.func).rpartition(".")[2] in _ENCODERS:
            return False
        return any(_is_tainted(source, each, tainted) for each in (*node.args, node.func))
    if isinstance(node, ast.Name):
        return node.id in tainted
    return any(_is_tainted(source, each, tainted) for each in ast.iter_child_nodes(node))
