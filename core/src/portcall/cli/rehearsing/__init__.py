"""A dry run, and what becomes of one event, as a terminal shows them."""

from portcall.cli.rehearsing.explanation_text import explain_text
from portcall.cli.rehearsing.rehearsal import Rehearsal

__all__ = ["Rehearsal", "explain_text"]
