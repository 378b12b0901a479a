"""`python -m rtl_tb`: simulate the hardware of a network and hold every layer against golden.

python -m rtl_tb NETWORK --resolution 1920x1080 --sim verilator --crop 96x64 --stalls random --seeds 20
python -m rtl_tb NETWORK --dut DIR --top NAME
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import golden
from golden.atomic import write_text
from golden.cli.ending import exit_status, short
from golden.networks.argument import add_network, chosen
from golden.pictures.bicubic import to_uint8
from golden.pictures.images import ImageError, find_images, read_image
from golden.pictures.luma import luma
from golden.spec import IntNetwork, NetworkError
from hls_export import ExportError, make_plan
from hls_export import options as plan_options
from hls_export.colour.plan import FORMATS, make_colour
from rtl_tb.bench import design as designs
from rtl_tb.bench.design import Design
from rtl_tb.bench.harness import INPUT, OUTPUT
from rtl_tb.bench.measure import Measured, measure
from rtl_tb.bench.run import SIMULATORS, Bench, Outcome
from rtl_tb.bench.wave import EVERYTHING, Wave, asked, save_views
from rtl_tb.errors import BenchError, MissingToolError
from rtl_tb.mutants import exported as rtl_mutants
from rtl_tb.stimulus import scenarios, stalls
from rtl_tb.stimulus.scenarios import Scenario, Setting
from rtl_tb.stimulus.video_model import Frame
from rtl_tb.tools.simulator import Simulator

PROG = "python -m rtl_tb"
USER_ERRORS = (BenchError, ExportError, NetworkError, ImageError, golden.ArchiveError, OSError)


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Returns 0 when every run agreed with golden and something was compared; 1 otherwise, or after one line that says why not."""
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: _run(arguments), USER_ERRORS)


def _run(options: argparse.Namespace) -> int:
    if options.mutants:
        return _mutants(options.sim)
    path = chosen(options)
    network = golden.load(path)
    design = _design(network, options)
    wanted = _scenarios(network, design, options)
    patterns = stalls.chosen(options.stalls, options.seeds)
    plan = design.plan
    print(f"{path}: {network}")
    print(
        f"{design.top}: II {plan.initiation_interval}, frames up to {plan.target.width}x{plan.target.height}, "
        f"{_seen(design, options)}"
    )
    outcomes: list[Outcome] = []
    for name in tuple(SIMULATORS) if options.sim == "both" else (options.sim or "verilator",):
        outcomes += _simulate(design, name, wanted, patterns, options)
    differing = _time_differences(outcomes)
    numbers = [found for found in (measure(plan, outcome) for outcome in outcomes) if found and not options.colour]
    print(*differing, *numbers, sep="\n") if differing or numbers else None
    if options.json:
        write_text(options.json, json.dumps(_facts(design, outcomes, numbers), indent=1) + "\n")
    return _summary(options.name, outcomes, [] if options.dut else numbers, differing)


def _mutants(sim: str | None) -> int:
    """Icarus builds in no time, so it comes first where it is installed and nothing else is asked for."""
    names = [sim] if sim is not None and sim in SIMULATORS else ["icarus", "verilator"]
    for name in names:
        simulator = SIMULATORS[name]()
        try:
            simulator.available()
        except MissingToolError:
            if name == names[-1]:
                raise
            continue
        break
    uncaught = rtl_mutants.report(simulator)
    print(f"{uncaught} faults were not caught" if uncaught else f"every fault was caught, in {simulator.name}")
    return 1 if uncaught else 0


def _design(network: IntNetwork, options: argparse.Namespace) -> Design:
    target = plan_options.target(options)
    if options.colour:
        if options.dut or options.top or options.image:
            raise BenchError("--colour with --dut, --top or --image; allowed alone")
        return designs.coloured(network, make_colour(network, target))
    plan = make_plan(network, target)
    if options.dut is None and options.top is None:
        return designs.exported(network, plan)
    if options.dut is None or options.top is None:
        raise BenchError("--dut without --top, or the reverse; allowed both or neither")
    return designs.from_folder(network, plan, options.dut, options.top)


