"""A network whose meaning is the stand-in's: every pixel doubled in both directions, after a layer that passes luma on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from golden.spec import LUMA, IntLayer, IntNetwork, IntType, Term
from hls_export import DEVICES, HardwarePlan, Target
from hls_export.plan.plan import assemble
from rtl_tb.bench.design import Design, from_folder

FOLDER = Path(__file__).parent / "standin"
RTL = Path(__file__).parents[2] / "hls_export" / "rtl"
TARGET = Target(width=40, height=36, fps=60.0, clock_mhz=5.0, device=DEVICES["zu3eg"], engine="folded")


def network() -> IntNetwork:
    return IntNetwork((_ones("conv0", "conv", 1), _ones("deconvolution", "deconv", 2)))


def plan() -> HardwarePlan:
    """One clock a pixel, so that a beat is four pixels and odd widths leave part of the last one empty."""
    return assemble(network(), TARGET, 1_500)


def folder(to: Path) -> Path:
    """The stand-in beside the parts of the RTL library that it is built from."""
    for path in (FOLDER / "nearest.sv", RTL / "video_input.sv", RTL / "skid_buffer.sv"):
        (to / path.name).write_bytes(path.read_bytes())
    return to


def design(to: Path) -> Design:
    return from_folder(network(), plan(), folder(to), "nearest")


def _ones(name: str, kind: str, size: int) -> IntLayer:
    """A layer whose output is its input, at each of the size x size places it covers."""
    one = np.ones(1, dtype=np.int64)
    return IntLayer(
        name=name,
        kind="deconv" if kind == "deconv" else "conv",
        terms=(Term("previous", np.ones((1, 1, size, size), dtype=np.int64), IntType(8, signed=True)),),
        bias=one * 0,
        positive_multiplier=one,
        negative_multiplier=one,
        shift=one * 0,
        input=LUMA,
        output=LUMA,
        stride=size,
    )
