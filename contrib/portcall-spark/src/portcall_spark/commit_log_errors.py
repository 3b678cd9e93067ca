"""What goes wrong with the commit log."""

from __future__ import annotations

from portcall import PortcallError


class CommitLogError(PortcallError):
    """The commit log cannot be used; says why."""


class SupersededError(CommitLogError):
    """A later attempt of the same partition has begun, so that this one must not send anything else."""
