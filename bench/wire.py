"""Requests per second with every guard on, against ``urllib3.PoolManager.request`` in the same run.

    uv run python bench/wire.py

The server is a process of its own on loopback; each number is the best of several rounds.
"""

from __future__ import annotations

import multiprocessing
import socket
import sys
from collections.abc import Callable
from threading import Thread
from time import perf_counter, process_time
from typing import Final

import urllib3

from portcall.hosts.policy import Policy
from portcall.model.http_request import Request
from portcall.wire.transport import Transport

BODY: Final = b'{"userId":"u-1","event":"Order Completed","properties":{"total":42.5}}'
HEADERS: Final = {"content-type": "application/json", "authorization": "Bearer token"}
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2029 00:00:00 GMT\r\nServer: bench\r\n"
    b"Content-Type: application/json\r\nX-Request-Id: 0123456789\r\nContent-Length: 16\r\n\r\n"
    b'{"success":true}'
)
ROUNDS: Final = 5
REQUESTS: Final = 3000


def serve(listener: socket.socket) -> None:
    """Answer every request with the same bytes, one thread a connection."""
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Thread(target=_answer, args=(sock,), daemon=True).start()


def _answer(sock: socket.socket) -> None:
    pending = b""
    while data := sock.recv(65_536):
        pending += data
        while pending.endswith(BODY):
            sock.sendall(ANSWER)
            pending = b""


def rate(send: Callable[[], object], threads: int) -> tuple[float, float]:
    """Return requests per second and CPU microseconds a request, for one round."""
    turns = REQUESTS // threads
    workers = [Thread(target=lambda: [send() for _ in range(turns)]) for _ in range(threads)]
    started, used = perf_counter(), process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    total = turns * threads
    return total / (perf_counter() - started), (process_time() - used) / total * 1e6


def main() -> None:
    """Measure both, side by side."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    server = multiprocessing.get_context("fork").Process(
        target=serve, args=(listener,), daemon=True
    )
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/track"
    transport = Transport(allow_private=["127.0.0.1"])
    policy = Policy([f"127.0.0.1:{listener.getsockname()[1]}"], None, allow_private=["127.0.0.1"])
    pools = urllib3.PoolManager(maxsize=16)

    def ours() -> object:
        target = policy.check(url)
        request = Request(method="POST", url=url, headers=HEADERS, body=BODY, target=target)
        return transport.send_request(request).body

    def theirs() -> object:
        return pools.request("POST", url, body=BODY, headers=HEADERS).data

    print(f"{'threads':>7}  {'':10} {'requests/s':>10} {'CPU us':>7}")
    for threads in (1, 16):
        best: dict[str, tuple[float, float]] = {}
        for _ in range(ROUNDS):  # in turns, so that both see the same machine
            for name, send in (("portcall", ours), ("urllib3", theirs)):
                best[name] = max(best.get(name, (0.0, 0.0)), rate(send, threads))
        for name, (per_s, cpu_us) in best.items():
            print(f"{threads:>7}  {name:10} {per_s:>10,.0f} {cpu_us:>7.1f}")
        ratio = best["portcall"][0] / best["urllib3"][0]
        print(f"{threads:>7}  {'ratio':10} {ratio:>10.2f} {'(goal 1.0 or better)':>7}")
    transport.close()
    pools.clear()
    server.terminate()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
