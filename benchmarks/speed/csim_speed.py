"""`python -m benchmarks.speed.csim_speed [NETWORK]`: LR pixels per second of the C simulation, against golden in the same run.

The C simulation is one thread that works off one pixel after the other and checks every sum for overflow: the weights as adders
(also a row of pixels at a time, by the same function over rows), or one pair of integers multiplied after the other, every DSP
packed and unpacked.  With SR_PLAIN_MULTIPLY the packing is left out, the integers are the same.  Golden is NumPy on BLAS.
Both outputs are compared pixel by pixel before a time is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import golden
from golden import networks
from golden.spec import IntNetwork
from hls_export.csim import simulator
from hls_export.csim.executor import planned

BUILDS = {
    "csim, adders": ("adders", simulator.PLAIN),
    "csim, adders, a row at a time": ("adders", simulator.ROWS),
    "csim, packed as in hardware": ("folded", simulator.PLAIN),
    "csim, plain multiplications": ("folded", ("-O2", "-DSR_PLAIN_MULTIPLY")),
}


@dataclass(frozen=True)
class Measured:
    """LR pixels, seconds of the clock and of the processor."""

    what: str
    pixels: int
    seconds: float
    cpu_seconds: float

    @property
    def pixels_per_second(self) -> float:
        return self.pixels / self.seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path, nargs="?", help="network file; without it the shipped 8-bit x2 network")
    parser.add_argument("--height", type=int, default=120)
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    network = golden.load(options.network or networks.find(model="fsrcnn"))
    frame = np.random.default_rng(0).integers(0, 256, (options.height, options.width), dtype=np.uint8)
    results = measure(network, frame)
    macs = network.num_weights
    print(f"{network}; {options.width}x{options.height} LR pixels, {macs} multiply-accumulates each")
    for one in results:
        cpu = one.cpu_seconds / one.pixels / macs * 1e9
        ratio = one.pixels_per_second / results[0].pixels_per_second
        print(
            f"{one.what:32} {one.pixels_per_second:10.0f} LR pixels/s   {ratio:6.3f} of golden   {one.seconds:7.3f} s   "
            f"{cpu:6.3f} ns of CPU per MAC"
        )
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n")
    return 0


def measure(network: IntNetwork, frame: np.ndarray) -> list[Measured]:
    """Golden and every build of the C simulation on one frame.  Raises ValueError when the outputs differ."""
    golden.run(network, frame[:8])
    expected, first = _timed("golden (NumPy, BLAS)", frame.size, lambda: golden.run(network, frame))
    results = [first]
    for what, (engine, flags) in BUILDS.items():
        program = simulator.build(simulator.sources(network, planned(network, *frame.shape, engine)), flags)
        said, one = _timed(what, frame.size, lambda program=program: _output(program, network, frame))
        if not np.array_equal(said, expected):
            raise ValueError(f"{what} differs from golden")
        results.append(one)
    return results


def _output(program: Path, network: IntNetwork, frame: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "in", Path(folder) / "out"
        source.write_bytes(frame.tobytes())
        simulator.run(program, "run", *map(str, frame.shape), str(source), str(result))
        return np.fromfile(result, dtype=np.uint8).reshape([size * network.scale for size in frame.shape])


def _timed(what: str, pixels: int, work: Callable[[], np.ndarray]) -> tuple[np.ndarray, Measured]:
    start, cpu = time.perf_counter(), _cpu()
    result = work()
    return result, Measured(what, pixels, time.perf_counter() - start, _cpu() - cpu)


def _cpu() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    sys.exit(main())
