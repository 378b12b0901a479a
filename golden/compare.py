"""`python -m golden.compare`: does every executor output the golden model's integers, in every layer?

Decides which executors are asked, what is printed and written, and the exit status; `golden.judge` decides the verdicts.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np

from golden import ArchiveError, FrameError, NetworkError, executors, judge
from golden.archive import load
from golden.atomic import write_text
from golden.cli.ending import exit_status, short
from golden.cli.requirements import own_version
from golden.judge import AGREES, BROKE_DOWN, DIFFERS, NOT_RUN, Verdict, mutants
from golden.judge.verdict import Frames, Mismatch, trace_verdict
from golden.networks.argument import add_network, chosen
from golden.pictures import frames
from golden.pictures.bicubic import to_uint8
from golden.pictures.frames import default_frames
from golden.pictures.images import ImageError, find_images, read_image
from golden.pictures.luma import luma
from golden.spec import IntNetwork

PROG = "python -m golden.compare"
TILE_SIDE = 192
STATUS = {AGREES: 0, DIFFERS: 1, BROKE_DOWN: 3, NOT_RUN: 4}
EXIT_STATUSES = """exit status:
  0    every executor that was asked agrees
  1    one differs, a planted fault was not caught, or the request cannot be met (a broken file, an unknown name)
  2    the command line is wrong
  3    one broke down, none differs
  4    one was not run, the others agree
  130  interrupted; the verdicts that there are stand in the JSON"""
USER_ERRORS = (ArchiveError, FrameError, ImageError, NetworkError, executors.UnknownExecutorError, OSError)
MUTANT = EntryPoint("mutant", "golden.judge.mutants:Planted", executors.GROUP)


@dataclass
class Report:
    """What one run of the command found, as its JSON file has it after every verdict."""

    path: Path
    network: IntNetwork
    frames: Frames
    verdicts: dict[str, Verdict]
    planted: list[dict[str, Any]] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Raises OSError."""
        content = {
            "network": str(self.path),
            "hash": self.network.hash,
            "frames": len(self.frames),
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "sr2fpga": own_version()},
            "verdicts": [verdict.as_json() for verdict in self.verdicts.values()],
            "mutants": self.planted,
        }
        write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")

    @property
    def status(self) -> int:
        """The exit status: that of the verdict that weighs most."""
        found = {verdict.verdict for verdict in self.verdicts.values()}
        found |= {DIFFERS for fault in self.planted if not fault["caught"]}
        return next(STATUS[verdict] for verdict in (DIFFERS, BROKE_DOWN, NOT_RUN, AGREES) if verdict in found)


def image_frames(paths: Iterable[str | Path]) -> dict[str, frames.Frame]:
    """The luma of image files, as LR frames, in tiles of at most 192x192.  Raises ImageError naming a broken one."""
    found = {}
    for path in find_images(paths):
        for index, tile in enumerate(frames.tiles(to_uint8(luma(read_image(path))), TILE_SIDE)):
            found[f"{path.name} tile {index}"] = tile
    return found


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog=prog,
        description=(__doc__ or "").split("\n\n")[0],
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.set_defaults(name=short(prog))
    add_network(p)
    p.add_argument("--image", nargs="+", default=[], metavar="PATH", help="compare on these images or folders as well")
    p.add_argument(
        "--against",
        metavar="NAMES",
        help=f"ask only these executors, comma-separated (all: {', '.join(executors.everyone())})",
    )
    p.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="NAME",
        help="ask this one as well; `all`: every one that ships, installed or not",
    )
    p.add_argument(
        "--timeout", type=_seconds, default=judge.TIMEOUT_SECONDS, metavar="SECONDS", help="limit of each executor (%(default)g)"
    )
    p.add_argument(
        "--jobs", type=_at_least_one, default=min(2, os.cpu_count() or 1), metavar="N", help="executors at a time (%(default)s)"
    )
    p.add_argument("--taps", action="store_true", help="print every layer, not only the sums")
    p.add_argument("--mutants", action="store_true", help="also plant faults in the golden model and show that each is caught")
    p.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well, whatever becomes of the executors")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    path, names = chosen(arguments), _asked(arguments)
    network = load(path)
    on = default_frames(network) | (image_frames(arguments.image) if arguments.image else {})
    print(f"{path}: {network}\n{len(on)} frames, {sum(frame.size for frame in on.values()) * network.scale**2} output pixels\n")
    report = Report(path, network, on, {name: Verdict.of(name, network, "interrupted before its verdict") for name in names})
    with _kept(report, arguments.json):
        _run_executors(report, arguments)
        if arguments.mutants:
            _run_mutants(report, arguments)
    _complain(report, arguments.name)
    return report.status


