"""What plugin authors test with: a peer on a real socket, and a check of the whole plugin.

Fixtures for pytest are in `portcall.testing.pytest_plugin`; nothing here needs pytest.
"""

from portcall.checks.reply import Reply
from portcall.testing.api_server import ApiStandIn, DocumentedAnswer
from portcall.testing.authorization_server import OAuth2StandIn
from portcall.testing.conformance import check_destination, conformance
from portcall.testing.messages import Received
from portcall.testing.moving_clock import MovingClock
from portcall.testing.peer import Peer
from portcall.testing.session_server import SessionStandIn
from portcall.testing.stand_in import StandInHost

__all__ = [
    "ApiStandIn",
    "DocumentedAnswer",
    "MovingClock",
    "OAuth2StandIn",
    "Peer",
    "Received",
    "Reply",
    "SessionStandIn",
    "StandInHost",
    "check_destination",
    "conformance",
]
