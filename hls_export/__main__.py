"""`python -m hls_export`: write the export of a network, or verify one.

python -m hls_export NETWORK --out DIR --resolution 1920x1080 --fps 60 --clock-mhz 300 --device zu15eg
python -m hls_export verify DIR
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

import golden
from golden.cli.ending import exit_status
from golden.networks.argument import add_network, chosen
from golden.spec import NetworkError
from hls_export import ExportError, HardwarePlan, make_plan
from hls_export import options as options_
from hls_export.colour.plan import FORMATS, colour_target
from hls_export.csim.frames import MODES
from hls_export.folder import verify, write
from hls_export.report.rtl import read_measured

PROG = "python -m hls_export"
USER_ERRORS = (ExportError, NetworkError, golden.ArchiveError, OSError)


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Returns 0 when the folder was written, or verified; 1 after one line that says why not."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    work = (lambda: _verify(arguments[1:], prog)) if arguments[:1] == ["verify"] else (lambda: _export(arguments, prog))
    return exit_status(prog, work, USER_ERRORS, "interrupted, nothing was written")


def _export(arguments: Sequence[str], prog: str) -> int:
    options = parser(prog).parse_args(arguments)
    wanted = options_.target(options)
    path = chosen(options)
    network = golden.load(path)
    plan = make_plan(network, colour_target(network, wanted) if options.colour else wanted)
    measured = read_measured(options.measured, plan) if options.measured else None
    write(network, plan, options.out, mode=options.vectors, facts=_facts(path), measured=measured, colour=options.colour)
    print(summary(plan, options.out))
    return 0


def _verify(arguments: Sequence[str], prog: str) -> int:
    p = argparse.ArgumentParser(f"{prog} verify", description="Check an exported folder against its manifest.")
    p.add_argument("folder", type=Path, metavar="DIR")
    folder = p.parse_args(arguments).folder
    print(f"{folder}: {verify(folder)} files as they were written, network.npz is the manifest's")
    return 0


def summary(plan: HardwarePlan, out: Path) -> str:
    """What was decided, in a few lines."""
    target, need = plan.target, plan.resources
    luts = target.device.luts(need.lut)
    return "\n".join(
        [
            f"{out}: {plan.network}",
            f"{target.width}x{target.height} to {target.width * plan.scale}x{target.height * plan.scale}: II "
            f"{plan.initiation_interval}{_pixels(plan)}, {plan.clocks_per_frame} clocks a frame, {plan.fps:.1f} fps at "
            f"{target.clock_mhz:g} MHz (asked {target.fps:g})",
            f"{target.device.name}: {need.dsp} of {target.device.dsp} DSP; estimated {luts} of {target.device.lut} LUT, "
            f"{need.bram36} of {target.device.bram36} BRAM36, {need.uram} of {target.device.uram} URAM",
            *_live(plan),
            f"next: make -C {quote(str(out))} csim",
        ]
    )


def _live(plan: HardwarePlan) -> list[str]:
    """The clock of a live source of the asked format, where there is one."""
    if plan.target.live is None:
        return []
    clocks, mhz = plan.target.live
    size = f"{plan.target.width}x{plan.target.height} at {plan.target.fps:g} fps"
    if plan.initiation_interval == 1:
        return [f"a live source of {size}{_pixels(plan)} keeps step at its own pixel clock: {mhz:g} MHz, {clocks:g} clocks a line"]
    return [f"a live source of {size}{_pixels(plan)} needs {plan.initiation_interval} x its pixel clock of {mhz:g} MHz"]


def _pixels(plan: HardwarePlan) -> str:
    pixels = plan.target.pixels_per_clock
    return "" if pixels == 1 else f" of {pixels} pixels"


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog,
        description="Write a network as HLS C++ and SystemVerilog, weights, test vectors and a report. 'verify DIR' checks one.",
    )
    add_network(p)
    p.add_argument("--out", type=Path, required=True, metavar="DIR", help="new or empty folder")
    options_.add_target(p)
    p.add_argument("--colour", choices=FORMATS, help="RTL that takes and gives YCbCr 4:4:4, 8 bits a sample (luma alone)")
    p.add_argument("--vectors", default="small", choices=MODES, help="frames in vectors/ (small)")
    p.add_argument("--measured", type=Path, metavar="FILE", help="JSON of python -m rtl_tb --json, for the report")
    return p


def _facts(path: Path) -> dict[str, Any] | None:
    """The training facts beside a network file, None when there are none."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return None
    try:
        facts = json.loads(beside.read_text())
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{beside}: not JSON ({error})") from error
    return facts if isinstance(facts, dict) else None


if __name__ == "__main__":
    sys.exit(main())
