"""The findings of a check for its users: checks with a code each, and their findings."""

from portcall.checks.checking import Report, check, check_watched, select
from portcall.checks.finding import Finding, Severity
from portcall.checks.watching import Step, Watch

__all__ = ["Finding", "Report", "Severity", "Step", "Watch", "check", "check_watched", "select"]
