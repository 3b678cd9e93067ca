"""The steps of ``portcall test``: each done, told and shown as its outcome is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from portcall.cli.state import State
from portcall.cli.terminal.error_messages import OPERATOR, message_of
from portcall.cli.terminal.tables import mark

if TYPE_CHECKING:
    from portcall.cli.connections.targets import Target
    from portcall.cli.process.supervised_child import Tell

_T = TypeVar("_T")
STEPS: Final = ("plugin", "loaded", "settings", "hosts", "authentication")
UNKNOWN: Final = "this destination cannot be asked (no test_authentication)"


@attrs.define
class Checklist:
    """The steps that were done, each with its outcome.

    Args:
        slug: What is tested, as it was typed.
        state: For redaction.
        show: Called with each line as it is known.
        tell: Called with each outcome, for the supervising process.
        connection: The name of the connection, if a stored one was meant.
    """

    slug: str
    state: State
    show: Callable[[str], None]
    tell: Tell = lambda _: None
    connection: str | None = None
    checks: list[dict[str, Any]] = attrs.field(factory=list)
    failure: BaseException | None = None

    def step(self, name: str, work: Callable[[], tuple[_T, str]]) -> _T:
        """Do one step: its *work* returns a value and what to say of it."""
        start = perf_counter()
        try:
            value, detail = work()
        except OPERATOR:
            raise
        except BaseException as exc:
            self.failure = exc
            self._note(name, "failed", message_of(exc, self.state.again), perf_counter() - start)
            raise
        self._note(name, "skipped" if detail == UNKNOWN else "ok", detail, perf_counter() - start)
        return value

    def aim(self, target: Target) -> None:
        """Take *target* for what is tested."""
        self.slug, self.connection = target.slug, target.name
        self.tell({"slug": self.slug, "connection": self.connection})

    def go_on(self, told: Sequence[Any], fault: str) -> None:
        """Go on for a checklist whose process ended: the step under way failed, the others are skipped.

        Args:
            told: What that checklist told.
            fault: What became of its process.
        """
        self.checks += [each for each in told if "status" in each]
        for aimed in (each for each in told if "slug" in each):
            self.slug, self.connection = aimed["slug"], aimed["connection"]
        whose = self.checks[0]["detail"] if self.checks else "a plugin"
        reason = f"{fault}: a fault of that plugin ({whose}); report it to its author"
        if len(self.checks) < len(STEPS):
            self._note(STEPS[len(self.checks)], "failed", reason, 0.0)
        self.skip_rest()

    def skip_rest(self) -> None:
        """List the steps that could not be done."""
        for name in STEPS[len(self.checks) :]:
            self._note(name, "skipped", "", 0.0)

    def to_json(self, *, identity: str | None, took_s: float, ok: bool) -> dict[str, Any]:
        """Return everything for programs."""
        return {
            "slug": self.slug,
            "connection": self.connection,
            "ok": ok,
            "identity": identity,
            "took_s": took_s,
            "checks": self.checks,
        }

    def _note(self, name: str, status: str, detail: str, took_s: float) -> None:
        detail = self.state.clean(detail).rstrip()
        check = {"name": name, "status": status, "detail": detail, "took_s": round(took_s, 4)}
        self.checks.append(check)
        self.tell(check)
        timed = name == "authentication" and status != "skipped"
        time = f" ({took_s * 1000:.0f} ms)" if timed else ""
        shown = detail.replace("\n", f"\n{'':27}")
        self.show(f"  {mark(status, 7)}  {name:<14}  {shown}{time}".rstrip())
