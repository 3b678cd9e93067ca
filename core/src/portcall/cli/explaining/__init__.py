"""What becomes of one event, and why."""

from portcall.cli.explaining.explanation import explain
from portcall.cli.explaining.text import explain_text

__all__ = ["explain", "explain_text"]
