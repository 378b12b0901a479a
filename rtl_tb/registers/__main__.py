"""`python -m rtl_tb.registers`: write the register page and the C header from their SystemRDL source; --check only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from golden.cli.ending import exit_status
from rtl_tb.errors import BenchError, MissingToolError
from rtl_tb.registers.pages import pages


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 when the files are what the source makes; 1 after one line that says which are not."""
    parser = argparse.ArgumentParser("python -m rtl_tb.registers", description="Make what comes from registers.rdl.")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="the repository (here)")
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 where a file is another")
    options = parser.parse_args(argv)
    return exit_status("rtl_tb.registers", lambda: _run(options.root, options.check), (BenchError, MissingToolError, OSError))


def _run(root: Path, check: bool) -> int:
    for name, text in pages().items():
        path = root / name
        if check and (not path.is_file() or path.read_text() != text):
            raise BenchError(f"{path}: not what registers.rdl makes; python -m rtl_tb.registers writes it")
        if not check:
            path.write_text(text)
        print(f"{path}: {len(text.splitlines())} lines{', as registers.rdl makes it' if check else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
