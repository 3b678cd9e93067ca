"""The process itself: what it listens on, and how it ends."""

import signal
import subprocess
import sys

import urllib3


def test_it_listens_answers_and_ends_on_sigterm(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "portcall", "serve", "--port", "0"],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path, env={"HOME": f"{tmp_path}"},
    )  # fmt: skip
    try:
        url = process.stderr.readline().split()[-1]
        answer = urllib3.request("GET", f"{url}/healthz", retries=False, timeout=10)
        assert (answer.status, answer.json()) == (200, {"status": "ok"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_port_that_is_taken_is_an_error_that_says_so(capfd, tmp_path, monkeypatch):
    from portcall.cli import main
    from portcall_server.listening import open_socket, url_of

    monkeypatch.chdir(tmp_path)
    with open_socket("127.0.0.1", 0) as taken:
        port = url_of(taken).rpartition(":")[2]
        assert main(["serve", "--port", port]) == 2
    assert f"127.0.0.1 port {port} cannot be listened on" in capfd.readouterr().err
