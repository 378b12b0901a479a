"""`python -m benchmarks.speed.refusal_speed [NETWORK]`: seconds of a plan that fits its device, and of refusals by smaller ones.

A plan is timed with its schedule; a refusal with everything that it proposes.  Fails when a refusal takes longer than twice a plan.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import golden
from golden import networks
from golden.spec import IntNetwork
from hls_export import DEVICES, ExportError, Target, make_plan

FITS = Target(1920, 1080, 60.0, 300.0, DEVICES["zu15eg"], engine="folded")
REPEATS = 3
MOST = 2.0


def seconds(network: IntNetwork, target: Target) -> tuple[float, str]:
    """The least of REPEATS times, and what was decided; every time from the arrays, nothing kept from the one before."""
    taken, said = [], ""
    for _ in range(REPEATS):
        fresh = IntNetwork(tuple(replace(layer) for layer in network.layers))
        start = time.perf_counter()
        try:
            said = f"{make_plan(fresh, target).schedule.finished['video_output']} clocks latency"
        except ExportError as error:
            said = str(error).split(". What would: ")[-1]
        taken.append(time.perf_counter() - start)
    return min(taken), said


def main(argv: Sequence[str] | None = None) -> int:
    """0 when no refusal takes longer than MOST plans."""
    parser = argparse.ArgumentParser("python -m benchmarks.speed.refusal_speed", description=__doc__)
    parser.add_argument("network", type=Path, nargs="?", default=Path("fsrcnn-r-x2-w8a8"), metavar="NETWORK")
    network = golden.load(networks.named(parser.parse_args(argv).network))
    plan, said = seconds(network, FITS)
    print(f"{FITS.device.name:8} planned in {plan:.2f} s: {said}")
    slow = False
    for name in ("zu3eg", "kv260", "zu7ev", "zu9eg"):
        refused, said = seconds(network, replace(FITS, device=DEVICES[name]))
        slow |= refused > MOST * plan
        print(f"{name:8} refused in {refused:.2f} s, {refused / plan:.2f} of a plan: {said}")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
