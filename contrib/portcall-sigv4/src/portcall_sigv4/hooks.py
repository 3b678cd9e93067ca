"""The hook that this scheme brings: for which service and region a request is signed."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol, TypeVar

import attrs

from portcall import Hookimpl, Request, hookspec


@attrs.frozen(kw_only=True)
class SigningScope:
    """What a signature is good for.

    Args:
        service: The service's name in signatures: ``"events"``, ``"sqs"``, ``"s3"``.
        region: ``"eu-central-1"``; ``"us-east-1"`` for services without regions.
        payload: ``"unsigned"`` leaves the body out of the signature; it holds over https only, and
            only where the service allows it (S3 does).
        signs_token: Whether the session token is part of what is signed; only few old services add
            it afterwards.
    """

    service: str
    region: str
    payload: Literal["signed", "unsigned"] = "signed"
    signs_token: bool = True

    @property
    def is_s3(self) -> bool:
        """S3 takes paths as they are, and wants the payload's hash in a header."""
        return self.service in {"s3", "s3-object-lambda", "s3-outposts", "s3express"}


@hookspec(firstresult=True)
def signing_scope(request: Request, settings: Any) -> SigningScope | None:
    """Return the service and region that a request is signed for.

    Combination: the strongest answer; without an answer, the settings ``service`` and ``region``.

    Args:
        request: The finished request, for a destination that talks to more than one service.
        settings: What the customer filled in.

    Returns:
        The scope of the signature.

    Example::

        @hookimpl
        def signing_scope(settings: Settings) -> SigningScope:
            return SigningScope(service="events", region=settings.region)
    """


class _OfNothing(Protocol):
    def __call__(self) -> SigningScope | None: ...


class _OfRequest(Protocol):
    def __call__(self, *, request: Request) -> SigningScope | None: ...


class _OfSettings(Protocol):
    def __call__(self, *, settings: Any) -> SigningScope | None: ...


class _OfBoth(Protocol):
    def __call__(self, *, request: Request, settings: Any) -> SigningScope | None: ...


_SigningScope = TypeVar("_SigningScope", bound=_OfNothing | _OfRequest | _OfSettings | _OfBoth)


class SigV4Hookimpl(Hookimpl):
    """Marks hookimpls like portcall's own, and compares those of the scheme's hook too."""

    def signing_scope(self, function: _SigningScope, /) -> _SigningScope:
        """Mark the answer to the hook of this name."""
        return self.answering("signing_scope", function)


hookimpl: Final = SigV4Hookimpl()
