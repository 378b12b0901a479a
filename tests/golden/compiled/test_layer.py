"""Lanes are proved: each is the narrowest that holds its operands, at their limits too."""

from __future__ import annotations

import numpy as np
import pytest

from golden import IntType
from golden.compiled import instructions
from golden.compiled.instructions import AVX2, AVX512_VNNI, AVX_VNNI, KNOWN, PORTABLE
from golden.compiled.layer import computed, lane_of, lanes_of
from golden.compiled.source import source
from golden.spec import LUMA
from tests.strategies import build_layer, build_network, fsrcnn

UINT8, INT8, INT9 = IntType(8, False), IntType(8, True), IntType(9, True)


def lane(given: IntType, largest: int, by) -> str:
    """The lane of a convolution over integers of this type whose weights are as large as `largest`."""
    bits = IntType.holding(-largest, largest)
    layer = build_layer(np.random.default_rng(0), "a", (1, 1, 1), input=given, weight_type=bits, weight=np.array([[[[-largest]]]]))
    return lane_of(layer, layer.terms[0], by).name


@pytest.mark.parametrize(
    ("given", "largest", "by", "name"),
    [
        (UINT8, 127, AVX512_VNNI, "Quad"),
        (INT8, 127, AVX_VNNI, "Quad"),
        (UINT8, 128, AVX512_VNNI, "Pair"),
        (INT9, 1, AVX512_VNNI, "Pair"),
        (UINT8, 64, AVX2, "Quad"),  # 2 * 64 * 255 = 32640
        (UINT8, 65, AVX2, "Pair"),
        (INT8, 64, AVX2, "Quad"),  # stored 128 larger
        (INT8, 65, AVX2, "Pair"),
        (IntType(4, False), 127, AVX2, "Quad"),
        (IntType(4, True), 127, AVX2, "Pair"),  # stored 128 larger: up to 135
        (UINT8, 1, PORTABLE, "Pair"),
        (IntType(16, True), 2**15 - 1, PORTABLE, "Pair"),
        (IntType(15, False), 2**15 - 1, AVX2, "Pair"),
        (IntType(16, False), 1, AVX512_VNNI, "Single"),
    ],
)
def test_the_narrowest_lane_that_is_proved(given, largest, by, name) -> None:
    assert lane(given, largest, by) == name


def test_an_accumulator_of_more_than_32_bits_takes_64() -> None:
    parts = {"kind": "deconv", "stride": 2, "input": LUMA, "output": LUMA, "weight": np.full((1, 1, 2, 2), 127)}
    for bias, name in ((2**31 - 1 - 127 * 255, "Quad"), (2**31 - 127 * 255, "Wide"), (-(2**31), "Quad"), (-(2**31) - 1, "Wide")):
        layer = build_layer(np.random.default_rng(0), "a", (1, 1, 2), bias=[bias], **parts)
        assert [lane.name for lane in lanes_of(layer, AVX512_VNNI)] == [name]


def test_four_bits_take_bytes_where_the_sums_saturate_too() -> None:
    network = fsrcnn(hidden=IntType(4, False), weight_type=IntType(4, True))
    for by in (AVX512_VNNI, AVX2):
        assert {one.input.lane.name for one in computed(network, by)} == {"Quad"}
    assert {one.input.lane.name for one in computed(fsrcnn(), AVX2)} == {"Pair"}


@pytest.mark.parametrize("by", KNOWN, ids=lambda one: one.name)
def test_blocks_cover_every_output_once_in_whole_words_and_fit_the_registers(by) -> None:
    for network in (fsrcnn(), fsrcnn(scale=3), fsrcnn(scale=4), build_network(1, 8, (70, 5), (1, 1, 31))):
        for one in computed(network, by):
            covered = [output for first, count in one.blocks for output in range(first, first + count)]
            assert covered == list(range(one.outputs))
            unit = network.scale if one.next is None else one.next.lane.per_word
            assert all(first % unit == 0 for first, _ in one.blocks)
            assert max(count for _, count in one.blocks) * one.vectors <= max(by.sums, unit)


def test_the_source_is_the_same_bytes_each_time_and_names_the_network() -> None:
    network = build_network(1, 2, (5, 3), (3, 1, 5))
    text = source([network], AVX2)
    assert text == source([network], AVX2)
    assert f" int sr_{network.hash}(" in text


def test_the_fastest_instructions_of_a_cpu_come_first(monkeypatch, tmp_path) -> None:
    has = lambda *sets: [flag for one in sets for flag in one.needs]  # noqa: E731
    assert instructions.available(has(AVX512_VNNI, AVX2))[0] == AVX512_VNNI
    assert instructions.available(has(AVX_VNNI)) == [AVX_VNNI, AVX2, PORTABLE]
    assert instructions.available(AVX512_VNNI.needs - {"avx512_vnni"})[0] == AVX2
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags\t\t: fpu " + " ".join(has(AVX2)) + "\n")
    for path, expected in ((tmp_path / "cpuinfo", (AVX2, PORTABLE)), (tmp_path / "none", (PORTABLE,))):
        monkeypatch.setattr(instructions, "CPU_FACTS", path)
        assert instructions.here.__wrapped__() == expected
