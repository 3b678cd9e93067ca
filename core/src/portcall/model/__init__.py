"""Values that cross the plugin border: frozen, and none does I/O."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.model.auth import (
        Auth as Auth,
        Authorization as Authorization,
        texts as texts,
    )
    from portcall.model.http_request import (
        ClientCertificate as ClientCertificate,
        Request as Request,
        RequestOptions as RequestOptions,
        fold as fold,
    )
    from portcall.model.http_response import (
        Headers as Headers,
        Kind as Kind,
        Response as Response,
        Verdict as Verdict,
    )
    from portcall.model.limits import (
        NO_LIMITS as NO_LIMITS,
        Limits as Limits,
    )
    from portcall.model.opaque import (
        EMPTY as EMPTY,
    )
    from portcall.model.quick_init import (
        maker as maker,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.model.auth": (
                "Auth",
                "Authorization",
                "texts",
            ),
            "portcall.model.http_request": (
                "ClientCertificate",
                "Request",
                "RequestOptions",
                "fold",
            ),
            "portcall.model.http_response": (
                "Headers",
                "Kind",
                "Response",
                "Verdict",
            ),
            "portcall.model.limits": ("NO_LIMITS", "Limits"),
            "portcall.model.opaque": ("EMPTY",),
            "portcall.model.quick_init": ("maker",),
        },
    )
