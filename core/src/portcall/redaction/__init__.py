"""Keep secrets out of what people read: messages, notes and tracebacks.

`Redactor` and `secrets_in` find them, `redact_body` makes an excerpt of an answer,
`redact_exception` and `forget_frames` clean an error that is about to leave. Nothing of portcall
writes to a log, and of urllib3 only what connects is used, so there is no log to clean.
"""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.redaction.bodies import (
        redact_body as redact_body,
    )
    from portcall.redaction.exceptions import (
        forget_frames as forget_frames,
        redact_exception as redact_exception,
    )
    from portcall.redaction.text import (
        Redactor as Redactor,
        secrets_in as secrets_in,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.redaction.bodies": ("redact_body",),
            "portcall.redaction.exceptions": (
                "forget_frames",
                "redact_exception",
            ),
            "portcall.redaction.text": (
                "Redactor",
                "secrets_in",
            ),
        },
    )
