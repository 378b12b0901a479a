"""Every bound that the C++ templates state: an instantiation beyond it does not compile, and the message is the bound."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hls_export import library
from hls_export.csim import simulator

pytestmark = pytest.mark.skipif(simulator.compiler() is None, reason="no C++ compiler")
HEADERS = library.files(library.LIBRARY)
ROOT = Path(simulator.__file__).parents[1]
LEGAL = """
struct Limits { static constexpr int max_height = 36, max_width = 40, lr_pixels = 1; };
struct Numbers : Limits {
  static constexpr int in_channels = 2, out_channels = 4, kernel = 3, stride = 1, padding = 1, ahead = 1, pe = 2, simd = 9;
  static constexpr int neuron_folds = 2, synapse_folds = 2, folds = 4, lanes_per_dsp = 2, product_bits = 15;
  static constexpr int output_min = -128, output_max = 127;
  static constexpr bool multiplies = true;
  using Weight = ap_int<8>; using Input = ap_int<8>; using Output = ap_int<8>; using Partial = ap_int<20>;
  using Accumulator = ap_int<22>; using Multiplier = ap_int<10>; using Product = ap_int<32>; using Shift = ap_uint<4>;
};
template <int OPERANDS, int RESULTS>
struct Constants {
  static constexpr int operands = OPERANDS, results = RESULTS;
  using Operand = ap_int<8>; using Result = ap_int<22>;
};
struct Up : Numbers {
  static constexpr int in_channels = 18, out_channels = 1, kernel = 9, stride = 2, padding = 4, ahead = 2, pe = 27;
  static constexpr int neuron_folds = 3;
  static constexpr int folds = 6, output_min = 0, output_max = 255;
  static constexpr int pixels = 0;
  using Output = ap_uint<8>; using Tap = ap_int<22>; using ColumnSum = ap_int<22>;
};
struct Two : Up {
  static constexpr int pixels = 1, own_shift = 0, luma_shift = 2;
  using Graph = Constants<1, 81>;
};
struct Adders : Numbers { using Graph = Constants<18, 4>; };
struct Taps : Up { static constexpr int pixels = 1; using Graph = Constants<19, 81>; };
struct Raster : Limits {
  static constexpr int stride = 2, beat_pixels = 2, word_pixels = 2, groups_per_word = 1, first_row = 4, extra_bands = 2;
  static constexpr int requantize_lanes = 2, requantize_folds = 2;
};
"""
CONVOLUTION, UP, LINE = "sr::Convolution<{}>", "sr::OverlapAdd<{}>", "sr::LineBuffer<ap_uint<9>, {}>"
REQUANTIZE, ROUND = "sr::Requantization<{}>", "sr::BlockRequantize<{}, Raster>"
OUT, WINDOW, LUMA = "sr::VideoOutput<{}>", "sr::SlidingWindow<ap_int<8>, 2, {}, 40>", "sr::LumaTaps<{}>"
BEAT, SHIFTED, ROUNDED = "sr::Beat<ap_int<8>, {}>", "decltype(sr::shifted<{}>(ap_int<8>()))", "sr::RequantizedBounds<{}, 8>"
ADDERS, TAPS, PAIR = "sr::AdderConvolution<{}>", "sr::AdderOverlapAdd<{}>", "sr::Pair<{}>"
TEMPLATES = {
    BEAT: "1",
    "sr::VideoInput<{}>": "Limits",
    "sr::Fork<{}>": "Limits",
    "sr::Delay<{}>": "Limits",
    "sr::Multipliers<{}>": "Numbers",
    LINE: "2, 40",
    WINDOW: "3, 1",
    REQUANTIZE: "Numbers",
    CONVOLUTION: "Numbers",
    UP: "Up",
    LUMA: "Two",
    ROUND: "Up",
    OUT: "Raster",
    ADDERS: "Adders",
    TAPS: "Taps",
    PAIR: "Taps",
    SHIFTED: "48",
    ROUNDED: "61, 47",
}
"""Template -> an argument that it takes."""
BEYOND = [
    (BEAT, "0", "a beat has at least one lane"),
    (BEAT, "513", "a beat: allowed at most 4096 bits"),
    (ADDERS, "Adders: stride = 2", "adders of a convolution: allowed stride 1, as far ahead as behind"),
    (ADDERS, "Adders: kernel = 5, padding = 2", "adders of a convolution: "),
    (ADDERS, "Adders: in_channels = 3", "operands of a graph: allowed one for each tap and channel, and the LR pixel"),
    (ADDERS, "Adders: out_channels = 5", "results of a graph: allowed one for each output channel, or tap"),
    (TAPS, "Taps: in_channels = 17", "operands of a graph: "),
    (TAPS, "Taps: pixels = 2", "pixels: allowed 0 or 1"),
    (PAIR, "Taps: pixels = 0", "a pair: allowed where the layer takes the LR pixel"),
    (SHIFTED, "0", "a shifted value: allowed shifts of 1..48, at most 63 bits"),
    (SHIFTED, "56", "a shifted value: "),
    (ROUNDED, "62, 0", "a constant shift: allowed 0..47, of a product of at most 61 bits"),
    (ROUNDED, "8, 48", "a constant shift: "),
    ("sr::VideoInput<{}>", "Limits: max_width = 16385", "max_width: "),
    ("sr::Fork<{}>", "Limits: max_width = 16385", "max_width: "),
    ("sr::Delay<{}>", "Limits: max_width = 16385", "max_width: "),
    (CONVOLUTION, "Numbers: max_width = 0", "max_width: "),
    ("sr::VideoInput<{}>", "Limits: lr_pixels = 3", "lr_pixels: allowed 1, 2, 4"),
    (CONVOLUTION, "Numbers: lr_pixels = 2", "lr_pixels of a folded engine: allowed 1"),
    (UP, "Up: lr_pixels = 2", "lr_pixels of a folded engine: "),
    (OUT, "Raster: max_height = 16385", "max_height: allowed 1..16384"),
    (REQUANTIZE, "Numbers: Accumulator = ap_int<49>", "Accumulator: allowed signed, at most 48 bits"),
    (REQUANTIZE, "Numbers: Accumulator = ap_uint<22>", "Accumulator: "),
    (REQUANTIZE, "Numbers: Multiplier = ap_int<19>", "Multiplier: allowed signed, 6..18 bits"),
    (REQUANTIZE, "Numbers: Multiplier = ap_int<5>", "Multiplier: "),
    (REQUANTIZE, "Numbers: Product = ap_uint<32>", "Product: allowed signed, at most 64 bits"),
    (REQUANTIZE, "Numbers: Shift = ap_uint<7>", "Shift: allowed unsigned, at most 6 bits"),
    (REQUANTIZE, "Numbers: Output = ap_int<17>", "Output: allowed at most 16 bits"),
    (REQUANTIZE, "Numbers: output_max = 128", "output_min, output_max: allowed a range within Output"),
    (REQUANTIZE, "Numbers: output_min = 127, output_max = 126", "output_min, output_max: "),
    (REQUANTIZE, "Numbers: out_channels = 0", "out_channels: allowed 1 and more"),
    ("sr::Multipliers<{}>", "Numbers: Weight = ap_int<17>", "Weight: allowed signed, 2..16 bits"),
    ("sr::Multipliers<{}>", "Numbers: Weight = ap_uint<8>", "Weight: "),
    ("sr::Multipliers<{}>", "Numbers: Input = ap_int<17>", "Input: allowed at most 16 bits"),
    ("sr::Multipliers<{}>", "Numbers: product_bits = 14", "product_bits: allowed those of a narrow weight times an input"),
    ("sr::Multipliers<{}>", "Numbers: Weight = ap_int<9>", "product_bits: "),
    ("sr::Multipliers<{}>", "Numbers: lanes_per_dsp = 3", "lanes_per_dsp: allowed as many as the port of 26 bits holds"),
    ("sr::Multipliers<{}>", "Numbers: simd = 0", "pe, simd: allowed 1 and more"),
    ("sr::Multipliers<{}>", "Numbers: Partial = ap_int<49>", "Partial: allowed signed, at most 48 bits"),
    (CONVOLUTION, "Numbers: kernel = 33, ahead = 16, padding = 16", "kernel, stride: allowed 1..31 and 1..8, not above the kernel"),
    (UP, "Up: stride = 10", "kernel, stride: "),
    (CONVOLUTION, "Numbers: in_channels = 0", "in_channels: allowed 1 and more"),
    (CONVOLUTION, "Numbers: padding = 0", "padding: allowed (kernel - 1) / 2"),
    (CONVOLUTION, "Numbers: folds = 3", "folds: one word of weights for each"),
    (CONVOLUTION, "Numbers: stride = 2", "stride of a convolution: allowed 1"),
    (CONVOLUTION, "Numbers: ahead = 2", "a same-size convolution reaches as far ahead as behind"),
    (CONVOLUTION, "Numbers: out_channels = 5", "PE divides the output channels"),
    (CONVOLUTION, "Numbers: in_channels = 3", "SIMD divides the operands"),
    (UP, "Up: out_channels = 2", "out_channels of a transposed convolution: allowed 1"),
    (UP, "Up: pe = 26", "PE divides the taps"),
    (UP, "Up: in_channels = 17", "SIMD divides the channels"),
    (UP, "Up: ahead = 3", "ahead is the least that covers the padding"),
    (UP, "Up: ColumnSum = ap_uint<22>", "ColumnSum: allowed signed, at most 48 bits"),
    (UP, "Up: Tap = ap_int<49>", "Tap: allowed signed, at most 48 bits"),
    (LUMA, "Two: luma_shift = 25", "own_shift, luma_shift: allowed 0..24"),
    (LUMA, "Two: own_shift = 1", "the finer grid of the two is that of the sum"),
    (LUMA, "Two: pixels = 1, kernel = 3, padding = 1", "results of a graph: "),
    (ROUND, "Up: stride = 3", "a block has stride x stride sub-pixels"),
    (ROUND, "Up: Output = ap_uint<9>", "Output of a raster: allowed 8 bits, unsigned"),
    (OUT, "Raster: stride = 9", "stride of the raster: allowed 2..8"),
    (OUT, "Raster: beat_pixels = 3", "beat_pixels: allowed 1..8 for each LR pixel of a word, a word is"),
    (OUT, "Raster: groups_per_word = 2", "word_pixels: allowed stride * lr_pixels * groups_per_word"),
    (OUT, "Raster: first_row = 5", "first_row: allowed 0 to the rows of the extra bands"),
    (OUT, "Raster: requantize_folds = 1", "requantize_lanes, requantize_folds: every sub-pixel has its fold"),
    ("sr::LineBuffer<{}, 2, 40>", "ap_int<9>", "the word of a line buffer: allowed ap_uint"),
    (LINE, "2, 0", "a line buffer: allowed rows of 1..16384 words"),
    (LINE, "0, 16385", "no line buffer: allowed rows of 1..16384 words"),
    (WINDOW, "3, 3", "the output position lies in the window"),
]  # fmt: skip
"""Template, what is beyond its bounds (a base and the members that differ, or arguments), the message."""


def compiled(template: str, argument: str, folder: Path) -> subprocess.CompletedProcess[str]:
    base, _, members = argument.partition(": ")
    changed = ""
    if members:
        members = f"using {members}" if "ap_" in members else f"static constexpr int {members}"
        base, changed = "Changed", f"struct Changed : {base} {{ {members}; }};\n"
    includes = "".join(f'#include "{name}"\n' for name in HEADERS)
    source = folder / "bounds.cpp"
    source.write_text(f"{includes}{LEGAL}{changed}template struct Sized<sizeof({template.format(base)})>;\n".replace(
        "template struct Sized<", "template <unsigned long> struct Sized {};\ntemplate struct Sized<"))  # fmt: skip
    paths = [f"-I{ROOT / name}" for name in ("hls", "csim/bench", "csim/standin")]
    command = [simulator.compiler() or "g++", "-std=c++14", "-fsyntax-only", "-w", *paths, str(source)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_legal_instantiation_compiles(template: str, tmp_path: Path) -> None:
    done = compiled(template, TEMPLATES[template], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("template", "argument", "message"), BEYOND, ids=lambda value: str(value)[:40])
def test_what_is_beyond_a_bound_is_refused_with_its_message(template: str, argument: str, message: str, tmp_path: Path) -> None:
    done = compiled(template, argument, tmp_path)
    assert done.returncode != 0
    assert f"static assertion failed: {message}" in done.stderr, done.stderr


def test_each_bound_of_the_library_is_tried_and_each_template_has_one() -> None:
    stated = [text for data in HEADERS.values() for text in re.findall(r"static_assert\([^;]*\"([^\"]+)\"\);", data.decode())]
    assert len(stated) > 30
    untried = [text for text in stated if not any(text.startswith(message) for _, _, message in BEYOND)]
    assert untried == []
    code = "".join(data.decode() for data in HEADERS.values())
    processes = set(re.findall(r"\nstruct (\w+) \{(?:(?!\nstruct ).)*?\brun\(", code, re.DOTALL))
    assert len(processes) == 10
    assert processes <= {template.removeprefix("sr::").split("<")[0] for template in TEMPLATES}
