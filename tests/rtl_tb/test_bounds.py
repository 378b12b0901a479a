"""Every module refuses, at elaboration, each parameter outside its bounds; what the bounds are stands in the module.

slang and Verilator see every case, Yosys and Icarus (whose version 11 has no elaboration tasks, so that it ends with an error at
the first clock instead) some.  Files' names are no bounds: a memory that is missing is an error of the tool that reads it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hls_export import library
from hls_export.file_tree import write_files
from rtl_tb.bench import harness
from rtl_tb.errors import BenchError
from rtl_tb.tools import lint, yosys
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

RTL = library.files(library.RTL)
BENCH = {name: data for name, data in harness.library().items() if name.endswith(".sv")}
FILES = ("FILE", "WEIGHT_FILE", "REQUANTIZE_FILE", "NAME")
WIDE = 32769
"""One more than the 15 bits that count words and folds."""

Values = tuple[int | str | dict[str, int | str], ...]
FOLDS: dict[str, Values] = {"PE": (0, 2), "SIMD": (0, 2), "NEURON_FOLDS": (0, 2), "SYNAPSE_FOLDS": (0, 2)}
PRODUCTS: dict[str, Values] = {
    "PACKED": (-1, 2),
    "WEIGHT_BITS": (1, 17),
    "INPUT_BITS": (0, 17),
    "INPUT_SIGNED": (-1, 2),
    "PRODUCT_BITS": (14,),
    "PARTIAL_BITS": (0, 65),
    "MULTIPLIER_LATENCY": (3, 5),
}
REQUANTIZE: dict[str, Values] = {
    "ACCUMULATOR_BITS": (0,),
    "MULTIPLIER_BITS": (0,),
    "SHIFT_BITS": (0,),
    "MULTIPLIES": (-1, 2),
    "OUTPUT_MIN": (-129, 128),
    "OUTPUT_MAX": (-129, 128),
}
OUTPUT: dict[str, Values] = {"OUTPUT_BITS": (0, 7, 17)}
ENGINE: dict[str, Values] = {**FOLDS, **PRODUCTS, "MAX_WIDTH": (0, WIDE), "IN_CHANNELS": (0, 2), "FIFO_DEPTH": (1,)}
TRANSPOSED: dict[str, Values] = {"STRIDE": (0, 17), "PADDING": (-1, 5, 9), "KERNEL": (0, 8)}
AT_LEAST_ONE: Values = (0, -1)
PIXELS: Values = (0, 3, 8)

OUTSIDE: dict[str, dict[str, Values]] = {
    "accumulate": dict.fromkeys(("LANES", "PARTIAL_BITS", "ACCUMULATOR_BITS"), AT_LEAST_ONE),
    "adder_convolution": {
        "MAX_WIDTH": (0, WIDE),
        "KERNEL": (0,),
        "AHEAD": (-1, 1, 16),
        "PIXELS": PIXELS,
        "PIXEL_BITS": (0,),
        "RESULT_BITS": (0,),
        "GRAPH_LATENCY": (-1,),
        "FIFO_DEPTH": (1,),
    },
    "adder_overlap_add": {
        **TRANSPOSED,
        "KERNEL": (0, 4),
        "MAX_WIDTH": (0, WIDE),
        "AHEAD": (-1, 1, 16),
        "PIXELS": PIXELS,
        "PIXEL_BITS": (0,),
        "PRODUCT_BITS": (0,),
        "COLUMN_SUM_BITS": (0,),
        "ACCUMULATOR_BITS": (0, 49),
        "BIAS": (-(1 << 23) - 1, 1 << 23),
        "GRAPH_LATENCY": (-1,),
        "FIFO_DEPTH": (1,),
    },
    "adder_tree": dict.fromkeys(("TERMS", "TERM_BITS", "SUM_BITS"), AT_LEAST_ONE),
    "axi_lite_slave": {"ADDRESS_BITS": (2, 33)},
    "block_requantize": {
        **REQUANTIZE,
        "OUTPUT_MIN": (-129, 256),
        "OUTPUT_MAX": (-1, 256),
        "STRIDE": (0, 3, 17),
        "PIXELS": PIXELS,
        "LANES": (0, 3),
        "FOLDS": (0, WIDE),
        "GROUPS": (0, {"GROUPS": 257, "WORD_BITS": 257 * 16}),
        "FIRST_ROW": (-1, 5),
        "EXTRA_BANDS": (-1, 1, 16),
        "REQUANTIZE_BITS": (0,),
        "REQUANTIZE_LATENCY": (5, 7),
        "WORD_BITS": (15, 17),
        "ROW_DEPTHS": ("64'h0000001000000001", "64'h0000000000000010"),
    },
    "collect": dict.fromkeys(("PARTS", "WIDTH"), AT_LEAST_ONE),
    "column_sums": {
        "KERNEL": (0, 4),
        "STRIDE": (0, 1),
        "PADDING": (-1, 5, 9),
        "AHEAD": (-1, 1, 16),
        "PIXELS": PIXELS,
        "PRODUCT_BITS": (0,),
        "SUM_BITS": (0,),
    },
    "convolution": {
        **ENGINE,
        **REQUANTIZE,
        **OUTPUT,
        "OUT_CHANNELS": (0, 2),
        "KERNEL": (0, 3),
        "AHEAD": (-1, 1, 16),
        "LANES_PER_DSP": (0, 3),
        "REQUANTIZE_BITS": (0,),
        "REQUANTIZE_LATENCY": (5, 7),
        "PRODUCT_BITS": (14,),
    },
    "credit_fifo": {"WIDTH": (0,), "DEPTH": (0, 1)},
    "delay": {"WIDTH": (0,), "CLOCKS": (-1,), "RESET": (-1, 2), "LAST": (-1, 2)},
    "frame_tracker": {"SCALE": (0, 17), "MAX_WIDTH": (0, 65536), "MAX_HEIGHT": (0, 65536), "DEPTH": (1,)},
    "multiplier_array": {
        "PE": (0,),
        "SIMD": (0,),
        "LANES_PER_DSP": (0, 3),
        "WEIGHT_BITS": (1, 17, {"WEIGHT_BITS": 9, "LANES_PER_DSP": 1}),
        "OPERAND_BITS": (0, 17),
        "OPERAND_SIGNED": (-1, 2, {"OPERAND_SIGNED": 0}),
        "PRODUCT_BITS": (0, 14, 19),
        "PARTIAL_BITS": (0, 65),
        "PACKED": (-1, 2, {"PACKED": 0, "WEIGHT_BITS": 17}),
    },
    "multiplier_loop": {
        "PE": (0,),
        "SIMD": (0,),
        "WEIGHT_BITS": (1, 17),
        "OPERAND_BITS": (0, 17),
        "OPERAND_SIGNED": (-1, 2),
        "PARTIAL_BITS": (0, 65),
        "LATENCY": (2,),
    },
    "overlap_add": {
        **ENGINE,
        **TRANSPOSED,
        "AHEAD": (-1, 1, 16),
        "LANES_PER_DSP": (0, 3),
        **dict.fromkeys(("OWN_SHIFT", "LUMA_SHIFT"), (-1, 1, {"LUMA_BITS": 15, "OWN_SHIFT": 25, "LUMA_SHIFT": 25})),
        "LUMA_BITS": (-1,),
        "LUMA_LATENCY": (1, {"LUMA_BITS": 15, "LUMA_LATENCY": -1}),
        "TAP_BITS": (17, {"LUMA_BITS": 15, "TAP_BITS": 0}),
        "COLUMN_SUM_BITS": (0,),
        **{name: REQUANTIZE[name] for name in ("ACCUMULATOR_BITS", "MULTIPLIER_BITS", "SHIFT_BITS")},
    },
    "packed_multiply": {
        "LANES": (0, 3),
        "WEIGHT_BITS": (1, 12, 17),
        "OPERAND_BITS": (0, 17),
        "OPERAND_SIGNED": (-1, 2, {"OPERAND_SIGNED": 0}),
        "PRODUCT_BITS": (14, 19, {"LANES": 1, "PRODUCT_BITS": 46}),
    },
    "pixel_delay": {"DEPTH": (0, 1), "PIXELS": PIXELS},
    "position_control": {
        "NEURON_FOLDS": (0, WIDE),
        "SYNAPSE_FOLDS": (0, WIDE, {"NEURON_FOLDS": 256, "SYNAPSE_FOLDS": 129}),
        "LAG_ROWS": (-1, 16),
        "LAG_COLUMNS": (-1, 16),
        "EXTRA_ROWS": (-1, 16),
        "IN_EXTRA_ROWS": (-1, 1),
        "PIXELS": PIXELS,
    },
    "requantize": {"LANES": AT_LEAST_ONE, **REQUANTIZE, **OUTPUT, "PRODUCT_BITS": (0,)},
    "requantize_constant": {
        "PRODUCT_BITS": (0,),
        "SHIFT": (-1, 48),
        "OUTPUT_BITS": (0, 17),
        "OUTPUT_SIGNED": (-1, 2),
        "SELECTS": (-1, 2),
    },
    "requantize_lane": {**REQUANTIZE, **OUTPUT, "PRODUCT_BITS": (0,)},
    "requantize_rom": {
        "CHANNELS": (0, WIDE),
        "LANES": (0, 2),
        **{name: REQUANTIZE[name] for name in ("ACCUMULATOR_BITS", "MULTIPLIER_BITS", "SHIFT_BITS")},
    },
    "row_memory": {"WIDTH": (0,), "DEPTH": (0, WIDE), "REGISTERED": (-1, 2)},
    "row_sums": {**dict.fromkeys(("KERNEL", "STRIDE", "COLUMN_SUM_BITS", "SUM_BITS", "PIXELS"), (0,)), "MAX_WIDTH": (0, WIDE)},
    "row_writes": {"STRIDE": (0, 17), "GROUPS": (0, 257), "EXTRA_BANDS": (-1, 16), "FIRST_ROW": (-1, 5), "PIXELS": PIXELS},
    "skid_buffer": {"WIDTH": AT_LEAST_ONE},
    "slice": {"SLICES": (0, WIDE), "WIDTH": (0,)},
    "soft_reset": {"CLOCKS": (0, 256)},
    "stream_fifo": {"WIDTH": (0,), "DEPTH": (0, 1)},
    **{name: {} for name in ("frame_gate", "register_file", "stream_fork")},
    "stream_pair": dict.fromkeys(("LOW_BITS", "HIGH_BITS", "PIXELS"), AT_LEAST_ONE),
    "tap_rows": {
        "KERNEL": (0, 4),
        "STRIDE": (0, 17),
        "PADDING": (-1, 9),
        "MAX_WIDTH": (0, WIDE),
        "AHEAD": (-1, 1, 16),
        "PIXELS": PIXELS,
        **dict.fromkeys(("PRODUCT_BITS", "COLUMN_SUM_BITS", "ACCUMULATOR_BITS", "TO_PRODUCTS"), (0,)),
        "FIFO_DEPTH": (1,),
    },
    "video_input": {"MAX_WIDTH": (0, 65536, {"MAX_WIDTH": 65533, "PIXELS": 4}), "MAX_HEIGHT": (0, 65536), "PIXELS": PIXELS},
    "video_output": {
        "STRIDE": (0, 17),
        "BEAT_PIXELS": (0, 4),
        "WORD_PIXELS": (0, 3, 514),
        "FIRST_ROW": (-1,),
        "LR_PIXELS": (0,),
    },
    "weight_rom": {"WIDTH": (0,), "FOLDS": (0, WIDE)},
    "window": {"PIXEL_BITS": (0,), "SIZE": (0,), "AHEAD": (-1, 3), "MAX_WIDTH": (0, WIDE), "PIXELS": PIXELS},
    "high_water": {"WIDTH": AT_LEAST_ONE},
    "stall_pattern": {"SALT": (-1, 1 << 16)},
    "stream_checker": {"WIDTH": AT_LEAST_ONE},
    "stream_source": {"PIXELS": AT_LEAST_ONE},
    "stream_tap": {"WIDTH": AT_LEAST_ONE, "ALWAYS": (-1, 2)},
    "video_checker": {"LANES": AT_LEAST_ONE},
}  # fmt: skip
ALLOWED: dict[str, list[dict[str, int | str]]] = {
    "axi_lite_slave": [{"ADDRESS_BITS": 3}, {"ADDRESS_BITS": 32}],
    "delay": [{"CLOCKS": 0}, {"RESET": 1}, {"CLOCKS": 4, "LAST": 1}],
    "frame_tracker": [{"SCALE": 1, "DEPTH": 2}, {"SCALE": 16, "MAX_WIDTH": 65535, "MAX_HEIGHT": 65535}],
    "soft_reset": [{"CLOCKS": 1}, {"CLOCKS": 255}],
    "multiplier_array": [{"PACKED": 0}, {"PARTIAL_BITS": 64}, {"PRODUCT_BITS": 18}],
    "packed_multiply": [{"WEIGHT_BITS": 2}, {"LANES": 1, "WEIGHT_BITS": 16, "OPERAND_BITS": 16, "PRODUCT_BITS": 31}],
    "position_control": [{"LAG_ROWS": 15, "LAG_COLUMNS": 15}, {"NEURON_FOLDS": 32768}, {"EXTRA_ROWS": 15, "IN_EXTRA_ROWS": 15}],
    "adder_convolution": [{"KERNEL": 3, "AHEAD": 1, "GRAPH_LATENCY": 0, "PIXELS": 2}],
    "adder_overlap_add": [
        {"GRAPH_LATENCY": 0},
        {"ACCUMULATOR_BITS": 48, "BIAS": "64'sd140737488355327"},
        {"BIAS": -(1 << 23)},
        {"PIXELS": 4},
    ],
    "overlap_add": [{"LUMA_BITS": 15, "LUMA_LATENCY": 0}, {"LUMA_BITS": 15, "LUMA_LATENCY": 9, "LUMA_SHIFT": 24, "TAP_BITS": 48}],
    "requantize_constant": [{"SHIFT": 0}, {"SHIFT": 1}, {"SHIFT": 47, "OUTPUT_BITS": 16}, {"OUTPUT_SIGNED": 1}, {"SELECTS": 0}],
    "requantize": [{"OUTPUT_MIN": 0, "OUTPUT_MAX": 255}, {"OUTPUT_BITS": 16, "OUTPUT_MIN": -32768, "OUTPUT_MAX": 32767}],
    "row_memory": [{"DEPTH": 1}, {"DEPTH": 32768}],
    "slice": [{"SLICES": 1}, {"SLICES": 32768}],
    "column_sums": [{"PIXELS": 2}, {"PIXELS": 4}],
    "pixel_delay": [{"PIXELS": 4}],
    "tap_rows": [{"PIXELS": 2}, {"PIXELS": 4}],
    "video_input": [{"MAX_WIDTH": 1, "MAX_HEIGHT": 65535}, {"MAX_WIDTH": 65532, "PIXELS": 4}],
    "video_output": [{"STRIDE": 16, "WORD_PIXELS": 512}, {"LR_PIXELS": 4}],
    "window": [{"SIZE": 1, "AHEAD": 0}, {"AHEAD": 2}, {"MAX_WIDTH": 32768}, {"SIZE": 5, "AHEAD": 2, "PIXELS": 4}],
}


def cases() -> list[tuple[str, dict[str, int | str]]]:
    return list(_cases())


def _cases() -> Iterator[tuple[str, dict[str, int | str]]]:
    for module, parameters in OUTSIDE.items():
        for name, values in parameters.items():
            for value in values:
                yield module, value if isinstance(value, dict) else {name: value}


def shown(case: object) -> str:
    return case if isinstance(case, str) else ",".join(f"{name}={value}" for name, value in dict(case).items())  # type: ignore[call-overload]


def refusals(lines: list[str]) -> list[str]:
    """The lines in which a module states a bound."""
    return [line for line in lines if re.search(r"\w+: [A-Z_]+ -?\d+.*; allowed ", line)]


def files(module: str) -> dict[str, bytes]:
    return RTL | BENCH if f"{module}.sv" in BENCH else RTL


def numeric_parameters(module: str) -> set[str]:
    header = re.search(r"^module \w+.*?;", files(module)[f"{module}.sv"].decode(), re.DOTALL | re.MULTILINE)
    assert header
    return set(re.findall(r"parameter +(?:\w+ +)?(?:\[[^\]]*\] *)?(\w+) *=", header[0])) - set(FILES)


def test_every_parameter_of_every_module_has_a_case() -> None:
    with_parameters = {Path(name).stem for name in BENCH if numeric_parameters(Path(name).stem)}
    assert set(OUTSIDE) == {Path(name).stem for name in RTL} | with_parameters
    assert len(RTL) == 38
    for module, parameters in OUTSIDE.items():
        assert set(parameters) == numeric_parameters(module), module


def test_every_module_with_parameters_states_bounds_itself() -> None:
    for module, parameters in OUTSIDE.items():
        assert (files(module)[f"{module}.sv"].decode().count("$error(") == 1) == bool(parameters), module


@pytest.mark.parametrize("module", [name for name in OUTSIDE if f"{name}.sv" in RTL])
def test_defaults_and_ends_of_the_bounds_are_allowed(module: str) -> None:
    for parameters in ({}, *ALLOWED.get(module, [])):
        assert [line for line in lint.slang(RTL, module, parameters) if "error:" in line] == [], parameters


@pytest.mark.parametrize(("module", "parameters"), cases(), ids=shown)
def test_slang_refuses_what_is_outside(module: str, parameters: Mapping[str, int | str]) -> None:
    assert refusals(lint.slang(files(module), module, parameters))


@needs_verilator
@pytest.mark.parametrize("module", [module for module, parameters in OUTSIDE.items() if parameters])
def test_verilator_refuses_what_is_outside(module: str) -> None:
    """By the module's own words, but where an error of Verilator's own comes before them: a width of 0, a loop without end."""
    own = 0
    for name, values in OUTSIDE[module].items():
        parameters = values[-1] if isinstance(values[-1], dict) else {name: values[-1]}
        lines = lint.verilated(files(module), module, parameters)
        stated = refusals([line for line in lines if "USERERROR" in line])
        own += bool(stated)
        assert stated or [line for line in lines if line.startswith("%Error") and "Exiting due" not in line], parameters
    assert own


@pytest.mark.parametrize("module", ["packed_multiply", "position_control", "stream_fifo", "window", "convolution"])
def test_yosys_refuses_what_is_outside(module: str, tmp_path: Path) -> None:
    pytest.importorskip("pyosys")
    write_files(tmp_path, RTL)
    name, values = next(iter(OUTSIDE[module].items()))
    with pytest.raises(BenchError, match=r"error encountered: \w+: .*allowed"):
        yosys.run([yosys.read(module, {name: str(values[0])}, sorted(RTL))], tmp_path)


@needs_icarus
@pytest.mark.parametrize(
    ("module", "parameters"),
    [("packed_multiply", {"WEIGHT_BITS": 17}), ("delay", {"RESET": 2}), ("video_input", {"MAX_WIDTH": 65536})],
    ids=shown,
)
def test_icarus_reports_what_is_outside(module: str, parameters: Mapping[str, int], tmp_path: Path) -> None:
    write_files(tmp_path, RTL)
    overrides = [f"-P{module}.{name}={value}" for name, value in parameters.items()]
    assert shutil.which("iverilog")
    for given, count in ((overrides, 1), ([], 0)):
        subprocess.run(["iverilog", "-g2012", "-s", module, *given, "-o", "a", *sorted(RTL)], cwd=tmp_path, check=True)
        said = subprocess.run(["vvp", "-n", "a"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert len(refusals(said.splitlines())) == count


def test_nothing_is_refused_where_a_bound_is_taken_out() -> None:
    """The mutant: without its check the module takes what it must not."""
    text = RTL["row_memory.sv"].decode().replace("DEPTH > 32768", f"DEPTH > {WIDE}")
    broken = RTL | {"row_memory.sv": text.encode()}
    assert not refusals(lint.slang(broken, "row_memory", {"DEPTH": WIDE}))
