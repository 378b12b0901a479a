"""Every fault that an export can suffer is caught by `make csim`, though the manifest lists it: one byte, number or line each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hls_export.conftest import make, sealed_again


def _edit(path: Path, pattern: str, replacement: str) -> None:
    text = path.read_text()
    changed = re.sub(pattern, replacement, text, count=1)
    assert changed != text, f"{pattern} not found in {path}"
    path.write_text(changed)


def _flipped_weight_bit(folder: Path) -> None:
    """The lowest bit of the first weight of a middle layer."""
    path = folder / "src/weights/conv2.h"
    _edit(path, r"(weight_conv2\[.*\n  \{)(-?\d+)", lambda found: f"{found[1]}{int(found[2]) ^ 1}")  # type: ignore[arg-type]


def _bias_off_by_one(folder: Path) -> None:
    """The first bias of a middle layer, one higher."""
    path = folder / "src/weights/conv1.h"
    _edit(path, r"(requantize_conv1\[.*\n  \{)(-?\d+)", lambda found: f"{found[1]}{int(found[2]) + 1}")  # type: ignore[arg-type]


MUTANTS: dict[str, Callable[[Path], None]] = {
    "flipped weight bit": _flipped_weight_bit,
    "bias off by one": _bias_off_by_one,
    "ties up": lambda folder: _edit(folder / "hls/requantize.h", r"is_odd = \(v >> shift\) & one", "is_odd = one"),
    "ties down": lambda folder: _edit(folder / "hls/requantize.h", r"is_odd = \(v >> shift\) & one", "is_odd = 0"),
    "truncation": lambda folder: _edit(
        folder / "hls/requantize.h", r"v \+ below_half \+ is_odd", "v + Value(below_half & Value(0)) + Value(is_odd & Value(0))"
    ),
    "rounding constant one bit high": lambda folder: _edit(folder / "hls/requantize.h", r"one << \(shift - 1\)", "one << shift"),
    "sign picks the wrong multiplier": lambda folder: _edit(
        folder / "hls/requantize.h", r"accumulator < 0 \?", "accumulator > 0 ?"
    ),
    "line buffer written a column early": lambda folder: _edit(
        folder / "hls/line_buffer.h", r"rows_\[row\]\[x\] = column", "rows_[row][x == 0 ? 0 : x - 1] = column"
    ),
    "line buffer rows do not move up": lambda folder: _edit(folder / "hls/line_buffer.h", r"column\[row \+ 1\];", "column[row];"),
    "padding mask one column off": lambda folder: _edit(
        folder / "hls/sliding_window.h", r"column < frame.width", "column <= frame.width"
    ),
    "phases transposed": lambda folder: _edit(
        folder / "hls/tap_rows.h", r"put\(block, ky \* block_columns \+ x", "put(block, x * block_columns + ky"
    ),
    "the first row's partial sums for all": lambda folder: _edit(
        folder / "hls/tap_rows.h", r"lane\(above, ky \* block_columns \+ x\)", "lane(above, x)"
    ),
    "sums of the frame before in one column": lambda folder: _edit(
        folder / "hls/tap_rows.h", r"ky < kept_rows && !is_top", "ky < kept_rows && (!is_top || x == 1)"
    ),
    "column mask off by one": lambda folder: _edit(
        folder / "hls/tap_rows.h", r"column < frame.width \* L::stride", "column <= frame.width * L::stride"
    ),
    "registers not shifted": lambda folder: _edit(folder / "hls/tap_rows.h", r"\n    shift\(\);", "\n    ;"),
    "EOL one beat early": lambda folder: _edit(
        folder / "hls/axi_stream_video.h",
        r"left == line_pixels, ends_line\)",
        "left == line_pixels, left > R::beat_pixels && left <= 2 * R::beat_pixels)",
    ),
    "SOF on every line": lambda folder: _edit(folder / "hls/axi_stream_video.h", r"line == 0 && left", "left"),
    "borrow not given back": lambda folder: _edit(folder / "hls/multiply.h", r"product\[i\] < 0 \? 1 : 0", "0"),
    "accumulator four bits narrow": lambda folder: _narrow(folder),
}


def _narrow(folder: Path) -> None:
    """Of the transposed convolution: four bits below the proof, so that ordinary frames need more."""
    text = (folder / "src/network.h").read_text()
    start = text.index("struct layer_deconvolution")
    bits = int(re.search(r"using Accumulator = ap_int<(\d+)>", text[start:])[1])  # type: ignore[index]
    narrowed = text[start:].replace(f"using Accumulator = ap_int<{bits}>", f"using Accumulator = ap_int<{bits - 4}>", 1)
    (folder / "src/network.h").write_text(text[:start] + narrowed)


def _changed(mutant: str, exported: Path, folder: Path) -> list[tuple[str, str]]:
    """(before, after) of the lines that a mutant changes."""
    copy = Path(shutil.copytree(exported, folder / "changed"))
    MUTANTS[mutant](copy)
    lines = []
    for path in sorted(path.relative_to(copy) for path in copy.rglob("*.h")):
        before, after = ((root / path).read_text().splitlines() for root in (exported, copy))
        assert len(before) == len(after)
        lines += [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    return lines


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_one_changed_line(mutant: str, exported: Path, tmp_path: Path) -> None:
    assert len(_changed(mutant, exported, tmp_path)) == 1


@pytest.mark.parametrize(
    ("mutant", "deed"),
    [
        ("bias off by one", lambda before, after: after == before + 1),
        ("flipped weight bit", lambda before, after: before ^ after == 1),
        ("accumulator four bits narrow", lambda before, after: after == before - 4),
    ],
)
def test_a_mutant_of_a_number_does_what_it_is_called(
    mutant: str, deed: Callable[[int, int], bool], exported: Path, tmp_path: Path
) -> None:
    ((before, after),) = _changed(mutant, exported, tmp_path)
    numbers = [[int(number) for number in re.findall(r"(?<![A-Za-z_])-?\d+", line)] for line in (before, after)]
    ((one, other),) = [pair for pair in zip(*numbers, strict=True) if pair[0] != pair[1]]
    assert deed(one, other)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_code_mutant_is_caught(mutant: str, copy: Path) -> None:
    MUTANTS[mutant](copy)
    sealed_again(copy)
    done = make(copy, "clean", "csim", "CXXFLAGS=-O1")
    assert done.returncode != 0, f"{mutant}: not caught\n{done.stdout}"
    assert "error:" not in done.stderr, "a mutant has to compile"
    assert any(
        word in done.stdout + done.stderr for word in ("mismatch", "csim: ", "does not fit", "left over", "read from empty")
    ), done.stderr


def _truncate(path: Path, drop: int) -> None:
    path.write_bytes(path.read_bytes()[:-drop])


def _corrupt(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def _flip_digit(path: Path) -> None:
    text = path.read_text()
    path.write_text(text[:-2] + ("0" if text[-2] != "0" else "1") + "\n")


VECTOR_MUTANTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated binary": (lambda v: _truncate(v / "noise.conv1.bin", 1), "noise.conv1.bin: "),
    "binary too long": (
        lambda v: (v / "noise.conv1.bin").write_bytes((v / "noise.conv1.bin").read_bytes() + b"\0"),
        "noise.conv1.bin: ",
    ),
    "truncated text": (lambda v: _truncate(v / "noise.conv1.hex", 9), "noise.conv1.hex: "),
    "text too long": (
        lambda v: (v / "noise.conv1.hex").write_bytes((v / "noise.conv1.hex").read_bytes() + b"00000000\n"),
        "noise.conv1.hex: ",
    ),
    "missing file": (lambda v: (v / "noise.deconvolution.bin").unlink(), "cannot be read"),
    "corrupted golden file": (lambda v: _corrupt(v / "noise.deconvolution.bin", 5), "checksum differs"),
    "corrupted text": (lambda v: _flip_digit(v / "noise.conv2.hex"), "differs from .bin"),
    "corrupted input": (lambda v: _corrupt(v / "noise.input.bin", 0), "checksum differs"),
    "truncated index": (lambda v: _truncate(v / "index.txt", 8), "index.txt"),
    "index lost a tensor": (lambda v: _drop_line(v / "index.txt", "tensor conv1"), "truncated"),
    "missing index": (lambda v: (v / "index.txt").unlink(), "cannot be read"),
    "another network": (lambda v: _edit(v / "index.txt", r"network .{8}", "network 00000000"), "vectors are of network 00000000"),
    "empty file": (lambda v: (v / "noise.conv1.bin").write_bytes(b""), "0 bytes"),
}


def _drop_line(path: Path, start: str) -> None:
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith(start))
    path.write_text("".join(lines[:at] + lines[at + 1 :]))


@pytest.mark.parametrize("mutant", VECTOR_MUTANTS)
def test_vector_mutant_is_caught(mutant: str, copy: Path) -> None:
    change, message = VECTOR_MUTANTS[mutant]
    change(copy / "vectors")
    sealed_again(copy)
    done = make(copy, "csim")
    assert done.returncode != 0, f"{mutant}: not caught\n{done.stdout}"
    assert message in done.stderr, done.stderr


def test_golden_file_and_checksum_changed_together_is_a_mismatch_with_its_place(copy: Path) -> None:
    """The first mismatch is printed with layer, channel, row, column and both values."""
    import zlib

    path = copy / "vectors/noise.conv1.bin"
    data, text = bytearray(path.read_bytes()), (copy / "vectors/noise.conv1.hex").read_text()
    data[6] ^= 1  # beat 1 (row 0, column 1), channel 2
    header, *beats = text.splitlines()
    beats[1] = f"{int(beats[1], 16) ^ (1 << 16):08x}"
    text = "\n".join([header, *beats, ""])
    path.write_bytes(bytes(data))
    (copy / "vectors/noise.conv1.hex").write_text(text)
    checksums = f"{zlib.crc32(data):08x} {zlib.crc32(text.encode()):08x}"
    _edit(copy / "vectors/index.txt", r"(tensor conv1 4 8 1 15) \w+ \w+ (noise.conv1)", rf"\1 {checksums} \2")
    sealed_again(copy)
    done = make(copy, "csim")
    assert done.returncode != 0
    place = r"frame 'noise', layer 'conv1': first mismatch at channel 2, row 0, column 1: golden (-?\d+), csim (-?\d+)"
    found = re.search(place, done.stdout)
    assert found, done.stdout
    assert abs(int(found[1]) - int(found[2])) == 1
