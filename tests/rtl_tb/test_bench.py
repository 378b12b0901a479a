"""The bench on the stand-in: every scenario agrees in both simulators, at the same clocks; what is wrong is told with its place."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from golden import model
from golden.spec import PROVED, IntNetwork
from rtl_tb.bench.design import Design
from rtl_tb.bench.measure import measure
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus import scenarios, stalls
from rtl_tb.stimulus.scenarios import Setting
from rtl_tb.stimulus.script import compiled
from rtl_tb.tools.icarus import Icarus
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

PATTERNS = stalls.chosen("all", 4)


@needs_verilator
@pytest.mark.parametrize("name", scenarios.DEFAULT)
def test_every_scenario_agrees_under_every_stall_pattern(name: str, in_verilator: Bench, setting: Setting) -> None:
    for scenario in scenarios.chosen([name], setting):
        for pattern in PATTERNS:
            outcome = in_verilator.run(scenario, pattern)
            assert outcome.passed, outcome
            assert outcome.compared > 1000


@needs_icarus
@needs_verilator
@pytest.mark.parametrize("name", ["shapes", "gaps", "reset", "faults"])
def test_two_simulators_agree_in_every_beat_and_clock(name: str, in_verilator: Bench, in_icarus: Bench, setting: Setting) -> None:
    for scenario in scenarios.chosen([name], setting):
        for pattern in (PATTERNS[0], PATTERNS[-1]):
            one, other = in_verilator.run(scenario, pattern), in_icarus.run(scenario, pattern)
            assert one.passed, one
            assert other.passed, other
            assert one.clocks == other.clocks
            for name in one.dumps:
                assert (one.dumps[name].clock == other.dumps[name].clock).all()
                assert (one.dumps[name].digits == other.dumps[name].digits).all()


@needs_icarus
def test_stalls_happen_on_their_side(in_icarus: Bench, setting: Setting) -> None:
    (scenario,) = scenarios.speed(setting)
    clocks = {name: in_icarus.run(scenario, pattern).clocks for name, pattern in stalls.NAMED.items()}
    assert clocks["none"] < min(clocks["source"], clocks["sink"], clocks["both"])
    assert len(set(clocks.values())) == len(clocks)


@needs_icarus
def test_another_network_is_told_apart_with_its_place(standin: Design, in_icarus: Bench, setting: Setting) -> None:
    first, last = standin.network.layers
    other = replace(standin, network=IntNetwork((replace(first, bias=first.bias + 1, accumulator=PROVED), last)))
    bench = Bench(other, Icarus())
    assert bench.program == in_icarus.program  # the network is no part of the hardware
    frame = setting.noise(5, 7)
    outcome = bench.run(scenarios.back_to_back("one", [frame]))
    wanted, own = int(model.trace(other.network, frame)["conv0"][0, 0, 0]), int(frame[0, 0])
    counts = r"layer 'conv0': \d+ mismatches, 0 beats missing, 0 too many"
    place = r"channel 0, row 0, column 0 of frame 0 \(7x5\), clock \d+"
    assert re.search(f"{counts}; first: {place}: golden {wanted}, rtl {own}$", outcome.faults[0]), outcome


@needs_icarus
def test_a_frame_comes_back_as_arrays(in_icarus: Bench, standin: Design, setting: Setting) -> None:
    frame = setting.noise(3, 5)
    said, expected = in_icarus.layers(frame), model.trace(standin.network, frame)
    assert list(said) == list(expected)
    assert all(np.array_equal(said[name], expected[name]) for name in expected)


@needs_icarus
def test_the_output_alone(standin: Design, setting: Setting) -> None:
    outcome = Bench(standin, Icarus(), taps=False).run(scenarios.shapes(setting)[0])
    assert outcome.passed, outcome
    assert [stream.stream for stream in outcome.streams] == ["deconvolution"]


@needs_icarus
def test_measured_numbers(in_icarus: Bench, standin: Design, setting: Setting) -> None:
    """The stand-in takes w clocks for a row and 2 * ceil(w / 2) for its lines, and is so not as fast as the plan."""
    (scenario,) = scenarios.speed(setting)
    numbers = measure(standin.plan, in_icarus.run(scenario))
    assert numbers
    assert set(numbers.clocks_per_frame) == {36 * 80}
    assert numbers.planned_clocks_per_frame == 36 * 40 + 2  # the input looks at the size before the first pixel
    assert not numbers.equals_plan
    assert "NOT as planned" in str(numbers)
    assert measure(standin.plan, in_icarus.run(scenario, stalls.NAMED["sink"])) is None


@pytest.mark.parametrize("name", scenarios.SETS)
def test_every_set_has_good_frames_and_stays_within_the_limits(name: str, setting: Setting) -> None:
    for scenario in scenarios.chosen([name], setting):
        _, expected = compiled(scenario.steps, setting.limits, lambda height, width: 4 * height * width)
        assert expected.frames > 0
        assert all(frame.shape <= setting.limits for epoch in expected.epochs for frame in epoch.frames)


def test_the_faults_raise_every_status_bit(setting: Setting) -> None:
    _, expected = compiled(scenarios.faults(setting)[0].steps, setting.limits, lambda height, width: height * width)
    assert {bit for bit in range(5) for status in expected.statuses if status >> bit & 1} == set(range(5))
    assert len(expected.statuses) == len(scenarios.broken_frames(setting)) + 1
