"""A stand-in for an OAuth 2.0 authorization server."""

from portcall.testing.authorization_server.server import OAuth2StandIn

__all__ = ["OAuth2StandIn"]
