"""Every check, in the order of the codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portcall.checks.check import Check
from portcall.checks.declaring.inputs import INPUTS
from portcall.checks.declaring.loading import LOADING
from portcall.checks.declaring.offered_batches import OFFERED_BATCHES
from portcall.checks.declaring.offered_mappings import OFFERED_MAPPINGS
from portcall.checks.declaring.offering import OFFERING
from portcall.checks.declaring.reaching import REACHING
from portcall.checks.delivering.asides import ASIDES
from portcall.checks.delivering.conduct import CONDUCT
from portcall.checks.delivering.first_deliveries import DELIVERIES
from portcall.checks.delivering.sent_requests import SENT
from portcall.checks.delivering.statuses import STATUSES
from portcall.checks.distribution.building import BUILDING
from portcall.checks.distribution.dependencies import DEPENDENCIES
from portcall.checks.distribution.documenting import DOCUMENTING
from portcall.checks.distribution.publishing import PUBLISHING
from portcall.checks.imports.import_effects import IMPORTING
from portcall.checks.secrecy.hostile_texts import HOSTILE
from portcall.checks.secrecy.isolation import ISOLATION
from portcall.checks.signing_in.consent import CONSENT
from portcall.checks.signing_in.identity import IDENTITY
from portcall.checks.signing_in.renewal import RENEWAL
from portcall.checks.signing_in.renewed_events import RENEWED
from portcall.checks.source_code.code_attributes import CODE_ATTRIBUTES
from portcall.checks.source_code.code_calls import CODE_CALLS
from portcall.checks.source_code.code_errors import CODE_ERRORS
from portcall.checks.source_code.code_secrets import CODE_SECRETS
from portcall.checks.source_code.code_state import CODE_STATE

GROUPS: Final = {
    "PC1": "declarations",
    "PC2": "the metadata of the distribution",
    "PC3": "answers to actions",
    "PC4": "hostile text, isolation, secrets",
    "PC5": "credentials and their renewal",
    "PC6": "import",
}
"""What the first digit of a code says."""
_ALL: Final = (
    *LOADING,
    *REACHING,
    *INPUTS,
    *OFFERING,
    *OFFERED_MAPPINGS,
    *OFFERED_BATCHES,
    *CODE_CALLS,
    *CODE_STATE,
    *CODE_SECRETS,
    *CODE_ERRORS,
    *CODE_ATTRIBUTES,
    *PUBLISHING,
    *DEPENDENCIES,
    *BUILDING,
    *DOCUMENTING,
    *DELIVERIES,
    *STATUSES,
    *CONDUCT,
    *SENT,
    *ASIDES,
    *HOSTILE,
    *ISOLATION,
    *IDENTITY,
    *RENEWAL,
    *RENEWED,
    *CONSENT,
    *IMPORTING,
)
CHECKS: Final[tuple[Check, ...]] = tuple(sorted(_ALL, key=lambda each: each.code))
"""Adding one is a line here, a docstring, and a plugin in ``tests/checks`` that trips it alone."""
EXPLAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "PC106": ("PC3",),
    "PC116": ("PC3", "PC4", "PC5"),
    "PC117": ("PC530",),
    "PC118": ("PC3", "PC4", "PC5"),
    "PC124": ("PC145", "PC147", "PC156"),
    "PC150": ("PC3",),
    "PC152": ("PC338",),
    "PC161": ("PC330",),
    "PC162": ("PC340",),
    "PC164": ("PC3",),
    "PC168": ("PC401", "PC402"),
    "PC170": ("PC410", "PC519"),
    "PC172": ("PC333",),
    "PC174": ("PC339",),
    "PC176": ("PC3",),
    "PC180": ("PC3", "PC5"),
    "PC181": ("PC3", "PC4", "PC5"),
    "PC182": ("PC3", "PC4"),
}
"""Beginnings of the codes whose findings follow from one of the key: the cause is told, not what it does."""