def _seen(design: Design, options: argparse.Namespace) -> str:
    if options.output_only or not design.taps:
        return "the output alone"
    return f"{len(design.taps)} inner streams and the output"


def _scenarios(network: IntNetwork, design: Design, options: argparse.Namespace) -> list[Scenario]:
    target = design.plan.target
    setting = Setting(network, (target.height, target.width), design.input_samples, design.components)
    given = [setting.sent(name, [setting.fitting(frame)]) for name, frame in _given_frames(setting, options).items()]
    names = options.frames.split(",") if options.frames else [] if given else list(scenarios.DEFAULT)
    return given + scenarios.chosen(names, setting)


def _given_frames(setting: Setting, options: argparse.Namespace) -> dict[str, Frame]:
    """The frames of --image and --crop by name."""
    frames: dict[str, Frame] = {}
    if options.image:
        frames = {path.name: to_uint8(luma(read_image(path))) for path in find_images(options.image)}
    elif options.crop:
        frames = golden.pictures.frames.photographs()
    if not options.crop:
        return {name: _held(setting, name, frame) for name, frame in frames.items()}
    width, height = plan_options.size(options.crop, "crop")
    if height < 1 or width < 1:
        raise BenchError(f"--crop {options.crop}; allowed at least 1x1")
    crop = Setting(setting.network, (height, width))
    cut = {name: crop.fitting(frame) for name, frame in frames.items()}
    return {f"{name} {part.shape[1]}x{part.shape[0]}": _held(setting, name, part) for name, part in cut.items()}


def _held(setting: Setting, name: str, frame: Frame) -> Frame:
    height, width = setting.limits
    if frame.shape[0] > height or frame.shape[1] > width:
        raise BenchError(f"{name}: {frame.shape[1]}x{frame.shape[0]} pixels; allowed --resolution {width}x{height}, or a --crop")
    return frame


def _simulate(
    design: Design, name: str, wanted: list[Scenario], patterns: list[stalls.Stalls], options: argparse.Namespace
) -> list[Outcome]:
    """Every scenario under every pattern, a line each; with --wave the first failure is the last run."""
    started = time.perf_counter()
    wave = asked(design, options.wave, options.wave_scope, options.wave_window) if options.wave else None
    bench = Bench(design, SIMULATORS[name](), taps=not options.output_only, twin=options.twin, wave=wave)
    print(f"{name}: built in {time.perf_counter() - started:.1f} s", flush=True)
    outcomes = []
    for scenario in wanted:
        for pattern in patterns:
            outcome = bench.run(scenario, pattern, all_taps=options.taps)
            outcomes.append(outcome)
            print(outcome, flush=True)
            if wave and not outcome.passed:
                break
        if wave and outcomes and not outcomes[-1].passed:
            break
    if wave:
        print(_kept(wave, design, bench.simulator))
    return outcomes


def _kept(wave: Wave, design: Design, simulator: Simulator) -> str:
    """Where the waveform and its views are; of the last run."""
    if not wave.path.is_file():
        return f"waveform: none, the run ended before clock {wave.first}"
    gtkwave, surfer = save_views(wave, design, simulator)
    return f"waveform: {wave.path} ({wave.path.stat().st_size} bytes); gtkwave {gtkwave}, or surfer {wave.path} -c {surfer}"


def _time_differences(outcomes: list[Outcome]) -> list[str]:
    """Runs whose beats came at other clocks in one simulator than in the other."""
    found: list[str] = []
    first: dict[tuple[str, str], Outcome] = {}
    for outcome in outcomes:
        other = first.setdefault((outcome.scenario.name, outcome.stalls), outcome)
        for stream in (INPUT, OUTPUT):
            ours, theirs = (one.dumps[stream].clock.tolist() if stream in one.dumps else [] for one in (outcome, other))
            if ours != theirs:
                found.append(
                    f"FAIL  {outcome.scenario.name}, stalls {outcome.stalls}: {stream} at other clocks in {outcome.simulator} than "
                    f"in {other.simulator}"
                )
    return found


