"""Events through the whole of a delivery, onto a socket and back: events per second, and CPU time of each.

    uv run python bench/deliver.py [--quick] [--standard]

One request for each event with 1 and 16 workers, beside a bare ``urllib3.PoolManager.request`` with a
ready-made body, and beside ``@segment/actions-core`` where Node and npm are there; a server that takes 50 ms
with 64 and 256 events under way, in plain HTTP and by TLS, and one that takes 250 ms with 1,024: the first
delivery, which opens its connections, and the best of those after it. The server is a process of its own on
loopback. Batches are measured by ``batches.py``.
``--standard`` writes JSON with the standard library although orjson is there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

if "--standard" in sys.argv:
    sys.modules["orjson"] = None  # type: ignore[assignment]  # before anything looks for it

import attrs
import late_server
import server
import urllib3
from measured import note
from segment import node_folder
from transform import EVENT, SUBSCRIBE, Order

from portcall import (
    Action,
    Client,
    Connection,
    Host,
    Outcomes,
    RequestOptions,
    action,
    field,
    hookimpl,
)

QUICK: Final = "--quick" in sys.argv
ROUNDS: Final = 2 if QUICK else 4
ONE_BY_ONE: Final = 1000 if QUICK else 2000
SIZE: Final = 1000
LATE_S: Final = 0.05
_NAMES: Final = tuple(attribute.name for attribute in attrs.fields(Order))
HEADERS: Final = {"content-type": "application/json", "authorization": "Bearer key"}


@attrs.frozen
class Cost:
    """Events per second, and CPU microseconds of this process for each."""

    rate: float
    cpu_us: float


@contextmanager
def costing(events: int, into: list[Cost]) -> Iterator[None]:
    """Measure what happens within."""
    started, used = perf_counter(), process_time()
    yield
    took_s, cpu_s = perf_counter() - started, process_time() - used
    into.append(Cost(events / took_s, cpu_s / events * 1e6))


@attrs.frozen
class Settings:
    """One URL."""

    endpoint: str = field(label="Endpoint", format="uri")


@action(title="Send", subscribe=SUBSCRIBE)
def send(client: Client, payload: Order) -> None:
    """Send one."""
    client.post("/events", json=_json(payload))


@action(title="Send many", subscribe=SUBSCRIBE)
def send_many(client: Client, payload: Order) -> None:
    """Send one, or many."""
    client.post("/events", json=_json(payload))


@send_many.batch(size=SIZE, size_bytes=10_000_000)
def send_all(client: Client, items: Sequence[bytes]) -> Outcomes:
    """Send many."""
    client.post("/events", body=b"[%s]" % b",".join(items), headers=HEADERS)
    return Outcomes.delivered(items)


def _json(payload: Order) -> dict[str, Any]:
    return {name: getattr(payload, name) for name in _NAMES}


class Acme:
    """A destination with a base URL and a bearer token."""

    @hookimpl
    def auth_fields(self) -> type[Settings]:
        return Settings

    @hookimpl
    def allowed_hosts(self) -> list[str]:
        return ["{endpoint}"]

    @hookimpl
    def extend_request(self, settings: Settings) -> RequestOptions:
        return RequestOptions(
            base_url=settings.endpoint, headers={"authorization": HEADERS["authorization"]}
        )


@contextmanager
def connected(url: str, ca_file: str | None = None) -> Iterator[Connection]:
    """Open a connection to the server."""
    with Host(plugins={"acme": Acme()}, allow_private=["127.0.0.1"], ca_file=ca_file) as host:
        yield host.destination("acme").connect({"endpoint": url})


def ours(connection: Connection, chosen: Action, events: int, workers: int) -> Cost:
    """Return the cost of one delivery."""
    found: list[Cost] = []
    with costing(events, found):
        outcomes = connection.deliver(chosen, (EVENT for _ in range(events)), workers=workers)
        delivered = sum(outcome.kind == "delivered" for outcome in outcomes)
    if delivered != events:
        raise RuntimeError(f"{delivered} of {events} were delivered")
    return found[0]


def bare(url: str, workers: int) -> Cost:
    """Return the cost of the pool manager alone."""
    found: list[Cost] = []
    body = json.dumps(_json(send.read(EVENT))).encode()
    with urllib3.PoolManager(maxsize=workers) as pools, ThreadPoolExecutor(workers) as threads:

        def work(count: int) -> None:
            for _ in range(count):
                _ = pools.request("POST", f"{url}/events", body=body, headers=HEADERS).data

        with costing(ONE_BY_ONE // workers * workers, found):
            list(threads.map(work, [ONE_BY_ONE // workers] * workers))
    return found[0]


_SCRIPT: Final = """
const {Destination} = require('@segment/actions-core');
const {url, event, mapping, subscribe, fields, events, workers, size, rounds} =
  JSON.parse(process.argv[1]);
