"""``python -m portcall`` is the command ``portcall``."""

import sys

from portcall.cli import main

if __name__ == "__main__":
    sys.exit(main())
