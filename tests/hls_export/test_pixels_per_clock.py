"""Several pixels per clock: the plan's clocks, words, memories and beats, the graphs that are one, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import golden
from golden.networks import named
from golden.spec import IntNetwork
from hls_export import DEVICES, ExportError, Target, make_plan
from hls_export.__main__ import main
from hls_export.adders.engine import sum_graph
from hls_export.plan.plan import HardwarePlan, in_rtl
from hls_export.plan.raster import beat_sizes
from hls_export.plan.target import LOWEST
from tests import networks
from tests.strategies import build_network

SMALL = golden.load(named("fsrcnn-s-r-x2-w4a4"))
UHD = Target(3840, 2160, 60.0, LOWEST, DEVICES["zu9eg"], pixels_per_clock=2)


@pytest.fixture(scope="module")
def plans() -> dict[int, HardwarePlan]:
    return {pixels: make_plan(SMALL, replace(UHD, fps=30.0, pixels_per_clock=pixels)) for pixels in (1, 2, 4)}


def test_uhd_to_8k_at_60_fps_is_planned_at_two_pixels_a_clock() -> None:
    plan = make_plan(golden.load(named("fsrcnn-r-x2-w4a4")), UHD)
    assert plan.target.clock_mhz == 249.07
    assert plan.clocks_per_frame == (2160 + 2) * 1920 + 1 == 4151041
    assert plan.resources.dsp == 0
    assert plan.target.live == (2200, 297.0)
    assert json.loads(plan.to_json())["target"]["pixels_per_clock"] == 2


def test_words_and_memories_are_p_times_as_wide_and_a_pth_as_deep(plans: dict[int, HardwarePlan]) -> None:
    one = plans[1]
    for pixels, plan in plans.items():
        assert plan.clocks_per_pixel == plan.initiation_interval / pixels == 1 / pixels
        assert plan.raster.beat_pixels == 4 * pixels
        for stream, narrow in zip(plan.pipeline.streams, one.pipeline.streams, strict=True):
            assert stream.width_bits == pixels * narrow.width_bits, stream.name
        lines = [[part for part in each.memories if "line buffers" in part.purpose] for each in (plan, one)]
        for wide, narrow in zip(*lines, strict=True):
            assert (wide.words, wide.width_bits) == (narrow.words // pixels, pixels * narrow.width_bits)


def test_pixels_that_a_width_lacks_take_a_whole_word(plans: dict[int, HardwarePlan]) -> None:
    for pixels, plan in plans.items():
        for width in (1, 2, 3, 5, 7, 16, 17):
            same = -(-width // pixels) * pixels
            assert plan.schedule_of(3, width).busy["extraction"] == plan.schedule_of(3, same).busy["extraction"]
            assert plan.schedule_of(3, width).busy["video_output"] == 6 * -(-2 * width // (4 * pixels))


@pytest.mark.parametrize(
    "network", [networks.network((3, 4), (3, 1, 9)), build_network(24, 3, (3, 5), (3, 1, 9), residual=-5)], ids=str
)
def test_a_graph_of_several_pixels_is_each_pixels_own(network: IntNetwork) -> None:
    """On the operands of two neighbours the graph gives what that of one gives on each of them."""
    random = np.random.default_rng(3)
    for layer in network.layers:
        one, two = sum_graph(layer), sum_graph(layer, 2)
        kernel, into = layer.kernel, len(one.inputs) // (layer.kernel**2 if layer.kind == "conv" else 1)
        if layer.kind == "conv":
            window = random.integers(layer.input.min, layer.input.max + 1, (9, kernel, kernel + 1, into))
            parts = [one.evaluate(window[:, :, p : p + kernel].reshape(9, -1)) for p in (0, 1)]
            assert (two.evaluate(window.reshape(9, -1)) == np.concatenate(parts, axis=1)).all()
            continue
        least, most = ([getattr(kind, end) for kind in one.inputs] for end in ("min", "max"))
        pixels = random.integers(least, np.array(most) + 1, (9, 2, into))
        expected = np.zeros((9, kernel, kernel + layer.stride), dtype=np.int64)
        for p in (0, 1):
            expected[:, :, p * layer.stride : p * layer.stride + kernel] += one.evaluate(pixels[:, p]).reshape(9, kernel, kernel)
        assert (two.evaluate(pixels.reshape(9, -1)) == expected.reshape(9, -1)).all()


def test_beats_have_room_for_what_a_clock_gives() -> None:
    assert beat_sizes(8, pixels=4) == [1, 2, 4, 8, 16, 24, 32]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels_per_clock": 3}, "pixels per clock 3; allowed 1, 2, 4"),
        ({"pixels_per_clock": True}, "pixels per clock True; allowed"),
        ({"engine": "folded"}, "2 pixels per clock of engine folded; allowed 1, or engine auto or adders"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ExportError, match=f"^{message}"):
        replace(UHD, **change)  # type: ignore[arg-type]


def test_adders_are_the_only_candidates(plans: dict[int, HardwarePlan]) -> None:
    assert all(engine.adders is not None for pixels in (2, 4) for engine in plans[pixels].engines)
    assert {engine.reason for engine in plans[2].engines} == {"what takes several pixels a clock"}
    slow = replace(UHD, width=64, height=36, fps=1.0)
    assert all(engine.adders is not None for engine in make_plan(SMALL, slow).engines)


def test_the_rtl_has_a_clock_more_where_missing_pixels_are_masked(plans: dict[int, HardwarePlan]) -> None:
    around = {}
    for pixels, plan in plans.items():
        (last,) = in_rtl(plan).pipeline.of("adder_overlap_add")
        assert last.layer.adders is not None
        around[pixels] = last.latency - last.layer.adders.clocks
    assert around[2] == around[4] == around[1] + 1


def test_the_command_writes_it_and_refuses_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["fsrcnn-s-r-x2-w4a4", "--resolution", "33x20", "--pixels-per-clock", "2", "--out"]
    assert main([*asked, str(tmp_path / "out")]) == 0
    assert "II 1 of 2 pixels" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "out")]) == 0
    assert main([*asked, str(tmp_path / "no"), "--engine", "folded"]) == 1
    assert capsys.readouterr().err == "hls_export: 2 pixels per clock of engine folded; allowed 1, or engine auto or adders\n"
