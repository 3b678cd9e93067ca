"""Commands in processes that are forked from one that has imported portcall: each starts in milliseconds.

A command that is killed needs a process of its own, and nothing of a new interpreter. Run as a script, this
file is the process that they are forked from; it has one thread.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

PIPE = subprocess.PIPE
_LOOK_S = 0.002


class ForkedCommands:
    """Starts commands.

    Args:
        environ: Of the process that they are forked from.
    """

    def __init__(self, environ):
        self._ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, env=environ, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        self._answers = self._ours.makefile("r")

    def start(self, words, environ, folder, stdin=None, stderr=None):
        """Start ``portcall`` with *words*; stdin may be `PIPE` or a file, stderr a descriptor."""
        return ForkedCommand(self, words, environ, folder, stdin, stderr)

    def ask(self, question, *files):
        """Return the answer of the process."""
        data = json.dumps(question).encode() + b"\n"
        if files:
            descriptors = [each if isinstance(each, int) else each.fileno() for each in files]
            socket.send_fds(self._ours, [data], descriptors)
        else:
            self._ours.sendall(data)
        return json.loads(self._answers.readline())

    def close(self):
        """End the process."""
        self._answers.close()
        self._ours.close()
        self._process.wait(10)


class ForkedCommand:
    """One command under way, with as much of `subprocess.Popen` as the tests need."""

    def __init__(self, commands, words, environ, folder, stdin, stderr):
        self.returncode = self.stdin = None
        self._commands = commands
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        reading = None
        if stdin == PIPE:
            ends = os.pipe()
            reading, self.stdin = os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "wb")
        with reading or (stdin and os.fdopen(os.dup(stdin.fileno()))) or open(os.devnull) as given:
            question = ["start", [str(each) for each in words], environ, str(folder)]
            self.pid = commands.ask(question, given, self._out, stderr or self._err)

    def poll(self):
        """Return the exit code, or None while the command is under way."""
        if self.returncode is None:
            self.returncode = self._commands.ask(["poll", self.pid])
        return self.returncode

    def send_signal(self, number):
        """Send a signal, if the command is under way."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """Kill the command."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout=30):
        """Wait for the end."""
        ends = time.monotonic() + timeout
        while self.poll() is None:
            assert time.monotonic() < ends, "the command does not end"
            time.sleep(_LOOK_S)
        return self.returncode

    def communicate(self, data=b"", timeout=30):
        """Wait for the end; return what was printed on stdout and stderr."""
        if self.stdin is not None and not self.stdin.closed:
            self.stdin.write(data)
            self.stdin.close()
        self.wait(timeout)
        self._out.seek(0)
        self._err.seek(0)
        return self._out.read(), self._err.read()

    def close(self):
        """Kill the command, and close its files."""
        if self.stdin is not None:
            self.stdin.close()
        self.kill()
        self.wait()
        self._out.close()
        self._err.close()


def _serve(ours):
    """Fork a process for each command, and tell how each has ended."""
    while True:
        data, files, *_ = socket.recv_fds(ours, 1 << 16, 3)
        if not data:
            ours.close()
            sys.exit()
        kind, *rest = json.loads(data)
        if kind == "poll":
            pid, status = os.waitpid(rest[0], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif (answer := os.fork()) == 0:
            ours.close()
            _be(files, *rest)
            return
        for each in files:
            os.close(each)
        ours.sendall(json.dumps(answer).encode() + b"\n")


def _be(files, words, environ, folder):
    for place, each in enumerate(files):
        os.dup2(each, place)
        os.close(each)
    # The old ones know whether what they were opened with can seek.
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
    sys.stderr = open(2, "w", buffering=1, closefd=False)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv[:] = ["portcall", *words]


if __name__ == "__main__":
    import portcall.cli.commands.run
    import portcall.cli.commands.send
    import portcall.host  # noqa: F401
    from portcall.cli import main

    _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(main(sys.argv[1:]))  # in the process that was forked
