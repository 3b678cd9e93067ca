"""Public values with lists and texts where tuples and secrets are kept."""

from __future__ import annotations

from portcall import (
    Assertion,
    Auth,
    Choice,
    Choices,
    ClientCertificate,
    Outcome,
    Outcomes,
    Preset,
    RequestOptions,
    path,
)

AUTH = Auth(access_token="t", scopes=["read", "write"], state={"team": "t1"})
CHOICES = (Choices(["a", "b"]), Choices([("a", "A")], "2"), Choices([Choice("a", "A")]))
CERTIFICATE = ClientCertificate(certificate="pem", private_key="pem")
OPTIONS = RequestOptions(query={"a": [1, 2], "b": True}, headers={"X": "y"}, username="ada")
OUTCOMES = Outcomes({0: Outcome.delivered()})
PRESET = Preset("Orders", 'event = "Order"', {"text": path("$.properties.text")})
ASSERTION = Assertion(private_key="pem", claims={"scope": "all"})
