"""`python -m tests.agreement_matrix`: every executor against golden for W/A in 8, 6, 4, 2 and scales 2, 3, 4.

Full-size FSRCNN(56, 12, 4) students with random weights, calibrated and frozen.  Brevitas and onnxruntime are held against the
whole frames of `golden.compare` in every layer, 1.37 million output pixels over the three scales; the slow executors get middles.
"""

from __future__ import annotations

import argparse
import itertools
import sys

from golden import compare, executors
from golden.executors import Source, Unavailable
from golden.spec import IntNetwork
from qat.quantizing.freeze import freeze
from tests import strategies
from tests.qat import tiny

FAST = ("brevitas", "onnx")


def network_of(bits: int, scale: int) -> IntNetwork:
    """A frozen full-size network."""
    return freeze(tiny.of_width(bits, network__d=56, network__s=12, network__m=4, network__scale=scale))


def main() -> int:
    p = argparse.ArgumentParser(prog="python -m tests.agreement_matrix", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("--pixels", type=int, default=0, help="noise for the fast executors beyond the frames of golden.compare (0)")
    p.add_argument("--slow-pixels", type=int, default=300, help="LR pixels of a frame that the slow executors get (300)")
    arguments = p.parse_args()
    failed = 0
    print("| W/A | scale | executor | output pixels | integers | mismatches |")
    print("| --- | --- | --- | ---: | ---: | ---: |")
    for bits, scale in itertools.product((8, 6, 4, 2), (2, 3, 4)):
        network = network_of(bits, scale)
        on = compare.default_frames(network)
        more = {f"noise {i}": strategies.noise(160, 160, i) for i in range(-(-arguments.pixels // (160 * scale) ** 2))}
        for name, point in executors.known().items():
            try:
                executor = executors.open_executor(point, Source(network))
            except Unavailable as error:
                print(f"| {bits} | x{scale} | {name} | not run: {error.reason} | | |")
                continue
            fast = name in FAST
            limit = None if fast else min(arguments.slow_pixels, executor.max_pixels or 2**30)
            result = compare.trace_verdict(network, name, executor.trace, on | more if fast else on, limit)
            print(f"| {bits} | x{scale} | {name} | {result.output_pixels} | {result.compared} | {result.mismatches} |", flush=True)
            failed += not result.agrees
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
