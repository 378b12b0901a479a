"""The compiled network has the golden model's integers: every layer, every size, every way to compile, and one wrong rule shows."""

from __future__ import annotations

import numpy as np
import pytest

import golden
from golden import FrameError, IntNetwork, IntType, exactness, model, networks
from golden.compiled import Program, layer, source
from golden.compiled.instructions import AVX2, PORTABLE, here
from golden.compiled.layer import computed
from golden.int_type import MAX_ACCUMULATOR_BITS
from tests.golden.test_model import BAD_FRAMES, assert_same, network_with_bias
from tests.networks import NETWORKS
from tests.strategies import build_network, noise

SHAPES = [(1, 1), (1, 9), (9, 1), (2, 3), (16, 5), (41, 7), (13, 66), (3, 129)]
FRAMES = {shape: noise(*shape, seed) for seed, shape in enumerate(SHAPES)} | {
    "dark": np.zeros((3, 70), np.uint8),
    "bright": np.full((6, 4), 255, np.uint8),
}
ALONE = build_network(1, 2, (5, 3), (3, 1, 5), style="ties")


def assert_exact(network: IntNetwork, instructions, together=()) -> None:
    programs = [Program(network, instructions, threads=threads, together=together) for threads in (1, 2, 5)]
    for frame in FRAMES.values():
        expected = golden.trace(network, frame)
        for program in programs:
            assert_same(program.trace(frame), expected)
            assert np.array_equal(program.run(frame), expected[network.layers[-1].name][0])


def test_drawn_networks_are_exact_in_every_layer(drawn, instructions) -> None:
    assert len(drawn) > 6
    assert {network.scale for network in drawn} == {2, 3, 4}
    assert {network.layers[-1].luma is None for network in drawn} == {False, True}
    for network in drawn:
        assert_exact(network, instructions, drawn)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_list_of_networks_is_exact_in_every_layer(name) -> None:
    assert_exact(NETWORKS[name], here()[0], list(NETWORKS.values()))


WIDE = IntNetwork(
    (
        *build_network(3, 2, (3,), (3, 2), hidden=IntType(16, True), weight_type=IntType(16, True)).layers[:-1],
        *build_network(4, 3, (3,), (1, 9), hidden=IntType(16, True), weight_type=IntType(16, True), residual=-12).layers[1:],
    )
)
SINGLE = build_network(2, 2, (3,), (3, 5), hidden=IntType(16, False), weight_type=IntType(4, True))
LARGE = network_with_bias(2**41 + 2**33, 2**17 - 1, 47)


def test_every_way_to_compute_a_layer_is_taken_by_some_network() -> None:
    layers = [one for network in (*NETWORKS.values(), WIDE, SINGLE, LARGE) for one in computed(network, AVX2)]
    assert {one.number for one in layers} == {"float", "double", "std::int64_t"}
    assert {one.slopes for one in layers} == {"one", "larger", "by_sign"}
    assert {one.input.lane.name for one in layers} == {"Quad", "Pair", "Single", "Wide"}
    assert {reads.shift > 0 for one in layers for reads in (one.input, one.luma) if reads} == {False, True}


def test_integers_of_more_than_16_bits_and_sums_of_more_than_32_are_exact() -> None:
    assert max(one.accumulator.bits for one in WIDE.layers) > 32
    assert MAX_ACCUMULATOR_BITS > LARGE.layers[0].accumulator.bits > 40
    for network in (WIDE, SINGLE, LARGE):
        assert_exact(network, here()[0], (WIDE, SINGLE, LARGE))


@pytest.mark.parametrize("name", ["fsrcnn-r-x2-w8a8", "fsrcnn-r-x3-w4a4"])
def test_a_shipped_network_is_exact_over_many_stripes(name) -> None:
    network, frame = golden.load(networks.named(name)), noise(90, 200)
    program = Program(network, threads=2)
    expected = golden.run(network, frame)
    assert np.array_equal(program.run(frame), expected)
    scale = network.scale
    for first, last in ((0, 1), (31, 64), (89, 90), (40, 40)):
        assert np.array_equal(program.rows(frame, first, last), expected[first * scale : last * scale])


