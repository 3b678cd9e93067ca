"""Which portcall this is: the one that runs, even after another was installed under a running program."""

__version__ = "0.1.0"
