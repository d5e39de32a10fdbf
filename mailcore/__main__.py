"""`python -m mailcore`: the command line."""

import sys

from mailcore.cli import main

if __name__ == "__main__":
    sys.exit(main())
