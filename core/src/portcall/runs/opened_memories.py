"""Open the ledger of a state folder for one run, with a memory for each subscription."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import time

from portcall.runs.ledger.event_keys import EventKeys
from portcall.runs.ledger.ledger_file import FILE_NAME, Ledger
from portcall.runs.ledger.memory import Memory
from portcall.runs.run_locks import alone
from portcall.runs.run_spec import RunSpec


@contextmanager
def opened_memories(spec: RunSpec, word: str, unit: str) -> Iterator[Mapping[str, Memory]]:
    """Return a memory for each subscription; none where no state folder is named.

    Args:
        spec: What is to be run.
        word: The run's own; the same for a run that is resumed.
        unit: What the input consists of.

    Raises:
        SettingsError: The ledger cannot be used, or another run sends for the same subscription.
    """
    options = spec.options
    if options.state is None or options.dry_run:
        yield {}
        return
    path = Path(options.state) / FILE_NAME
    keys = EventKeys(options.key) if options.key else EventKeys()
    with ExitStack() as stack:
        for name in sorted(spec.names):
            # Two runs at once would both send what neither of them has delivered yet.
            label = f"the ledger {path.resolve()} {spec.connection} {name}"
            what = f"it sends for {name!r} of {spec.connection!r} with the same state folder"
            stack.enter_context(alone(label, what))
        ledger = stack.enter_context(Ledger(path))
        ledger.forget(time() - options.window_s)
        run = ledger.run(word, spec.source, unit)
        yield {
            name: Memory(
                ledger,
                ledger.scope(spec.connection, name),
                run,
                keys,
                options.window_s,
                options.restart,
            )
            for name in spec.names
        }