def _asked(arguments: argparse.Namespace) -> list[str]:
    """The executors that must run: those of --against, otherwise all, and the required ones.

    Raises UnknownExecutorError for a name that is neither installed nor shipped, and for none.
    """
    everyone = executors.everyone()
    names = everyone if arguments.against is None else [name.strip() for name in arguments.against.split(",")]
    names = [*names, *(every for name in arguments.require for every in (everyone if name == "all" else [name]))]
    unknown = [name for name in names if name not in everyone]
    if unknown:
        raise executors.UnknownExecutorError(f"no executor '{unknown[0]}'; allowed {', '.join(everyone)}")
    return list(dict.fromkeys(names))


@contextmanager
def _kept(report: Report, path: Path | None) -> Iterator[None]:
    """Write the report at the start, where a path that cannot be written costs nothing, and however the block ends."""
    if path is None:
        yield
        return
    report.write(path)
    try:
        yield
    finally:
        report.write(path)


def _run_executors(report: Report, arguments: argparse.Namespace) -> None:
    known = executors.known()
    for name in (name for name in report.verdicts if name not in known):
        report.verdicts[name] = Verdict.of(name, report.network, "its entry point is not installed")
        report.verdicts[name].remedy = "make install"
        print(report.verdicts[name].report(arguments.taps))
    points = [known[name] for name in report.verdicts if name in known]
    found = judge.verdicts(report.network, points, report.frames, path=report.path, timeout=arguments.timeout, jobs=arguments.jobs)
    with closing(found):
        for verdict in found:
            report.verdicts[verdict.executor] = verdict
            print(verdict.report(arguments.taps), flush=True)
            if arguments.json:
                with suppress(OSError):  # an executor may just have filled the disk; the report is written again
                    report.write(arguments.json)


def _complain(report: Report, name: str) -> None:
    """One line on standard error for each kind of failure."""
    for kind, meaning in ((DIFFERS, "differs"), (BROKE_DOWN, "broke down"), (NOT_RUN, "not run; --against NAMES leaves them out")):
        names = [verdict.executor for verdict in report.verdicts.values() if verdict.verdict == kind]
        if names:
            print(f"{name}: {', '.join(names)}: {meaning}", file=sys.stderr)


def catch_mutants(network: IntNetwork, on: Frames) -> list[tuple[mutants.Mutant, Mismatch | None]]:
    """Each mutant with the first mismatch in its own layer, None for one that was not caught; stops at the first catching frame."""
    caught = []
    for mutant in mutants.mutants(network):
        found = None
        for name, frame in on.items():
            result = trace_verdict(network, mutant.fault, mutant.trace, {name: frame})
            if result.first:
                found = result.first[1]
                break
        caught.append((mutant, found))
    return caught


def _run_mutants(report: Report, arguments: argparse.Namespace) -> None:
    """Print where each planted fault was caught, one of them in a process of its own, as executors are.

    In a single layer a fault may change nothing on these frames, most of all at few bits; in none it must not.
    """
    by_fault: dict[str, list[tuple[str, Mismatch | None]]] = {}
    for mutant, first in catch_mutants(report.network, report.frames):
        by_fault.setdefault(mutant.fault, []).append((mutant.layer, first))
    print("\nfaults planted in the golden model:")
    for fault, places in by_fault.items():
        unseen = [layer for layer, first in places if first is None]
        caught = f"caught in {len(places) - len(unseen)} of {len(places)} layers" if len(unseen) < len(places) else "NOT CAUGHT"
        print(f"  {fault:36} {caught}{', changes nothing in ' + ', '.join(unseen) if unseen else ''}")
        report.planted.append({"fault": fault, "caught": len(places) - len(unseen), "layers": len(places)})
    with closing(judge.verdicts(report.network, [MUTANT], report.frames, timeout=arguments.timeout)) as found:
        sealed = next(found)
    print(f"  {'in a process of its own':36} {'caught' if sealed.first else f'NOT CAUGHT: {sealed.verdict} {sealed.reason}'}")
    report.planted.append({"fault": "in a process of its own", "caught": int(sealed.first is not None), "layers": 1})


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} seconds; allowed more than 0")
    return value


def _at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}; allowed at least 1")
    return value


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """A request to end (SIGTERM, SIGHUP) ends the executors' processes too, as Ctrl-C does."""

    def interrupt(*signal_and_frame: object) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    with _termination_interrupts():
        return exit_status(prog, lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
