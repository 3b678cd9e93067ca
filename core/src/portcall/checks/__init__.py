"""What keeps a plugin from being ready for its users: checks with a code each, and their findings."""

from portcall.checks.checking import Report, check
from portcall.checks.finding import Finding, Severity

__all__ = ["Finding", "Report", "Severity", "check"]
