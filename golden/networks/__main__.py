"""`python -m golden.networks`: the networks of the catalogue, with their PSNR and what their hardware takes.

dB: PSNR on Set5, 8-bit luma in, out and as reference.  LUT, DSP and fps are of the plan that
`sr2fpga plan NAME` makes without options.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from golden import networks
from golden.cli.ending import exit_status
from golden.networks.facts import facts_of, plans

PROG = "python -m golden.networks"


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split(": ", 1)[1])
    p.add_argument("--names", action="store_true", help="only the names, one a line")
    p.add_argument("--json", action="store_true", help="as JSON")
    return p


def entries() -> list[dict[str, Any]]:
    """One of each network: name, path, whether it ships, and its facts."""
    ships = set(networks.shipped())
    paths = networks.catalogue()
    return [{"name": path.stem, "path": str(path), "ships": path in ships} | asdict(facts_of(path)) for path in paths]


def table(found: Sequence[dict[str, Any]]) -> str:
    """The entries as lines of text."""
    width = max((len(one["name"]) for one in found), default=0)
    lines = [f"{'network':{width}}  {'dB':>6}  {'LUT':>7}  {'DSP':>5}  {'fps':>6}"]
    for one in found:
        cells = (_cell(one["psnr"], 6, ".2f"), _cell(one["lut"], 7, "d"), _cell(one["dsp"], 5, "d"), _cell(one["fps"], 6, ".1f"))
        lines.append("  ".join([f"{one['name']:{width}}", *cells, *([] if one["ships"] else [one["path"]])]))
    return "\n".join([*lines, "", f"dB: PSNR on Set5, 8-bit luma; LUT (estimated), DSP and fps: {plans()['target']}"])


def _cell(value: float | None, width: int, form: str) -> str:
    return f"{'-' if value is None else format(value, form):>{width}}"


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`."""
    found = entries()
    if arguments.names:
        print(*(one["name"] for one in found), sep="\n")
    elif arguments.json:
        print(json.dumps({"target": plans()["target"], "networks": found}, indent=1, allow_nan=False))
    else:
        print(table(found))
    return 0


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(arguments), (OSError,))


if __name__ == "__main__":
    sys.exit(main())