const options = json => ({method: 'post', json, headers: {authorization: 'Bearer key'}});
const send = {
  title: 'Send', description: '', fields,
  perform: (request, {payload}) => request(url + '/events', options(payload)),
  performBatch: (request, {payload}) => request(url + '/events', options(payload)),
};
const acme = {name: 'Acme', mode: 'cloud', authentication: {scheme: 'custom', fields: {}}};
const destination = new Destination({...acme, actions: {send}});
const settings = {subscription: {subscribe, mapping, partnerAction: 'send'}};
let left;
const worker = async () => {
  while (left > 0) {
    left -= size;
    if (size == 1) await destination.onEvent(event, settings);
    else await destination.onBatch(Array.from({length: size}, () => event), settings);
  }
};
(async () => {
  let best = 0, least = Infinity;
  for (let round = 0; round < rounds; round++) {
    left = events;
    const started = process.hrtime.bigint(), used = process.cpuUsage();
    await Promise.all(Array.from({length: workers}, worker));
    best = Math.max(best, events / (Number(process.hrtime.bigint() - started) / 1e9));
    const {user, system} = process.cpuUsage(used);
    least = Math.min(least, (user + system) / events);
  }
  console.log(JSON.stringify([best, least]));
  process.exit(0);
})();
"""


def theirs(url: str, events: int, workers: int, size: int) -> Cost | None:
    """Return the cost of ``@segment/actions-core``; None without Node."""
    folder = node_folder("@segment/actions-core", "@segment/destination-subscriptions", "liquidjs")
    if folder is None:
        return None
    kinds = {"number": "number"}
    fields = {
        f.name: {"label": f.label, "description": "", "type": kinds.get(f.kind, "string")}
        for f in send.fields
    }
    mapping = {f.name: f.default_mapping.to_json() for f in send.fields}
    task: dict[str, object] = {
        "url": url,
        "event": EVENT,
        "mapping": mapping,
        "subscribe": SUBSCRIBE,
    }
    task |= {"fields": fields, "events": events, "workers": workers, "size": size}
    command = ["node", "-e", _SCRIPT, json.dumps({**task, "rounds": ROUNDS})]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return Cost(*json.loads(done.stdout))


def best(*works: Callable[[], Cost], rounds: int = ROUNDS) -> list[Cost]:
    """Return the best of several rounds of each, taken in turns."""
    found_by_round = [[work() for work in works] for _ in range(rounds)]
    return [
        Cost(max(each.rate for each in found), min(each.cpu_us for each in found))
        for found in zip(*found_by_round, strict=True)
    ]


def say(what: str, mine: Cost, **others: Cost | None) -> None:
    """Print one line: the cost, and how many times as fast as others that is, by the wall and by CPU."""
    said = [
        f"{mine.rate / each.rate:.2f} and {each.cpu_us / mine.cpu_us:.2f} of {name}"
        for name, each in others.items()
        if each is not None
    ]
    print(f"{what:34} {mine.rate:>10,.0f}/s {mine.cpu_us:>8.2f} us  {', '.join(said)}", flush=True)
    note(what, mine.cpu_us, mine.rate)


def under_way(
    url: str, late_s: float, ways: Sequence[int], what: str, ca_file: str | None = None
) -> None:
    """Print what many calls at a time cost, and which part of what is possible they are.

    The first delivery opens a connection for each call under way, and TLS with it; later ones keep them.

    Args:
        url: Of a server that takes *late_s* seconds to answer.
        late_s: These seconds.
        ways: How many calls are under way at a time, each two lines.
        what: The name of these lines.
        ca_file: The authority of a server that speaks TLS.
    """
    for workers in ways:
        events = workers * (10 if QUICK else 40)
        name = f"{late_s * 1e3:.0f} ms {what}, under way: {workers}"
        with connected(url, ca_file) as connection:
            first = ours(connection, send, events, workers)
            [later] = best(lambda: ours(connection, send, events, workers))  # noqa: B023
        for title, mine in ((f"{name}, first", first), (name, later)):
            part = mine.rate * late_s / workers
            print(
                f"{title:42} {mine.rate:>10,.0f}/s {mine.cpu_us:>8.2f} us  {part:.2f} of what is possible",
                flush=True,
            )
            note(title, mine.cpu_us, mine.rate)


def main() -> None:
    """Measure and print."""
    print(f"{'':34} {'events':>12} {'CPU each':>11}  times as fast, wall and CPU")
    with server.running() as url, connected(url) as connection:
        for workers in (1,) if QUICK else (1, 16):
            mine, urllib = best(
                lambda: ours(connection, send, ONE_BY_ONE, workers),  # noqa: B023
                lambda: bare(url, workers),  # noqa: B023
            )
            segment = theirs(url, ONE_BY_ONE, workers, 1)
            say(f"one by one, workers: {workers}", mine, urllib3=urllib, actions_core=segment)
    quick, whole = ((LATE_S, (256,)),), ((LATE_S, (64, 256)), (5 * LATE_S, (1024,)))
    for late_s, ways in quick if QUICK else whole:
        with late_server.running(late_s) as url:
            under_way(url, late_s, ways, "answers")
    if not QUICK:
        with tempfile.TemporaryDirectory() as name, late_server.running(LATE_S, Path(name)) as url:
            authority = Path(name, late_server.AUTHORITY)
            under_way(url, LATE_S, (64, 256), "answers by TLS", str(authority))
    print("goals: urllib3 1.0, actions_core 1.4; possible 0.95 at 64, 0.90 at 256, 0.85 at 1,024")


if __name__ == "__main__":
    main()
