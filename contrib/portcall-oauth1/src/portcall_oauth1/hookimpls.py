"""The decorator of hookimpls that knows the hook of this scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol, TypeVar

from portcall import Hookimpl
from portcall_oauth1.flow import Endpoints


class _OfNothing(Protocol):
    def __call__(self) -> Endpoints | Mapping[str, Any] | None: ...


class _OfSettings(Protocol):
    def __call__(self, *, settings: Any) -> Endpoints | Mapping[str, Any] | None: ...


_Oauth1Endpoints = TypeVar("_Oauth1Endpoints", bound=_OfNothing | _OfSettings)


class OAuth1Hookimpl(Hookimpl):
    """Marks hookimpls like portcall's own, and compares those of the scheme's hook too."""

    def oauth1_endpoints(self, function: _Oauth1Endpoints, /) -> _Oauth1Endpoints:
        """Mark the answer to the hook of this name."""
        return self.answering("oauth1_endpoints", function)


hookimpl: Final = OAuth1Hookimpl()
