"""One request of a connection, and the calls that fetch its credentials."""

from portcall.exchange.exchange import Exchange

__all__ = ["Exchange"]
