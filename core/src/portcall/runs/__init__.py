"""All events of an input through one subscription or several: resumable, counted, nothing sent twice.

`start` begins a run. The commands ``portcall send`` and ``portcall run`` are made of it; this package needs
neither click nor rich.
"""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.runs.counts import (
        Counts as Counts,
        ReasonGroup as ReasonGroup,
    )
    from portcall.runs.inputs import (
        InputError as InputError,
    )
    from portcall.runs.pipelines.pipeline import Pipeline as Pipeline
    from portcall.runs.progress import (
        Progress as Progress,
    )
    from portcall.runs.report import (
        Report as Report,
    )
    from portcall.runs.run import (
        Run as Run,
    )
    from portcall.runs.start_options import (
        StartOptions as StartOptions,
    )
    from portcall.runs.starting import (
        start as start,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.runs.counts": (
                "Counts",
                "ReasonGroup",
            ),
            "portcall.runs.inputs": ("InputError",),
            "portcall.runs.pipelines.pipeline": ("Pipeline",),
            "portcall.runs.progress": ("Progress",),
            "portcall.runs.report": ("Report",),
            "portcall.runs.run": ("Run",),
            "portcall.runs.start_options": ("StartOptions",),
            "portcall.runs.starting": ("start",),
        },
    )
