"""A term over the LR pixel in C simulation: golden's integers, the plan's clocks, a pixel FIFO exactly deep enough, mutants."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden.spec import IntNetwork, IntType
from hls_export import ExportError, HardwarePlan
from hls_export.csim import simulator
from hls_export.csim.frames import chosen
from hls_export.file_tree import write_files
from hls_export.plan.depths import deepened
from hls_export.plan.latency import hls
from hls_export.plan.plan import assemble
from hls_export.writers.vectors import vector_files
from tests.hls_export.conftest import TARGET
from tests.hls_export.csim import SIZES, TIMED, Program, check_sizes, counts, timed
from tests.strategies import STYLES, build_network


def _planned(
    scale: int, widths: tuple[int, ...], kernels: tuple[int, ...], alignment: int, budget: int
) -> tuple[IntNetwork, HardwarePlan]:
    network = build_network(3, scale, widths, kernels, residual=alignment)
    return network, assemble(network, TARGET, budget)


VARIANTS = {
    "x2, pixels finer": _planned(2, (4, 3), (3, 3, 9), 2, 6_000),
    "x3, sums finer": _planned(3, (4, 3), (5, 3, 9), -4, 6_000),
    "x4, one grid": _planned(4, (2, 5), (1, 3, 9), 0, 6_000),
    "x2, one clock a pixel": _planned(2, (4, 24), (3, 3, 9), -3, 1_600),
    "x2, serial": _planned(2, (4, 24), (3, 3, 9), 3, 100_000),
    "x3, kernel 8": _planned(3, (3, 26), (3, 3, 8), 0, 2_600),
    "x4, many channels": _planned(4, (3, 60), (3, 1, 9), 5, 6_000),
}
ALONE = _planned(2, (), (9,), 1, 6_000)
PACED = [name for name, (_, plan) in VARIANTS.items() if plan.raster.requantize_folds <= plan.engines[-1].folding.folds]
"""Those whose requantize is as fast as the last layer: it makes none wait, so each clock of the branches is the schedule's."""


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_layer_equals_golden(variant: str, program: Program) -> None:
    network, plan = VARIANTS[variant]
    assert check_sizes(program(network, plan), network, SIZES) > 0


@pytest.mark.parametrize("seed", range(8))
def test_any_network_equals_golden(seed: int, program: Program) -> None:
    """Shapes, types, multipliers, alignment and rate at random."""
    random = np.random.default_rng(2000 + seed)
    depth, scale = int(random.integers(0, 3)), int(random.integers(2, 5))
    widths = tuple(int(width) for width in random.integers(1, 30, depth))
    kernels = (*(int(kernel) for kernel in random.choice([1, 3, 5], depth)), int(random.integers(scale, 10)))
    hidden, weight_type = (IntType(int(bits), signed=True) for bits in random.integers(2, 9, 2))
    parts = {"hidden": hidden, "weight_type": weight_type, "style": STYLES[seed % len(STYLES)]}
    network = build_network(seed, scale, widths, kernels, residual=int(random.integers(-8, 9)), **parts)
    plan = assemble(network, TARGET, int(random.integers(5, 200)) * 36 * 40 * 2)
    assert check_sizes(program(network, plan), network, SIZES) > 0


def test_a_transposed_convolution_alone_equals_golden(program: Program) -> None:
    network, plan = ALONE
    assert check_sizes(program(network, plan), network, SIZES) > 0


@pytest.mark.parametrize("variant", PACED)
@pytest.mark.parametrize("size", [(36, 40), (7, 5)])
def test_clocks_and_depths_are_the_plans(variant: str, size: tuple[int, int]) -> None:
    network, plan = VARIANTS[variant]
    program = simulator.build(simulator.sources(network, plan), *TIMED)
    expected = plan.schedule_of(*size)
    counted, streams = counts(simulator.run(program, "count", *map(str, size)))
    assert {name: clocks for name, (clocks, _) in counted.items()} == expected.busy
    assert streams["m_axis_video"][2:] == (expected.first_output["video_output"], expected.finished["video_output"])
    assert streams["to_deconv"][2] == expected.first_output["pair"]
    assert streams["to_requantize"][2:] == (expected.first_output["deconv"], expected.finished["deconv"])
    for name, (depth, high_water, *_) in streams.items():
        if name.startswith("to_"):
            assert high_water <= depth == plan.pipeline.stream(name).depth


def _flowing(plan: HardwarePlan) -> HardwarePlan:
    """The plan of processes that hold nothing in flight."""
    size = plan.target.height, plan.target.width
    return replace(plan, pipeline=deepened(plan.pipeline.implemented(hls(0)), plan.raster, *size, 0))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_pixel_fifo_one_too_shallow_makes_the_frame_late(variant: str) -> None:
    """Where nothing is held in flight.  The delay holds one pixel itself, the stream before it two."""
    network, plan = VARIANTS[variant]
    flowing = _flowing(plan)
    enough = flowing.pipeline.stream("to_pair_pixel").depth - 3
    size = plan.target.height, plan.target.width
    assert _finished(timed(network, flowing, {"to_pair_pixel": enough}, "count", *size)) == plan.latency_clocks
    assert _finished(timed(network, flowing, {"to_pair_pixel": enough - 1}, "count", *size)) > plan.latency_clocks


