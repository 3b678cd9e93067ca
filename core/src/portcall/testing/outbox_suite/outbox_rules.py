"""What an outbox does in one process."""

from __future__ import annotations

from portcall.testing.outbox_suite.claim_rules import ClaimRules
from portcall.testing.outbox_suite.keeping_rules import KeepingRules


class OutboxSuite(ClaimRules, KeepingRules):
    """Events come out as they went in, each to one worker, until it has one outcome."""
