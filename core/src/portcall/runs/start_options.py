"""What a program may say of a run beside its events and its connection."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypedDict


class StartOptions(TypedDict, total=False):
    """Keyword arguments of `start` that say what is done with the events, and how; all may be left out.

    Args:
        mapping: For the action: from field names to values, in place of the fields' own defaults; over the
            preset's, field by field, if there is one.
        subscribe: For the action: which events, in FQL; None for the preset's or the action's own filter.
        preset: For the action: the name of one of its presets to start from.
        sync_mode: For the action: one of its sync modes.
        saved: For the action: what its ``on_save`` returned.
        format: ``ndjson`` or ``jsonl``, ``json``, ``csv``, ``tsv``; None to find out.
        encoding: Of the text, by Python's name; None for what a byte order mark says, or UTF-8. With
            ``utf-8``, lines that are not UTF-8 are rejected one by one, in place of the whole input.
        decimal: ``.`` or ``,``: what stands before the fraction in columns of numbers; None to find out.
        sheet: The sheet of an Excel workbook; None for the first.
        query: Of a database, whose file (SQLite, DuckDB) or ``postgresql://`` URL is the input: one SELECT,
            whose rows are the events.
        query_key: The name of a column that is unique and never null, by which the rows are ordered, and a
            run is resumed.
        workers: Calls under way at once; None for as many as the latency of the answers is worth.
        processes: How many processes make and send the requests: 1, which is this one, if left out; None for
            as many as is of use. With more than one, ``connection`` is a name or a slug.
        rate: Events a second at most; None for no limit.
        retry_for_s: Seconds for which an event is tried again; 60 if left out.
        retry_unclear: Also try again what may have been applied already, with 500, 502, 504 or no answer.
        max_rejected: The number of rejected events that ends the run; None for no limit.
        max_age_s: Seconds for which an event waits for others of its batch at most. If None: what the
            action's author set; else 1 s of a pipe, and no bound of a file.
        state: Folder of a ledger that remembers single events, made if it is missing: what was delivered for
            the same connection and subscription is not sent again, whichever input has it. The run's other
            files go there, too, unless folder names another place. None to remember none.
        key: Path of what an event is remembered by, such as ``$.properties.order_id``; None for its
            ``messageId``. An event without one is sent.
        window_s: For how many seconds events are remembered; a week if left out.
        wait_s: For how many seconds, from its beginning, the run waits for an instant that the destination
            names with a 429 or a 503; 0 if left out: then the run ends, and its report has the instant.
        resend_uncertain: Also send again what an earlier run left in doubt; for actions that say that
            repeats are harmless.
        follow: The input is a file that grows, and may be rotated: each line is sent once it has its line
            feed, and the run goes on until it is stopped. The same call goes on where it was.
        until_end: With ``follow``: the run ends when all lines that are there were sent, for a timer.
        resume: Resume an earlier run, also with another filter or mapping; fail if there is none.
        restart: Forget an earlier run, and send everything.
    """

    mapping: Mapping[str, Any] | None
    subscribe: str | None
    preset: str | None
    sync_mode: str | None
    saved: Any
    format: str | None
    encoding: str | None
    decimal: str | None
    sheet: str | None
    query: str | None
    query_key: str | None
    workers: int | None
    processes: int | None
    rate: float | None
    retry_for_s: float
    retry_unclear: bool
    max_rejected: int | None
    max_age_s: float | None
    state: str | os.PathLike[str] | None
    key: str | None
    window_s: float
    wait_s: float
    resend_uncertain: bool
    follow: bool
    until_end: bool
    resume: bool
    restart: bool
