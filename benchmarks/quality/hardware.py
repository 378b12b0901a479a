"""`python -m benchmarks.quality.hardware`: what the plan of every shipped network takes, as golden/networks/hardware.json.

The plans are those that `sr2fpga plan NAME --device zu15eg` prints.  So `golden` knows LUTs without the package that plans.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden
from golden import networks
from golden.atomic import strict_json, write_text
from golden.cli.ending import exit_status
from golden.networks import facts
from hls_export import ExportError, Target
from hls_export import options as options_
from hls_export.plan.devices import DEVICES
from hls_export.plan.target import LOWEST
from hls_export.plans import OUTPUT, low_resolution, row

PROG = "python -m benchmarks.quality.hardware"
FPS = 60.0
TARGET = f"a plan for {OUTPUT[0]}x{OUTPUT[1]} at {FPS:g} fps on {options_.DEVICE}"


def plan_of(path: Path) -> dict[str, Any]:
    """LUT, DSP and fps of the shipped network in a file.  Raises ExportError where the device does not hold it."""
    network = golden.load(path)
    width, height = options_.size(low_resolution(network.scale), "resolution")
    found = row(path.stem, None, network, Target(width, height, FPS, LOWEST, DEVICES[options_.DEVICE]))
    if not found.fits:
        raise ExportError(f"{path.stem}: {found.reason}; allowed a target that holds every network that ships")
    return {"lut": found.lut, "dsp": found.dsp, "fps": found.fps}


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("--out", type=Path, default=facts.TABLE, metavar="FILE", help="where the table goes (the package's own)")
    arguments = p.parse_args(argv)

    def run() -> int:
        found = {golden.load(path).hash: plan_of(path) for path in networks.shipped()}
        write_text(arguments.out, strict_json({"target": TARGET, "networks": found}, sort_keys=True))
        print(f"{arguments.out}: {len(found)} networks")
        return 0

    return exit_status(prog, run, (ExportError, golden.ArchiveError, OSError))


if __name__ == "__main__":
    sys.exit(main())
