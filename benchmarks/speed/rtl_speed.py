"""`python -m benchmarks.speed.rtl_speed [NETWORK]`: simulated clocks and LR pixels per second of each simulator, in turn.

Verilator with the weights as adders and as folded multipliers (their faster twin; as the hardware has them with --synthesized), on
the network given; Verilator and Icarus on a small network.  Every run is compared with golden before its time counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

import golden
from benchmarks.speed import interleaved
from golden import networks
from hls_export.csim.executor import planned
from rtl_tb.bench.design import Design, exported
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus import small
from rtl_tb.stimulus.scenarios import Scenario, Setting, back_to_back
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.verilator import Verilator


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.rtl_speed", description=__doc__)
    parser.add_argument("network", type=Path, nargs="?", help="network file; without it the shipped 8-bit x2 network")
    parser.add_argument("--height", type=int, default=96)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--synthesized", action="store_true", help="also the multipliers that are synthesized (minutes to build)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    network = golden.load(options.network or networks.find(model="fsrcnn"))
    adders, folded = (exported(network, planned(network, 1080, 1920, engine)) for engine in ("adders", "folded"))
    tiny = small.network(*small.WIDE)
    little = exported(tiny, small.planned(tiny))
    forms = {
        "adders": Bench(adders, Verilator(), taps=False),
        "adders, every layer dumped": Bench(adders, Verilator()),
        "folded, twin": Bench(folded, Verilator(), taps=False, twin=True),
    }
    if options.synthesized:
        forms["folded, as synthesized"] = Bench(folded, Verilator(), taps=False)
    print(f"{interleaved.machine()}\n{network}, II {adders.plan.clocks_per_pixel} and {folded.plan.clocks_per_pixel}")
    found = compare(forms, _frame(adders, options.height, options.width), options.rounds)
    print(f"{tiny}, II {little.plan.clocks_per_pixel}")
    both = {"Verilator": Bench(little, Verilator()), "Icarus": Bench(little, Icarus())}
    found += compare(both, _frame(little, small.HEIGHT, small.WIDTH), options.rounds)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _frame(design: Design, height: int, width: int) -> Scenario:
    target = design.plan.target
    frame = Setting(design.network, (target.height, target.width)).noise(height, width)
    return back_to_back("noise", [frame])


def compare(benches: dict[str, Bench], scenario: Scenario, rounds: int) -> list[dict[str, object]]:
    """A line for each bench, run in turn: the median of the simulation alone.  Raises ValueError when one disagrees with golden."""
    seconds: dict[str, list[float]] = {name: [] for name in benches}
    clocks: dict[str, int] = {}
    for _ in range(rounds):
        for name, bench in benches.items():
            outcome = bench.run(scenario)
            if not outcome.passed:
                raise ValueError(str(outcome))
            seconds[name].append(outcome.seconds)
            clocks[name] = outcome.clocks
    pixels, found = outcome.expected.pixels, []
    for name, times in seconds.items():
        median = statistics.median(times)
        speed = f"{clocks[name] / median:10.0f} clocks/s {pixels / median:10.0f} LR pixels/s"
        print(f"  {name:32} {speed}   {median:7.2f} s for {clocks[name]} clocks")
        found.append({"what": name, "clocks": clocks[name], "pixels": pixels, "seconds": median})
    return found


if __name__ == "__main__":
    sys.exit(main())
