"""`python -m rtl_tb.timing`: the slowest paths of every engine of a network, or of its whole top, on an Artix-7 of speed grade -1.

python -m rtl_tb.timing NETWORK --limit 4.6
A model: cells by Yosys, their delays from its models, each net the same; nothing is placed or routed (report.py says how far it is
to be trusted).  With --limit, a slower path ends in status 1 and is named.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import golden
from golden import networks
from golden.atomic import write_text
from golden.cli.ending import exit_status
from golden.networks.argument import add_network, several
from golden.spec import NetworkError
from hls_export import ExportError, library, make_plan
from hls_export import options as plan_options
from hls_export.writers import sv
from rtl_tb.bench.design import Instance, instances
from rtl_tb.errors import BenchError
from rtl_tb.timing import page
from rtl_tb.timing.control import control
from rtl_tb.timing.delays import delays
from rtl_tb.timing.netlist import netlist
from rtl_tb.timing.page import Section
from rtl_tb.timing.paths import NET_PS, Timing
from rtl_tb.timing.report import BRACKET, ULTRASCALE_PLUS, Report, report

PROG = "python -m rtl_tb.timing"
NETWORK = "fsrcnn-r-x2-w4a4"
USER_ERRORS = (BenchError, ExportError, NetworkError, golden.ArchiveError, OSError)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 when a path is over the limit."""
    options = parser().parse_args(argv)
    return exit_status(PROG, lambda: _run(options), USER_ERRORS, "interrupted; what was synthesized is kept")


def _run(options: argparse.Namespace) -> int:
    if options.paths < 1:
        raise BenchError(f"paths {options.paths}; allowed at least 1")
    if options.limit is not None and not options.limit > 0:
        raise BenchError(f"limit {options.limit:g} ns; allowed above 0")
    found = []
    for design in _designs(options):
        found.append(Section(design.label, design.what, design.whole, timed(design.part, design.files, options.paths)))
        print("\n".join(_lines(found[-1].label, found[-1].report)), flush=True)
    if options.json:
        write_text(options.json, json.dumps([one.report.to_json() for one in found], indent=1, sort_keys=True) + "\n")
    if options.out:
        _write_page(options.out, found, options)
    over = [(one.label, path) for one in found for path in (one.report.over(options.limit) if options.limit else ())]
    for label, path in over:
        print(f"over {options.limit:g} ns: {label}: {path}", file=sys.stderr)
    return 1 if over else 0


def _write_page(folder: Path, found: Sequence[Section], options: argparse.Namespace) -> None:
    words = [*(_label(path) for path in several(options, otherwise=[NETWORK])), *(["--whole"] if options.whole else [])]
    words += [f"--only {name}" for name in options.only] + [f"--limit {options.limit:g}"] * (options.limit is not None)
    command = " ".join(["python -m rtl_tb.timing", *words, f"--out {folder}"])
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "timing.json", page.to_json(found, command))
    write_text(folder / "timing.md", page.to_markdown(found, command))
    print(f"{folder / 'timing.md'}: {len(found)} designs")


def timed(part: Instance, files: dict[str, bytes], paths: int) -> Report:
    """The report of one module with its parameters, from these sources and memories."""
    cells = netlist(part, files)
    return report(part.name, Timing(cells, delays(cells.cells)), paths)


@dataclass(frozen=True)
class Design:
    """What is timed: a module with its parameters, its sources, and how it is called."""

    label: str
    what: str
    whole: bool
    part: Instance
    files: dict[str, bytes]


def _designs(options: argparse.Namespace) -> Iterator[Design]:
    if options.out:
        for name, part in control().items():
            values = ", ".join(f"{key} {value}" for key, value in part.parameters.items())
            yield Design(name, values or "its own", False, part, library.files(library.RTL))
    for path in several(options, otherwise=[NETWORK]):
        yield from _of_network(path, options)


def _label(path: Path) -> str:
    """What asks for the network in `path`: its name where it ships."""
    return path.stem if path in networks.shipped() else str(path)


def _of_network(name: Path, options: argparse.Namespace) -> Iterator[Design]:
    network = golden.load(name)
    plan = make_plan(network, plan_options.target(options))
    files = sv.sources(network, plan)
    what = f"{plan.network}, frames of {plan.target.width}x{plan.target.height}"
    if options.whole:
        yield Design(name.stem, what, True, Instance(name.stem, sv.TOP, {"PACKED": "1"}), files)
        return
    parts = instances(files[f"{sv.TOP}.sv"].decode())
    unknown = sorted(set(options.only) - parts.keys())
    if unknown:
        raise BenchError(f"no process {', '.join(unknown)}; allowed {', '.join(parts)}")
    for process, part in parts.items():
        if not options.only or process in options.only:
            yield Design(process, what, False, part, files)


def _lines(label: str, one: Report) -> Iterator[str]:
    low, high = (factor * one.mhz for factor in BRACKET)
    there = ", ".join(f"{factor * one.mhz:.0f} MHz at {grade}" for grade, (factor, _) in ULTRASCALE_PLUS.items())
    yield f"{label}: {one.ps / 1000:.3f} ns, {one.mhz:.0f} MHz ({low:.0f} to {high:.0f}); UltraScale+ {there}"
    yield from (f"  {path}" for path in one.slowest)
    yield "  by module, ns: " + ", ".join(f"{module} {ps / 1000:.2f}" for module, ps in one.modules.items())
    yield "  fan-out: " + ", ".join(f"{name} {pins}" for name, pins in one.fan_out)
    if one.dsp_registers:
        yield "  DSPs by their registers: " + ", ".join(f"{number} with {names}" for names, number in one.dsp_registers.items())
    if one.unregistered_reads:
        yield "  block RAM read through logic: " + ", ".join(one.unregistered_reads)


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    sources = "; ".join(f"UltraScale+ {grade}: times {factor}, {source}" for grade, (factor, source) in ULTRASCALE_PLUS.items())
    p = argparse.ArgumentParser(
        prog,
        description="Static timing of every engine as Artix-7 cells.",
        epilog=f"Each net takes {NET_PS} ps. {sources}.",
    )
    add_network(p, "*", otherwise=NETWORK)
    p.add_argument("--only", action="append", default=[], metavar="NAME", help="only this process; may be given again")
    p.add_argument("--whole", action="store_true", help="the whole top, with the paths between engines")
    p.add_argument("--limit", type=float, metavar="NS", help="end with status 1 when a path takes longer")
    p.add_argument("--paths", type=int, default=5, metavar="N", help="paths and fan-outs listed of each (5)")
    p.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    p.add_argument("--out", type=Path, metavar="DIR", help="write timing.md and timing.json there, control in front")
    plan_options.add_target(p)
    return p


if __name__ == "__main__":
    sys.exit(main())
