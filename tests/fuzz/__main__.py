"""`python -m tests.fuzz --count 10000`: random legal networks, each in every executor that is asked, against the golden model.

A network that an executor computes otherwise is shrunk to the smallest that still differs, and kept below tests/fuzz/found/,
where tests/test_fuzz.py runs it in every executor from then on.  Stopped by Ctrl-C or SIGTERM it prints what was compared.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from golden.cli.ending import UsageError, exit_status
from golden.executors import UnknownExecutorError
from tests.fuzz.found import FOUND
from tests.fuzz.hardware import SMALL, Opener, opened
from tests.fuzz.trials import MismatchError, Trials, fuzz

QUICK = "oracle,onnx"
KEPT_FOR_ALL = "verilator-runtime"
"""What Verilator builds once for every design."""


def run(arguments: argparse.Namespace) -> int:
    if arguments.count < 1 or arguments.every < 0:
        raise UsageError(f"--count {arguments.count} --every {arguments.every}; allowed at least 1 network, and 0 for no lines")
    openers = opened([name.strip() for name in arguments.against.split(",")])
    print(f"{arguments.count} networks, seed {arguments.seed}, against {', '.join(openers)}", flush=True)
    trials = Trials()
    try:
        with _own_cache() as cache:
            cleared = {name: _clearing(opener, cache) for name, opener in openers.items()}
            fuzz(arguments.count, arguments.seed, cleared, arguments.found, every=arguments.every, trials=trials)
    except KeyboardInterrupt:
        print(trials)
        raise
    print(trials)
    return 0


@contextmanager
def _own_cache() -> Iterator[Path]:
    """A cache for this run alone: thousands of programs are built, each for one network."""
    with tempfile.TemporaryDirectory(prefix="sr2fpga-fuzz-") as name, patch.dict(os.environ, XDG_CACHE_HOME=name):
        yield Path(name)


def _clearing(opener: Opener, cache: Path) -> Opener:
    """The opener, which first removes the programs of the networks before."""

    def clear_and_open(network: object, hardware: object) -> object:
        for path in cache.rglob("*"):
            if path.is_file() and path.parent.name != KEPT_FOR_ALL:
                path.unlink()
        return opener(network, hardware)  # type: ignore[arg-type]

    return clear_and_open


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("--count", type=int, default=300, help="networks (%(default)s)")
    p.add_argument("--seed", type=int, default=1, help="of the generator (%(default)s)")
    names = f"executors, comma-separated, {' and '.join(SMALL)} among them (%(default)s)"
    p.add_argument("--against", default=QUICK, metavar="NAMES", help=names)
    p.add_argument("--found", type=Path, default=FOUND, metavar="DIR", help="where a network that differs is kept (%(default)s)")
    p.add_argument("--every", type=int, default=1000, metavar="N", help="a line after so many networks, 0 for none (%(default)s)")
    parsed = p.parse_args(arguments)
    return exit_status("tests.fuzz", lambda: run(parsed), (MismatchError, UnknownExecutorError, ValueError, OSError))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