def test_frames_of_any_memory_layout_are_taken() -> None:
    frame = noise(9, 7)
    for view in (frame.T[::-1], np.asfortranarray(frame), frame[::2, ::3]):
        assert np.array_equal(Program(ALONE).run(view), golden.run(ALONE, np.ascontiguousarray(view)))


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_a_bad_frame_is_refused_as_by_the_model(frame) -> None:
    for function in (Program(ALONE).run, Program(ALONE).trace):
        with pytest.raises(FrameError, match=r"^frame of shape .*; allowed \(height, width\) uint8, at least 1x1$"):
            function(frame)


@pytest.mark.parametrize(("first", "last"), [(-1, 2), (3, 2), (0, 8)])
def test_rows_that_the_frame_has_not_are_refused(first, last) -> None:
    with pytest.raises(ValueError, match=f"rows {first} to {last} of a frame of 7; allowed 0 to 7"):
        Program(ALONE).rows(noise(7, 5), first, last)


def mismatches(network: IntNetwork, instructions=None) -> int:
    frame = noise(40, 90)
    return int((Program(network, instructions).run(frame) != golden.run(network, frame)).sum())


WRONG_TEXT = {
    "ties up": ("layer.h", b"return (I32)(x + (12582912.0f", b"return (I32)(x + 0x1p-12f + (12582912.0f"),
    "no rounding": ("layer.h", b"return (I32)(x + (12582912.0f", b"return (I32)(x - 0.5f + (12582912.0f"),
    "no halo on the right": ("network.h", b"rings_[i].close(y);", b""),
    "one row late": ("network.h", b"const long row = y + at.row;", b"const long row = y + at.row - 1;"),
    "a band that begins without its halo": ("network.h", b"start = std::max(0L, start + network.layers[i].input.first)", b"start"),
}


@pytest.mark.parametrize(("file", "right", "wrong"), WRONG_TEXT.values(), ids=WRONG_TEXT)
def test_a_wrong_rule_in_the_cpp_shows(monkeypatch, file, right, wrong) -> None:
    headers = source.headers()
    assert headers[file].count(right) == 1
    monkeypatch.setattr("golden.compiled.build.headers", lambda: headers | {file: headers[file].replace(right, wrong)})
    assert mismatches(ALONE, PORTABLE) > 0


def test_a_wrong_weight_shows(monkeypatch) -> None:
    word = layer._word
    monkeypatch.setattr(layer, "_word", lambda weights, lane: word([weights[0] ^ 1, *weights[1:]], lane))
    assert mismatches(ALONE, PORTABLE) > 0


SATURATING = build_network(5, 2, (4, 4), (3, 1, 9), hidden=IntType(8, False), style="shifts")


@pytest.mark.skipif(AVX2 not in here(), reason="this CPU has no AVX2")
def test_the_saturating_instruction_without_its_proof_gives_other_pixels(monkeypatch) -> None:
    """So the proof is what keeps it exact."""
    assert mismatches(SATURATING, AVX2) == 0
    monkeypatch.setattr(layer, "SATURATES_AT", 2**31)
    assert mismatches(SATURATING, AVX2) > 0


def test_sums_of_32_bits_where_more_are_needed_give_other_pixels(monkeypatch) -> None:
    monkeypatch.setattr(layer, "interval", lambda one: (np.array([0]), np.array([1])))
    assert mismatches(LARGE, PORTABLE) > 0


def test_requantize_in_numbers_too_short_gives_other_pixels(monkeypatch) -> None:
    """Sums around 128.5 steps of 2^23, where a float has 128 between two numbers."""
    network = network_with_bias(257 * 2**22, 1, 23)
    assert mismatches(network, PORTABLE) == 0
    expected = model.run(network, noise(40, 90))
    monkeypatch.setattr(exactness, "requantize_is_exact", lambda one, dtype: dtype is np.float32)
    assert (Program(network, PORTABLE).run(noise(40, 90)) != expected).any()
