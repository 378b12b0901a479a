"""`python -m tests.agreement_matrix`: every executor against golden for W/A in 8, 6, 4, 2, scales 2, 3, 4, both kinds of scales.

Full-size FSRCNN(56, 12, 4) students with random weights, calibrated and frozen.  Brevitas and onnxruntime are held against the
whole frames of `golden.compare` in every layer, 1.37 million output pixels over the three scales; the slow executors get middles.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from pathlib import Path

import golden
from golden import compare, executors
from golden.executors import Source, Unavailable
from qat.quantizing.freeze import freeze
from qat.training.float_student import save_student
from tests import strategies
from tests.qat import tiny

FAST = ("brevitas", "onnx")


def network_of(folder: Path, bits: int, scale: int, kind: str) -> Source:
    """A frozen full-size network and its student, in files."""
    recipe = tiny.recipe(
        network__d=56, network__s=12, network__m=4, network__scale=scale, quantization__bits=bits, quantization__scales=kind
    )
    student = tiny.calibrated(recipe)
    network, path = freeze(student), folder / "network.npz"
    golden.save(network, path)
    save_student(student, network.hash, path.with_suffix(".safetensors"))
    return Source(network, path)


def main() -> int:
    p = argparse.ArgumentParser(prog="python -m tests.agreement_matrix", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("--pixels", type=int, default=0, help="noise for the fast executors beyond the frames of golden.compare (0)")
    p.add_argument("--slow-pixels", type=int, default=300, help="LR pixels of a frame that the slow executors get (300)")
    arguments = p.parse_args()
    failed = 0
    print("| W/A | scale | weight scales | executor | output pixels | integers | mismatches |")
    print("| --- | --- | --- | --- | ---: | ---: | ---: |")
    for bits, scale, kind in itertools.product((8, 6, 4, 2), (2, 3, 4), ("power-of-two", "dyadic")):
        with tempfile.TemporaryDirectory() as folder:
            source = network_of(Path(folder), bits, scale, kind)
            on = compare.default_frames(source.network)
            more = {f"noise {i}": strategies.noise(160, 160, i) for i in range(-(-arguments.pixels // (160 * scale) ** 2))}
            for name, point in executors.known().items():
                try:
                    executor = executors.open_executor(point, source)
                except Unavailable as error:
                    print(f"| {bits} | x{scale} | {kind} | {name} | not run: {error.reason} | | |")
                    continue
                frames, limit = (
                    (on | more, None) if name in FAST else (on, min(arguments.slow_pixels, executor.max_pixels or 2**30))
                )
                result = compare.trace_verdict(source.network, name, executor.trace, frames, limit)
                print(
                    f"| {bits} | x{scale} | {kind} | {name} | {result.output_pixels} | {result.compared} | {result.mismatches} |",
                    flush=True,
                )
                failed += not result.agrees
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
