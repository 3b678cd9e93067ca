"""How a run goes: format, workers, rate, retries, and what is taken of an earlier run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import attrs

from portcall.runs.inputs.input_options import InputOptions

if TYPE_CHECKING:
    from portcall.delivery.plan import Plan
    from portcall.runs.pipelines.pipeline import Pipeline

RETRY_S: Final = 60.0
LONGEST_RETRY_S: Final = 86_400.0

WINDOW_S: Final = 7 * 86_400.0

LIVE_AGE_S: Final = 1.0
"""How long an event of a pipe waits for others of its batch."""

_PAUSE_S: Final = 5.0
"""After a few attempts the pauses between them are longer than this."""


@attrs.frozen(kw_only=True)
class RunOptions:
    """How a run goes.

    Args:
        dry_run: Send nothing, and write no file.
        format: Of the input; see `InputOptions` for this and the next five.
        encoding: Of its text.
        decimal: Of its numbers.
        sheet: Of a workbook.
        query: Of a database.
        query_key: Column that the rows are in the order of.
        workers: Calls under way at once; None for as many as the latency of the answers is worth.
        processes: How many make and send the requests; 1 is this one, None for as many as is of use.
        rate: Events a second at most; None for no limit.
        retry_s: Seconds for which an event is tried again.
        retry_unclear: Also try again what may have been applied already: see `Retry`.
        max_rejected: The number of rejected events that ends the run; None for no limit.
        folder: Folder of the run's files; None for the state folder, or that of the input.
        state: Folder of the ledger; None to remember no single events.
        key: Path of what an event is remembered by; None for its ``messageId``.
        window_s: For how many seconds events are remembered.
        wait_s: For how many seconds, from its beginning, the run waits for an instant that the destination
            names with a 429 or a 503.
        resend_uncertain: Also send again what was left in doubt, where the action says that this does no
            harm.
        max_age_s: Seconds for which an event waits for others of its batch at most; None for what the
            action's author set, else 1 s of a pipe and no bound of a file.
        follow: The input is a file that grows: it is waited for more, and the run has no end of its own.
        until_end: Of a followed file: the run ends when all lines that are there were sent.
        resume: Resume an earlier run, or fail if there is none to resume.
        restart: Forget an earlier run.
    """

    dry_run: bool = False
    format: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    query: str | None = None
    query_key: str | None = None
    workers: int | None = None
    processes: int | None = 1
    rate: float | None = None
    retry_s: float = RETRY_S
    retry_unclear: bool = False
    max_rejected: int | None = None
    folder: str | None = None
    state: str | None = None
    key: str | None = None
    window_s: float = WINDOW_S
    wait_s: float = 0.0
    resend_uncertain: bool = False
    max_age_s: float | None = None
    follow: bool = False
    until_end: bool = False
    resume: bool = False
    restart: bool = False

    @property
    def reading(self) -> InputOptions:
        """How the input is to be read."""
        names = [each.name for each in attrs.fields(InputOptions)]
        return InputOptions(**{name: getattr(self, name) for name in names})

    def read_as(self, pipeline: Pipeline) -> RunOptions:
        """Return the same, where they say nothing of how the input is read as a pipeline says."""
        names = [each.name for each in attrs.fields(InputOptions)]
        unsaid = [name for name in names if getattr(self, name) is None]
        return attrs.evolve(self, **{name: getattr(pipeline, name) for name in unsaid})

    @property
    def is_followed(self) -> bool:
        """It is waited for more; a dry run takes what is there."""
        return self.follow and not self.dry_run

    @property
    def is_spread(self) -> bool:
        """Processes of their own make and send the requests; a dry run sends none."""
        return (self.processes or 1) > 1 and not self.dry_run

    @property
    def place(self) -> str | None:
        """The folder of the run's files; None for that of the input."""
        return self.folder or self.state

    def to_plan(
        self, plan: Plan, until: Callable[[], float], *, is_live: bool, waits_until: float
    ) -> Plan:
        """Return the plan as these options have it.

        Args:
            plan: Of one subscription.
            until: Returns the instant from which on no event is tried again.
            waits_until: As in `Retry`.
            is_live: Events come as they happen: no batch waits for long.
        """
        from portcall.delivery.retry import Retry  # noqa: PLC0415  # not before there is a run

        attempts = Retry().attempts + int(self.retry_s / _PAUSE_S)
        retry = attrs.evolve(
            plan.retry,
            timeout_s=self.retry_s,
            attempts=attempts,
            unclear=self.retry_unclear,
            until=until,
            waits_until=waits_until,
        )
        usual_s = plan.max_age_s or (LIVE_AGE_S if is_live else None)
        return attrs.evolve(
            plan,
            workers=self.workers or plan.workers,
            retry=retry,
            max_age_s=self.max_age_s or usual_s,
        )
