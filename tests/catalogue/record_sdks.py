"""Record what the SDKs of vendors send, for the tests of the destinations to compare with.

Each plugin's ``tests/sdk.json`` is what this wrote. To write it again, in an environment that has portcall
and the packages that the plugins' ``[tool.portcall.catalogue]`` name under ``sdk``:

    python -m tests.catalogue.record_sdks mixpanel amplitude posthog
"""

import json
import sys
from pathlib import Path

from portcall.testing import Peer

from .sdks import RECORDERS

PLUGINS = Path(__file__).parents[2] / "plugins"


def main(slugs):
    """Record the SDKs of some destinations."""
    for slug in slugs:
        with Peer() as peer:
            found = RECORDERS[slug](peer)
        text = json.dumps(found, indent=2, sort_keys=True)
        (PLUGINS / f"portcall-{slug}" / "tests" / "sdk.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
