"""Every check, in the order of the codes."""

from __future__ import annotations

from typing import Final

from portcall.checks.asides import ASIDES
from portcall.checks.check import Check
from portcall.checks.conduct import CONDUCT
from portcall.checks.consent import CONSENT
from portcall.checks.hostile_texts import HOSTILE
from portcall.checks.identity import IDENTITY
from portcall.checks.isolation import ISOLATION
from portcall.checks.loading import LOADING
from portcall.checks.offering import OFFERING
from portcall.checks.renewal import RENEWAL
from portcall.checks.statuses import STATUSES

GROUPS: Final = {
    "PC1": "declarations",
    "PC2": "the metadata of the distribution",
    "PC3": "answers to actions",
    "PC4": "hostile text, isolation, secrets",
    "PC5": "credentials and their renewal",
    "PC6": "import",
}
"""What the first digit of a code says."""
CHECKS: Final[tuple[Check, ...]] = (
    *LOADING,
    *OFFERING,
    *STATUSES,
    *CONDUCT,
    *ASIDES,
    *HOSTILE,
    *ISOLATION,
    *IDENTITY,
    *RENEWAL,
    *CONSENT,
)
"""Adding one is a line here, a docstring, and a plugin in ``tests/checks`` that trips it alone."""
