"""Values that cross the plugin border: frozen, and none does I/O."""

from portcall.model.auth import Auth, Authorization, texts
from portcall.model.http_request import (
    NO_LIMITS,
    ClientCertificate,
    Limits,
    Request,
    RequestOptions,
    fold,
)
from portcall.model.http_response import Headers, Kind, Response, Verdict
from portcall.model.opaque import EMPTY, opaque
from portcall.model.quick_init import maker

__all__ = [
    "EMPTY",
    "NO_LIMITS",
    "Auth",
    "Authorization",
    "ClientCertificate",
    "Headers",
    "Kind",
    "Limits",
    "Request",
    "RequestOptions",
    "Response",
    "Verdict",
    "fold",
    "maker",
    "opaque",
    "texts",
]
