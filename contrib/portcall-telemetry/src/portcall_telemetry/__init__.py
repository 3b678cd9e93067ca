"""OpenTelemetry for portcall: one client span and its metrics for every request.

``Host(extras=["telemetry"])`` reports to the program's own OpenTelemetry SDK, and costs next to
nothing where there is none. Neither span nor metric holds a secret, a path, a query or a message.
"""

from typing import Final

from portcall_telemetry.extra import Telemetry

plugin: Final = Telemetry()
"""What the entry point names: reports to the global providers."""

__all__ = ["Telemetry", "plugin"]
