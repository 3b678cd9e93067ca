"""Run one command on a terminal of a given width, and print what stands on it in the end.

    python tests/docs/terminal.py COLUMNS COMMAND

Lines are not cut at the width: what is printed says itself how much it fits into. What a program draws over
(a progress bar) is shown as it is left.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios

ROWS = 24
_STEP = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07]*\x07|(\r)|(\n)|([^\x1b\r\n]+)")


def run_on_terminal(columns, command):
    """Return the text that the terminal shows when the command has ended, and its exit code."""
    child, ours = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm", COLUMNS="")
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.execvp("bash", ["bash", "-c", command])
    said = b""
    while chunk := _read(ours):
        said += chunk
    os.close(ours)
    return drawn(said.decode()), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def drawn(said):
    """Return what is left on the screen: colours are dropped, lines that are drawn over are the last."""
    lines, row, column = [""], 0, 0
    for number, letter, home, down, text in _STEP.findall(said):
        if home:
            column = 0
        elif down:
            row += 1
            lines += [""] * (row >= len(lines))
        elif letter == "A":
            row = max(0, row - int(number or 1))
        elif letter == "K":
            lines[row] = "" if number == "2" else lines[row][:column]
        elif text:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + text + line[column + len(text) :]
            column += len(text)
    return "".join(f"{line.rstrip()}\n" for line in lines).rstrip("\n") + "\n"


def _read(place):
    try:
        return os.read(place, 65_536)
    except OSError:  # how Linux says that the other end is closed
        return b""


if __name__ == "__main__":
    shown, code = run_on_terminal(int(sys.argv[1]), sys.argv[2])
    sys.stdout.write(shown)
    sys.exit(code)
