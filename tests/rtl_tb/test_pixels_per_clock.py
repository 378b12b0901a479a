"""Several pixels per clock: every layer equals golden at every width, the clocks are the plan's, faults are seen."""

from __future__ import annotations

import re
from functools import lru_cache

import pytest

from golden.spec import IntNetwork
from hls_export import DEVICES, HardwarePlan, Target
from hls_export.plan.plan import assemble
from rtl_tb.bench.design import Design, exported
from rtl_tb.bench.measure import measure
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus import scenarios, small, stalls
from rtl_tb.stimulus.scenarios import Setting, back_to_back
from rtl_tb.tools import lint
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.verilator import Verilator
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

HEIGHT, WIDTH = 12, 17
WIDTHS = (1, 2, 3, 5, 7, 16, 17)
NETWORKS: dict[str, tuple[IntNetwork, float]] = {
    "x2": (small.network((3, 2), (3, 1, 9)), 1),
    "x2, small": (small.with_residual(small.network((2,), (3, 5)), -2), 1),
    "x2, residual": (small.with_residual(small.network((3, 2), (3, 5, 9)), -2), 1),
    "x2, one layer": (small.network((), (5,)), 1),
    "x3": (small.network((3,), (5, 7), 3), 3),
    "x3, residual": (small.with_residual(small.network((3,), (3, 5), 3), 1), 3),
    "x4": (small.network((2,), (3, 9), 4), 4),
}
"""Name -> network, and clocks per word that its video output needs: at most 8 pixels a beat for each LR pixel."""
CASES = [(name, pixels) for name in NETWORKS for pixels in (2, 4)]


def planned(network: IntNetwork, pixels: int, clocks: float) -> HardwarePlan:
    target = Target(WIDTH, HEIGHT, 60.0, 5.0, DEVICES["zu15eg"], engine="adders", pixels_per_clock=pixels)
    return assemble(network, target, int(clocks * (-(-WIDTH // pixels) + 2) * (HEIGHT + 3)))


@lru_cache(maxsize=16)
def bench_of(name: str, pixels: int) -> Bench:
    network, clocks = NETWORKS[name]
    return Bench(exported(network, planned(network, pixels, clocks)), Icarus())


def setting(design: Design) -> Setting:
    return Setting(design.network, (HEIGHT, WIDTH), design.input_samples)


@needs_icarus
@pytest.mark.parametrize(("name", "pixels"), CASES)
def test_every_layer_equals_golden_at_every_width(name: str, pixels: int) -> None:
    bench = bench_of(name, pixels)
    on = [setting(bench.design).noise(height, width) for width in WIDTHS for height in (1, 4)]
    for pattern in (stalls.NONE, stalls.seeded(pixels)):
        outcome = bench.run(back_to_back("widths", on, pixels), pattern)
        assert outcome.passed, outcome
        assert [stream.stream for stream in outcome.streams] == [layer.name for layer in bench.design.network.layers]
        weights = [(layer.stride**2 * layer.out_channels, frame.size) for layer in bench.design.network.layers for frame in on]
        assert outcome.compared >= sum(channels * size for channels, size in weights)


@needs_icarus
@pytest.mark.parametrize("width", [1, 5, 16, 17])
@pytest.mark.parametrize(("name", "pixels"), [("x2, residual", 2), ("x2, small", 4), ("x3, residual", 2), ("x4", 4)])
def test_the_clocks_are_the_plans(name: str, pixels: int, width: int) -> None:
    bench = bench_of(name, pixels)
    frame = setting(bench.design).noise(HEIGHT, width)
    numbers = measure(bench.design.plan, bench.run(back_to_back("three", [frame] * 3, pixels, measured=True)))
    assert numbers
    assert numbers.equals_plan, numbers
    if width == WIDTH:
        assert set(numbers.clocks_per_frame) == {bench.design.plan.clocks_per_frame}


@needs_icarus
@pytest.mark.parametrize("pixels", [2, 4])
@pytest.mark.parametrize("what", ["shapes", "gaps", "reset", "faults"])
def test_every_scenario_under_stalls(pixels: int, what: str) -> None:
    bench = bench_of("x2, small", pixels)
    for scenario in scenarios.chosen([what], setting(bench.design)):
        for pattern in (stalls.NONE, stalls.NAMED["both"]):
            outcome = bench.run(scenario, pattern)
            assert outcome.passed, outcome


@needs_icarus
@needs_verilator
def test_both_simulators_give_every_beat_at_the_same_clock() -> None:
    bench = bench_of("x2, small", 2)
    other = Bench(bench.design, Verilator())
    (scenario,) = scenarios.reset(setting(bench.design))
    one, two = bench.run(scenario, stalls.NAMED["both"]), other.run(scenario, stalls.NAMED["both"])
    assert one.passed, one
    assert two.passed, two
    assert one.clocks == two.clocks
    for name in one.dumps:
        assert (one.dumps[name].clock == two.dumps[name].clock).all()


@needs_verilator
@pytest.mark.parametrize(("name", "pixels"), [("x2, residual", 2), ("x3, residual", 4)])
def test_the_sources_are_read_without_a_word(name: str, pixels: int) -> None:
    sources = bench_of(name, pixels).design.sources
    assert lint.slang(sources, "sr_top") == []
    assert lint.verilated(sources, "sr_top") == []


def test_one_pixel_is_a_parameter_that_is_not_printed() -> None:
    network, clocks = NETWORKS["x2, residual"]
    (one, two) = (exported(network, planned(network, pixels, 2 * clocks)).sources["sr_top.sv"].decode() for pixels in (1, 2))
    assert "PIXELS(" not in re.sub(r"(BEAT|WORD)_PIXELS\(", "", one)
    assert set(re.findall(r"\.((?:LR_)?PIXELS)\((\d)\)", two)) == {("PIXELS", "2"), ("LR_PIXELS", "2")}
