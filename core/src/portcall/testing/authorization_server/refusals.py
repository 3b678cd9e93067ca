"""What an authorization server refuses, in the words of RFC 6749 §4.1.2.1, §5.2 and RFC 8628 §3.5."""

from __future__ import annotations

from typing import Final

from portcall.checks.reply import Reply

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Refusal(Exception):  # noqa: N818  # what the specifications call it
    """One refusal.

    Args:
        error: The registered word: ``"invalid_grant"``.
        about: For people.
        asks_basic: The client tried HTTP Basic, which the answer has to challenge (RFC 6749 §5.2).
    """

    def __init__(self, error: str, about: str, *, asks_basic: bool = False) -> None:
        super().__init__(f"{error}: {about}")
        self.error = error
        self.about = about
        self.asks_basic = asks_basic

    def reply(self) -> Reply:
        """Return the answer of the token endpoint (RFC 6749 §5.2)."""
        challenge = {"WWW-Authenticate": 'Basic realm="stand-in"'} if self.asks_basic else {}
        status = 401 if self.error == "invalid_client" else 400
        body = {"error": self.error, "error_description": self.about}
        return Reply(status, json=body, headers={**NO_STORE, **challenge})


def one_each(given: dict[str, list[str]]) -> dict[str, str]:
    """Return parameters that stand once each; an empty one counts as missing (RFC 6749 §3.1).

    Raises:
        Refusal: One is repeated.
    """
    for name, values in given.items():
        if len(values) > 1:
            raise Refusal("invalid_request", f"{name} is given {len(values)} times")
    return {name: values[0] for name, values in given.items() if values[0]}
