"""The compiled executor's time of a whole frame against the golden model and onnxruntime float32 of the same network, in one run,
and the peak memory of `golden.upscale` for a picture: gray, colour, colour with transparency.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import golden
from benchmarks.speed import interleaved
from golden import networks
from golden.compiled import Program
from golden.compiled.instructions import here

CHILD = """
import sys
from pathlib import Path
from golden import upscale
assert upscale.main(sys.argv[1:]) == 0
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), file=sys.stderr)
"""
"""VmHWM is the peak of one program; that of getrusage would begin at the peak of this one, which has torch."""


def peak_bytes(path: Path, width: int, height: int, mode: str) -> int:
    """The peak memory of a process that enlarges a picture of this size; mode: L, RGB or RGBA."""
    from PIL import Image

    small = np.random.default_rng(0).integers(0, 256, (-(-height // 8), -(-width // 8), 4), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        large = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).convert(mode)
        large.save(f"{folder}/in.png", compress_level=1)
        command = [sys.executable, "-c", CHILD, f"{folder}/in.png", f"{folder}/out.tiff", "--network", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stderr.splitlines()[-1])


def rivals_of(network: golden.IntNetwork, frame: np.ndarray, threads: int) -> interleaved.Rivals:
    """Every way to compile that this CPU runs, the fastest on one thread too, golden, onnxruntime."""
    import torch

    from benchmarks.speed.golden_speed import float_twin, onnxruntime_of
    from qat.model.shape import UNIT

    programs = {f"compiled {one.name}": Program(network, one, threads=threads) for one in here()}
    programs[f"compiled {here()[0].name}, one thread"] = Program(network, threads=1)
    expected = golden.run(network, frame)
    for name, program in programs.items():
        if not np.array_equal(program.run(frame), expected):
            raise SystemExit(f"{name}: not the golden model's integers")
    found: interleaved.Rivals = {name: lambda program=program: program.run(frame) for name, program in programs.items()}
    found["golden"] = lambda: golden.run(network, frame)
    with torch.inference_mode():
        luma = torch.from_numpy(frame * np.float32(UNIT))[None, None]
        found["onnxruntime float32"] = onnxruntime_of(float_twin(network), luma, threads)
    return found


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.speed.compiled_speed", description=__doc__)
    p.add_argument("--network", default="fsrcnn-r-x2-w8a8", help="file or shipped name (fsrcnn-r-x2-w8a8)")
    p.add_argument("--sizes", nargs="+", default=["256x256", "1920x1080"], metavar="WxH", help="LR frames (256x256 1920x1080)")
    p.add_argument("--picture", default="3840x2160", metavar="WxH", help="picture of the memory (3840x2160)")
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--threads", type=int, default=2)
    arguments = p.parse_args()
    path = networks.named(arguments.network)
    network = golden.load(path)
    print(f"{network}\n{interleaved.machine()}, {arguments.threads} threads")
    for size in arguments.sizes:
        width, height = (int(part) for part in size.split("x"))
        frame = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
        seconds = interleaved.measure(rivals_of(network, frame, arguments.threads), arguments.rounds)
        print(interleaved.report(f"{size} to x{network.scale}", seconds, f"compiled {here()[0].name}"))
    width, height = (int(part) for part in arguments.picture.split("x"))
    for mode in ("L", "RGB", "RGBA"):
        peak = peak_bytes(path, width, height, mode)
        each = peak / (width * height * network.scale**2)
        print(f"{arguments.picture} {mode} to x{network.scale}: peak {peak / 2**20:.0f} MiB, {each:.1f} bytes per output pixel")
    print(interleaved.machine())


if __name__ == "__main__":
    main()
