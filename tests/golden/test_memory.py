"""Whole frames in bounded memory, measured from outside: the peak of a fresh process that runs one frame."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")
MEASURE = """
import numpy as np
from golden import model
from pathlib import Path
from tests.strategies import fsrcnn, noise

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

model.STRIPE_PIXELS = {stripe_pixels}
network, frame = fsrcnn(), noise({height}, {width})
image_bytes = frame.nbytes * network.scale**2
model.run(network, frame[:4, :4])
before = peak()
output = model.run(network, frame)
assert output.shape == (2 * {height}, 2 * {width}) and output.std() > 0
print(peak() - before - image_bytes)
"""
# VmHWM belongs to one program; getrusage's maxrss starts at the peak of the process that forked it, here pytest's.

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason=f"{STATUS}: the peak memory of a process is read there")


def peak_above_the_images(width: int, height: int, stripe_pixels: int = 8192) -> int:
    """Bytes of the peak of `run` over the network of the paper, above the frame and its output."""
    code = MEASURE.format(width=width, height=height, stripe_pixels=stripe_pixels)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
def test_a_1920x1080_frame_takes_less_than_1_gib_above_the_images() -> None:
    assert 0 < peak_above_the_images(1920, 1080) < 2**30


def test_the_peak_is_that_of_a_stripe_and_the_measurement_sees_a_whole_frame() -> None:
    striped = peak_above_the_images(320, 640)
    assert 0 < striped < 2**27
    assert peak_above_the_images(320, 640, stripe_pixels=10**9) > 4 * striped
