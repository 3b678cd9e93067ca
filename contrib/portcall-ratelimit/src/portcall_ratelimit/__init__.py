"""Rate limits for portcall: learned from the answers, kept for each connection.

``Host(extras=["ratelimit"])`` holds a request back until its turn, if its turn comes within its
time; if not, it raises `RateLimitedError`, which says when to come back, before anything is sent.
"""

from typing import Final

from portcall_ratelimit.errors import RateLimitedError
from portcall_ratelimit.extra import RateLimit

plugin: Final = RateLimit()
"""What the entry point names: has no limit of its own and learns."""

__all__ = ["RateLimit", "RateLimitedError", "plugin"]
