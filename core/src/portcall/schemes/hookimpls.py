"""The decorator of hookimpls as destinations have it: core's hooks, and those of core's schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from portcall.plugins.hookimpls import Hookimpl

if TYPE_CHECKING:
    from portcall.schemes.oauth2.endpoints import OAuth2Endpoints


class _OfNothing(Protocol):
    def __call__(self) -> OAuth2Endpoints | None: ...


class _OfSettings(Protocol):
    def __call__(self, *, settings: Any) -> OAuth2Endpoints | None: ...


_Endpoints = TypeVar("_Endpoints", bound=_OfNothing | _OfSettings)


class _Hookimpl(Hookimpl):
    def oauth2_endpoints(self, function: _Endpoints, /) -> _Endpoints:
        return self.answering("oauth2_endpoints", function)


hookimpl: Final = _Hookimpl()
