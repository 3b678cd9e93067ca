"""All events of an input through one subscription or several: resumable, counted, nothing sent twice.

`start` begins a run. The commands ``portcall send`` and ``portcall run`` are made of it; this package needs
neither click nor rich.
"""

from portcall.runs.counts import Counts, ReasonGroup
from portcall.runs.inputs import InputError
from portcall.runs.pipelines import Pipeline
from portcall.runs.progress import Progress
from portcall.runs.report import Report
from portcall.runs.run import Run
from portcall.runs.start import start
from portcall.runs.start_options import StartOptions

__all__ = [
    "Counts",
    "InputError",
    "Pipeline",
    "Progress",
    "ReasonGroup",
    "Report",
    "Run",
    "StartOptions",
    "start",
]
