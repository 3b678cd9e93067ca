"""What the answer to a batch says of its calls.

https://github.com/jitsucom/jitsu/blob/newjitsu/bulker/ingest/router_batch_handler.go
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from portcall import MalformedResponseError, Outcomes, Response

_ERROR: Final = re.compile(r"Message ID: (\S+): (.*)", re.DOTALL)


def read_batch(response: Response, calls: Sequence[bytes]) -> Outcomes:
    """Return what became of each call: delivered, unless the answer says ``"ok": false``.

    Jitsu answers 200 to a batch, and names what it did not take: ``"errors": ["Message ID: m-1: no
    destinations"]``. Where an error names no call, the others are uncertain.
    """
    errors = _errors(response)
    if errors is None:
        return Outcomes.delivered(calls)
    found = [match for each in errors if (match := _ERROR.fullmatch(f"{each}"))]
    reasons = {match[1]: match[2] for match in found}
    places = {json.loads(call).get("messageId"): place for place, call in enumerate(calls)}
    refused = {places[name]: reason for name, reason in reasons.items() if name in places}
    is_whole = bool(errors) and len(refused) == len(errors)
    others = Outcomes.delivered(calls) if is_whole else Outcomes({})
    return others.with_rejected(refused)


def _errors(response: Response) -> list[Any] | None:
    """Return the errors of an answer that is none of success; None for a success."""
    if b'"ok"' not in response.body:
        return None
    try:
        said = response.json()
    except MalformedResponseError:
        return None
    if not isinstance(said, dict) or said.get("ok") is not False:
        return None
    errors = said.get("errors")
    return errors if isinstance(errors, list) else []
