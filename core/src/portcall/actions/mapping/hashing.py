"""The directive that hashes personal data: ``@hash``, which is portcall's own."""

from __future__ import annotations

from typing import Any, Final

from portcall.actions.mapping import rules
from portcall.actions.mapping.spec import Site, Spec, Want
from portcall.actions.mapping.values import MISSING, Run
from portcall.actions.personal_data import KINDS, hash_each


def _build_hash(options: dict[str, Any], site: Site) -> Run:
    read, kind = site.inner(options["value"], Want.LOOK, "value"), options["as"]

    def run(data: Any) -> Any:
        value = read(data)
        if value is None or value is MISSING:
            return value
        hashed = hash_each(value, kind)
        return MISSING if hashed is None else hashed

    return run


SPECS: Final = {
    "@hash": Spec(
        rules.options({"value": rules.something, "as": rules.one_of(*KINDS)}, {}), _build_hash
    )
}