def _finished(text: str) -> int:
    return counts(text)[1]["m_axis_video"][3]


FINER_PIXELS, FINER_SUMS = "x2, pixels finer", "x3, sums finer"
DELAY, ENGINE, NUMBERS, GRAPH = "hls/delay.h", "hls/overlap_add.h", "src/network.h", "src/graphs/deconv_graph.h"
WRITE = r"out.write\(moved\);"
LATER = "static Word last; if (position == 0) last = moved; out.write(last); last = moved;"
EVALUATE = r"Graph::template evaluate<ap_int, ap_uint>\(pixel, luma_\);"
BEFORE = "static typename Graph::Operand last[1]; Graph::template evaluate<ap_int, ap_uint>(last, luma_); last[0] = pixel[0];"
LOWEST_BIT = lambda found: f"{found[1]}{int(found[2]) ^ 1}"  # noqa: E731
MUTANTS: dict[str, tuple[str, str, str, Any]] = {
    "luma not centred": (FINER_SUMS, DELAY, r"- mid_gray", "- 0"),
    "mid-gray off by one": (FINER_SUMS, DELAY, "mid_gray = 128", "mid_gray = 127"),
    "a pixel late": (FINER_SUMS, DELAY, WRITE, LATER),
    "a pixel lost": (FINER_SUMS, DELAY, WRITE, "if (position > 0) out.write(moved);"),
    "the LR pixel's products dropped": (
        FINER_SUMS,
        ENGINE,
        r"typename L::Tap\(luma_\[tap\]\)",
        "typename L::Tap(luma_[tap] - luma_[tap])",
    ),
    "the channels' products dropped": (
        FINER_SUMS,
        ENGINE,
        r"typename L::Tap\(own\[tap\]\)",
        "typename L::Tap(own[tap] - own[tap])",
    ),
    "the LR pixel of the position before": (FINER_SUMS, ENGINE, EVALUATE, BEFORE),
    "taps of the LR pixel reversed": (FINER_SUMS, ENGINE, r"luma_\[tap\]", "luma_[L::kernel * L::kernel - 1 - tap]"),
    "the LR pixel's products one bit low": (FINER_SUMS, NUMBERS, "luma_shift = 4", "luma_shift = 3"),
    "the channels' products one bit low": (FINER_PIXELS, NUMBERS, "own_shift = 2", "own_shift = 1"),
    "a wrong shift in the graph": (FINER_SUMS, GRAPH, r"sr::shifted<(\d+)>", lambda found: f"sr::shifted<{int(found[1]) + 1}>"),
    "no bias": (FINER_SUMS, "src/weights/deconv.h", r"(requantize_deconv\[.*\n  \{)-?\d+", r"\g<1>0"),
    "multiplier flipped": (FINER_SUMS, "src/weights/deconv.h", r"(requantize_deconv\[.*\n  \{-?\d+, )(-?\d+)", LOWEST_BIT),
    "the LR pixel below the channels": (FINER_SUMS, "hls/pair.h", r"word.range\(top \+ 7, top\)", "word.range(top - top + 7, 0)"),
}
"""Variant, file, what it says, and what it says instead."""


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The vectors folder of each variant that has mutants."""
    folders = {}
    for name in (FINER_PIXELS, FINER_SUMS):
        network, plan = VARIANTS[name]
        folders[name] = tmp_path_factory.mktemp("vectors")
        write_files(folders[name], vector_files(network, chosen(network, plan.target.height, plan.target.width)))
    return folders


@pytest.mark.parametrize("variant", [FINER_PIXELS, FINER_SUMS])
def test_the_vectors_agree_back_to_back_and_after_faults(variant: str, vectors: dict[str, Path], program: Program) -> None:
    simulation = program(*VARIANTS[variant])
    assert "0 mismatches" in simulator.run(simulation, "check", str(vectors[variant]))
    assert "4 protocol faults flagged" in simulator.run(simulation, "faults")


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutant_is_caught(mutant: str, vectors: dict[str, Path]) -> None:
    variant, path, said, instead = MUTANTS[mutant]
    files = simulator.sources(*VARIANTS[variant])
    changed, times = re.subn(said, instead, files[path].decode(), count=1)
    assert times == 1, f"{said} not found in {path}"
    program = simulator.build(files | {path: changed.encode()}, ("-O1",))
    with pytest.raises(ExportError, match="mismatches|does not fit|read from empty|left over"):
        simulator.run(program, "check", str(vectors[variant]))
