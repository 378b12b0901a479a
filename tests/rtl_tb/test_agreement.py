"""The comparison without a simulator: dumps written by hand, right and wrong in each way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from golden import model
from rtl_tb.bench import dump
from rtl_tb.bench.agreement import StreamAgreement, compare_output, compare_tap, golden_trace, output_beats
from rtl_tb.bench.design import Design
from rtl_tb.errors import BenchError
from rtl_tb.stimulus.script import Epoch, Expected
from tests.rtl_tb import standins

FRAME = np.random.default_rng(0).integers(0, 256, (3, 5), dtype=np.uint8)
Lines = list[str]


def tap_lines(frame: np.ndarray = FRAME, epoch: int = 0) -> Lines:
    return [f"{epoch:02x}{clock:08x}{value:02x}" for clock, value in enumerate(frame.reshape(-1).tolist())]


def output_lines() -> Lines:
    pixels, flags, _ = output_beats(model.run(standins.network(), FRAME), 4)
    words = [int.from_bytes(bytes(row), "little") for row in pixels.astype(np.uint8)]
    return [
        f"00{clock:08x}{word | keep << 32 | eol << 36 | sof << 37:010x}"
        for clock, (word, (eol, sof, keep)) in enumerate(zip(words, flags.tolist(), strict=True))
    ]


def expected(cut: bool = False) -> Expected:
    return Expected((Epoch((FRAME,), cut),) if not cut else (Epoch((), True, FRAME), Epoch((FRAME,), False)), (0,))


def compared(lines: Lines, where: Path, standin: Design, what: Expected | None = None) -> StreamAgreement:
    (where / "x.tap").write_text("".join(f"{line}\n" for line in lines))
    wanted, trace = what or expected(), golden_trace(standin, True)
    if len(lines[0]) == 12:
        return compare_tap(standin, standin.taps[0], dump.read(where / "x.tap", 8), wanted, trace)
    return compare_output(standin, dump.read(where / "x.tap", 38), wanted, trace)


def test_equal_streams_agree(tmp_path: Path, standin: Design) -> None:
    tap, output = compared(tap_lines(), tmp_path, standin), compared(output_lines(), tmp_path, standin)
    assert tap.agrees
    assert output.agrees
    assert (tap.compared, output.compared) == (15, 6 * (10 + 3 * 3))


CHANGES: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "a value": (lambda x: [*x[:7], x[7][:-2] + f"{int(x[7][-2:], 16) ^ 1:02x}", *x[8:]], "channel 0, row 1, column 2 of frame 0"),
    "an unknown digit": (lambda x: [*x[:7], x[7][:-1] + "x", *x[8:]], "rtl unknown (x)"),
    "a beat missing at the end": (lambda x: x[:-1], "the first missing is channel 0, row 2, column 4 of frame 0 (5x3)"),
    "a beat missing inside": (lambda x: [*x[:3], *x[4:]], "channel 0, row 0, column 3"),
    "a beat twice": (lambda x: [*x[:3], x[2], *x[3:]], "channel 0, row 0, column 3"),
    "a beat too many": (lambda x: [*x, x[0]], "beat 15 at clock 0 is one too many: 16 beats, golden has 15"),
    "beats after a reset that nobody asked for": (lambda x: [*x, *tap_lines(epoch=1)], "a reset that the script did not ask for"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_difference_is_told_with_its_place(change: str, tmp_path: Path, standin: Design) -> None:
    edit, words = CHANGES[change]
    result = compared(edit(tap_lines()), tmp_path, standin)
    assert not result.agrees
    assert result.first
    assert words in result.first


FLAGS = {"tlast": 36, "tuser": 37, "tkeep": 33}


@pytest.mark.parametrize("flag", FLAGS)
def test_a_wrong_flag_is_told(flag: str, tmp_path: Path, standin: Design) -> None:
    lines = output_lines()
    lines[4] = lines[4][:10] + f"{int(lines[4][10:], 16) ^ (1 << FLAGS[flag]):010x}"
    result = compared(lines, tmp_path, standin)
    assert result.mismatches >= 1
    assert result.first
    assert f"{flag} is" in result.first
    assert "row 1, column 4" in result.first


def test_lanes_that_tkeep_leaves_out_are_not_compared(tmp_path: Path, standin: Design) -> None:
    lines = output_lines()
    assert lines[2][10:12] == "13"  # EOL, two lanes of four
    lines[2] = lines[2][:12] + "dead" + lines[2][16:]
    assert compared(lines, tmp_path, standin).agrees


def test_a_reset_cuts_a_frame_anywhere_but_changes_nothing_before(tmp_path: Path, standin: Design) -> None:
    after = tap_lines(epoch=1)
    for beats in (0, 1, 7, 15):
        assert compared([*tap_lines()[:beats], *after], tmp_path, standin, expected(cut=True)).agrees
    wrong = tap_lines()[:7]
    wrong[3] = wrong[3][:-2] + f"{int(wrong[3][-2:], 16) ^ 1:02x}"
    assert not compared([*wrong, *after], tmp_path, standin, expected(cut=True)).agrees
    assert not compared([*tap_lines()[:7], *after[:-1]], tmp_path, standin, expected(cut=True)).agrees


@pytest.mark.parametrize("content", ["00000000010", "0000000001012\n000000000101", "00000000010g\n", "x00000000101\n"])
def test_a_dump_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "x.tap").write_text(content)
    with pytest.raises(BenchError, match=r"x\.tap"):
        dump.read(tmp_path / "x.tap", 8)


def test_a_dump_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="wrote no such file"):
        dump.read(tmp_path / "x.tap", 8)


@pytest.mark.parametrize(("low", "count", "bits", "signed"), [(0, 4, 8, True), (4, 3, 4, True), (1, 5, 3, False), (3, 2, 13, True)])
def test_fields_of_any_width(low: int, count: int, bits: int, signed: bool, tmp_path: Path) -> None:
    random = np.random.default_rng(bits)
    words = [int.from_bytes(random.bytes(5), "little") >> 3 for _ in range(20)]
    (tmp_path / "x.tap").write_text("".join(f"00{0:08x}{word:010x}\n" for word in words))
    found = dump.read(tmp_path / "x.tap", 37).fields(low, count, bits, signed)
    for word, row in zip(words, found.tolist(), strict=True):
        raw = [(word >> (low + i * bits)) & ((1 << bits) - 1) for i in range(count)]
        assert row == [value - (signed and value >> (bits - 1) << bits) for value in raw]
