"""One subscription being read: where we are, and errors that show the place."""

from __future__ import annotations

import attrs

from portcall.actions.fql.diagnosis import failure, shorten
from portcall.actions.fql.lexer import Token
from portcall.actions.fql.syntax import MAX_DEPTH
from portcall.errors import SubscriptionError

_SHALLOWER = f"write it with at most {MAX_DEPTH:,} levels; in [...] can replace a chain of or"


@attrs.define
class Reader:
    """Hands out the tokens of one subscription, each once, then the end, again and again.

    Args:
        text: The subscription.
        tokens: What ``lex`` made of it.
    """

    text: str
    tokens: list[Token]
    _at: int = 0
    _deepest: tuple[int, int] = (0, 0)

    @property
    def current(self) -> Token:
        """The token that comes next."""
        return self.tokens[self._at]

    def peek(self, ahead: int) -> Token:
        """Return the token that is *ahead* places after the current one; the last token at the end."""
        return self.tokens[min(self._at + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Return the current token and go on to the next."""
        token = self.current
        self._at = min(self._at + 1, len(self.tokens) - 1)
        return token

    def sees(self, *wanted: str) -> bool:
        """Whether the current token is one of these signs, or words in any case."""
        token = self.current
        return token.kind in ("sign", "word") and token.text.lower() in wanted

    def accept(self, *wanted: str) -> bool:
        """Take the current token if it `sees` one of these."""
        seen = self.sees(*wanted)
        if seen:
            self.take()
        return seen

    def require(self, sign: str, advice: str) -> None:
        """Take this sign.

        Raises:
            SubscriptionError: Something else is there.
        """
        if not self.accept(sign):
            raise self.unexpected(sign, advice)

    def unexpected(
        self, expected: str, advice: str, *, token: Token | None = None
    ) -> SubscriptionError:
        """Make the error for a token (the current one) that is not what was expected."""
        token = token or self.current
        found = shorten(token.text) or "the end"
        return self.failure(f"expected {expected}, found {found}", advice, token=token)

    def failure(
        self, problem: str, advice: str, *, token: Token | None = None
    ) -> SubscriptionError:
        """Make an error whose caret is under a token (the current one)."""
        return failure(self.text, (token or self.current).start, problem, advice)

    def note_level(self, level: int) -> None:
        """Remember where the subscription is deepest, for `too_deep`.

        Args:
            level: How many parentheses and ``not`` are open before the current token.
        """
        self._deepest = max(self._deepest, (level, self.current.start))

    def too_deep(self) -> SubscriptionError:
        """Make the error for a subscription with too many levels; its caret is at the deepest."""
        problem = f"and, or, not and parentheses are nested deeper than {MAX_DEPTH:,} levels"
        return failure(self.text, self._deepest[1], problem, _SHALLOWER)
