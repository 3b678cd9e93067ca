"""A dry run: the delivery engine without a wire."""

from portcall.cli.rehearsing.rehearsal import Rehearsal, shown_requests
from portcall.cli.rehearsing.stage import Call, rehearse

__all__ = ["Call", "Rehearsal", "rehearse", "shown_requests"]
