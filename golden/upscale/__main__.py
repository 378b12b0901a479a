"""Starts the command."""

import sys

from golden.upscale.command import main

if __name__ == "__main__":
    sys.exit(main())
