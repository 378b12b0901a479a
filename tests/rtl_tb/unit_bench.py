"""A bench for one pipelined module without handshake: rows of inputs in, one per clock, rows of outputs back."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import rtl_tb
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.simulator import Simulator
from rtl_tb.tools.verilator import Verilator

Integers = NDArray[np.int64]
VERILATOR = Verilator()
SIMULATORS: dict[str, Simulator] = {"verilator": VERILATOR, "icarus": Icarus()}
LIBRARY = Path(__file__).parents[2] / "hls_export" / "rtl"
SV = Path(rtl_tb.__file__).parent / "bench" / "sv"
CLOCKS_AFTER = 40

BENCH = """module rtl_bench (input logic clk_i);
  logic [{in_bits}-1:0] stimulus [0:{rows}-1];
  logic [{out_bits}-1:0] result;
  integer row_q, file;
  initial begin
    $readmemh("stimulus.mem", stimulus);
    file = $fopen("result.hex", "w");
    row_q = 0;
  end
  always @(posedge clk_i) begin
    $fwrite(file, "%h\\n", result);
    row_q <= row_q + 1;
    if (row_q == {rows} - 1) begin $fclose(file); $finish; end
  end
  wire [{in_bits}-1:0] row = stimulus[row_q];
  {module} #({parameters}) u_unit (.clk_i(clk_i), {ports});
endmodule
"""


@dataclass(frozen=True)
class Unit:
    """A module, its parameters, and its ports in order as name -> (lanes, bits of a lane)."""

    module: str
    parameters: Mapping[str, int]
    inputs: Mapping[str, tuple[int, int]]
    outputs: Mapping[str, tuple[int, int]]


def library() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(LIBRARY.glob("*.sv"))}


def simulate(
    simulator: str, unit: Unit, rows: Mapping[str, Integers], latency: int, sources: Mapping[str, bytes] | None = None
) -> dict[str, Integers]:
    """Port -> (rows, lanes) signed outputs, `latency` clocks after the inputs of the same row."""
    count = len(next(iter(rows.values())))
    modules = dict(library() if sources is None else sources)
    modules["rtl_bench.sv"] = _bench(unit, count + CLOCKS_AFTER).encode()
    modules |= {name: (SV / name).read_bytes() for name in ("icarus_bench.sv", "main.cpp")}
    if simulator == "verilator":
        modules.pop("icarus_bench.sv")
    program = SIMULATORS[simulator].build(modules, wave="")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stimulus.mem").write_text(_stimulus(unit, rows, count))
        program.run(folder, (), 600)
        lines = (folder / "result.hex").read_text().split()[latency : latency + count]
    assert len(lines) == count
    return _results(unit, lines)


def pack(values: Sequence[int], bits: int) -> int:
    """Lane 0 in the least significant bits."""
    mask, word = (1 << bits) - 1, 0
    for lane, value in enumerate(values):
        word |= (int(value) & mask) << (lane * bits)
    return word


def _bench(unit: Unit, rows: int) -> str:
    ports, at = [], 0
    for name, (lanes, bits) in unit.inputs.items():
        ports.append(f".{name}(row[{at} +: {lanes * bits}])")
        at += lanes * bits
    out = 0
    for name, (lanes, bits) in unit.outputs.items():
        ports.append(f".{name}(result[{out} +: {lanes * bits}])")
        out += lanes * bits
    parameters = ", ".join(f".{name}({value})" for name, value in unit.parameters.items())
    return BENCH.format(in_bits=at, out_bits=out, rows=rows, module=unit.module, parameters=parameters, ports=", ".join(ports))


def _stimulus(unit: Unit, rows: Mapping[str, Integers], count: int) -> str:
    lines = []
    for index in range(count):
        word = at = 0
        for name, (lanes, bits) in unit.inputs.items():
            word |= pack(rows[name][index].tolist(), bits) << at
            at += lanes * bits
        lines.append(f"{word:x}")
    return "\n".join([*lines, *["0"] * CLOCKS_AFTER]) + "\n"


def _results(unit: Unit, lines: Sequence[str]) -> dict[str, Integers]:
    """Unknown digits (Icarus) are no integers and raise ValueError."""
    words, found, at = [int(line, 16) for line in lines], {}, 0
    for name, (lanes, bits) in unit.outputs.items():
        half, mask = 1 << (bits - 1), (1 << bits) - 1
        table = [[((word >> (at + lane * bits) & mask) ^ half) - half for lane in range(lanes)] for word in words]
        found[name] = np.array(table, dtype=np.int64).reshape(len(words), lanes)
        at += lanes * bits
    return found
