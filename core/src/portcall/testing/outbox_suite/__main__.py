"""Kill producers and workers of an outbox in a file, as often as you like.

::

    python -m portcall.testing.outbox_suite FOLDER EVENTS KILLS
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from time import monotonic

from portcall.outbox import SQLiteOutbox
from portcall.testing.outbox_suite.crash_scenarios import killed_at_random

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    began = monotonic()
    opens = partial(SQLiteOutbox, folder / "outbox.sqlite3")
    found = killed_at_random(opens, folder, int(sys.argv[2]), int(sys.argv[3]))
    print(found, f"{monotonic() - began:.1f} s")  # noqa: T201
