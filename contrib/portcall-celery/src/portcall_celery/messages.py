"""What a message of a task says: checked where it is sent, and sent again where a worker cannot use it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from celery import Task
from celery.exceptions import Reject

_logger: Final = logging.getLogger("portcall.celery")

UNUSABLE_S: Final = 30.0
"""A message that a worker could not use comes again after so long, to any of them."""


def _taken(
    connection: str,
    action: str,
    events: Sequence[Mapping[str, Any]],
    *,
    mapping: object = None,
    subscribe: str | None = None,
    preset: str | None = None,
    sync_mode: str | None = None,
    pipeline: str = "",
    ordering_key: str | None = None,
) -> None:
    """Take what `portcall.outbox.Outbox.put_many` takes, as far as it is JSON."""


_SIGNATURE: Final = inspect.signature(_taken)


def arguments_of(
    args: Sequence[Any], options: Mapping[str, Any]
) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
    """Return connection, action, events and options of a message.

    Raises:
        TypeError: Names what is missing, of a wrong type, or not known to this version.
    """
    given = _SIGNATURE.bind(*args, **options)
    connection, action, events = given.args
    for name, value in (("connection", connection), ("action", action)):
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a text, not {type(value).__name__}")
    if not isinstance(events, list | tuple):
        raise TypeError(f"events must be a list of JSON objects, not {type(events).__name__}")
    return connection, action, events, dict(given.kwargs)


class DeliverTask(Task):
    """The task that brings events: a program is told of wrong arguments before they are sent."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, *rest: Any, **more: Any) -> Any:
        """Check the arguments, then send them as a message; see `celery.Task.apply_async`.

        Raises:
            TypeError: Names what is missing, or not known.
        """
        if self.request.id is None:  # not where a worker sends a message of a newer version again
            arguments_of(args or (), kwargs or {})
        return super().apply_async(args, kwargs, *rest, **more)


def send_again(task: Task, exc: Exception, pause_s: float) -> BaseException:
    """Return what a task raises to be done again later; without a broker, the reason itself.

    Args:
        task: Under way.
        exc: Why it cannot be done now.
        pause_s: Seconds until it is tried again.
    """
    if task.request.is_eager or task.request.called_directly:
        return exc
    _logger.warning(
        "the task %s is tried again in %g s: %s: %s",
        task.request.id, pause_s, type(exc).__name__, exc,
    )  # fmt: skip
    try:
        again: BaseException = task.retry(exc=exc, countdown=pause_s, max_retries=None, throw=False)
    except (
        Reject
    ) as refused:  # the broker cannot be reached: the message must not be dropped for that
        again = Reject(refused.reason, requeue=True)
    return again