def _summary(name: str, outcomes: list[Outcome], numbers: list[Measured], differing: list[str]) -> int:
    failed = [outcome for outcome in outcomes if not outcome.passed]
    compared = sum(outcome.compared for outcome in outcomes)
    frames = sum(outcome.expected.frames for outcome in outcomes)
    mismatches = sum(outcome.mismatches for outcome in outcomes)
    print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} runs agree with golden: {mismatches} mismatches in {compared} integers, "
        f"{frames} frames, {sum(outcome.clocks for outcome in outcomes)} clocks"
    )
    slower = [number for number in numbers if not number.equals_plan]
    if slower:
        print(f"{name}: {len(slower)} of {len(numbers)} measurements differ from the plan", file=sys.stderr)
    if not compared:
        print(f"{name}: nothing was compared", file=sys.stderr)
    return 0 if compared and not failed and not differing and not slower else 1


def _facts(design: Design, outcomes: list[Outcome], numbers: list[Measured]) -> dict[str, Any]:
    """What --json writes."""
    runs = [
        {
            "scenario": outcome.scenario.name,
            "stalls": outcome.stalls,
            "simulator": outcome.simulator,
            "frames": outcome.expected.frames,
            "clocks": outcome.clocks,
            "faults": outcome.faults,
            "streams": [asdict(stream) for stream in outcome.streams],
        }
        for outcome in outcomes
    ]
    measured = [
        asdict(one) | {"clocks_per_pixel": one.clocks_per_pixel, "planned": one.planned, "equals_plan": one.equals_plan}
        for one in numbers
    ]
    target = design.plan.target
    return {
        "network": design.network.hash,
        "top": design.top,
        "resolution": [target.width, target.height],
        "clocks_per_pixel": design.plan.clocks_per_pixel,
        "compared": sum(outcome.compared for outcome in outcomes),
        "mismatches": sum(outcome.mismatches for outcome in outcomes),
        "failed": sum(not outcome.passed for outcome in outcomes),
        "runs": runs,
        "measured": measured,
    }


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog, description=(__doc__ or "").split("\n\n")[0])
    p.set_defaults(name=short(prog))
    add_network(p)
    plan_options.add_target(p)
    p.add_argument("--frames", metavar="SETS", help=f"comma-separated: {', '.join(scenarios.SETS)} (all but 'whole')")
    p.add_argument("--image", nargs="+", metavar="PATH", help="send the luma of these images or folders instead")
    p.add_argument("--crop", metavar="WxH", help="send the middle of --image, or of the embedded photographs")
    p.add_argument("--stalls", default="all", metavar="NAME", help=f"{', '.join(stalls.NAMED)}, random or all (all)")
    p.add_argument("--seeds", type=int, default=3, metavar="K", help="random stall patterns (3)")
    p.add_argument("--sim", choices=(*SIMULATORS, "both"), help="simulator (verilator)")
    p.add_argument("--colour", choices=FORMATS, help="colour_top, three components of a pixel, instead of sr_top")
    p.add_argument("--dut", type=Path, metavar="DIR", help="test the sources in this folder instead of the exported RTL")
    p.add_argument("--top", metavar="NAME", help="their top module, with the ports of sr_top")
    p.add_argument(
        "--twin", action="store_true", help="multiply in the behavioural twin, which builds faster, instead of what is synthesized"
    )
    p.add_argument("--taps", action="store_true", help="compare hidden layers of large frames, too (many GB)")
    p.add_argument("--output-only", action="store_true", help="compare the output alone")
    p.add_argument(
        "--wave", type=Path, metavar="FILE", help="waveform, .fst or .vcd, of the first run that fails, or else the last"
    )
    p.add_argument(
        "--wave-scope", default=EVERYTHING, metavar="NAMES", help="all, top (its own signals) or processes, as top,conv1 (all)"
    )
    p.add_argument("--wave-window", metavar="FIRST:LAST", help="clocks that are kept, as 1000:2000 or 9000: (all)")
    p.add_argument("--mutants", action="store_true", help="plant faults in the RTL of a small network and show that each is caught")
    p.add_argument("--json", type=Path, metavar="FILE", help="write results and measured numbers here as well")
    return p


if __name__ == "__main__":
    sys.exit(main())
