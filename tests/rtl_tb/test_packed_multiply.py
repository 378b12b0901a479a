"""packed_multiply, every case of every packing that the plan uses: all weights of narrow range and all operands."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.spec import IntType
from hls_export.plan.multipliers import lanes_per_dsp, product_bits
from tests.rtl_tb.unit_bench import SV, VERILATOR, library

BORROW = " + PRODUCT_BITS'(all_qq[i*PRODUCT_BITS-1])"
PACKINGS = {
    (weight, kind): lanes_per_dsp(IntType(weight, True), kind)
    for weight, kind in (
        (8, IntType(8, True)),
        (8, IntType(8, False)),
        (4, IntType(8, True)),
        (4, IntType(4, True)),
        (2, IntType(4, True)),
        (4, IntType(8, False)),
    )
}


def _bench() -> str:
    """One packed_exhaustive for each packing, in as many clocks as the longest takes; then a line for each."""
    cases = max(kind.bits + lanes * weight for (weight, kind), lanes in PACKINGS.items())
    units = [_unit(index, *key, lanes) for index, (key, lanes) in enumerate(PACKINGS.items())]
    prints = [f'      $display("%0d %0d", checked{index}, wrong{index});' for index in range(len(PACKINGS))]
    count = ["  integer clock_q = 0;", "  always @(posedge clk_i) begin", "    clock_q <= clock_q + 1;"]
    end = [f"    if (clock_q == {2**cases + 10}) begin", *prints, "      $finish;", "    end", "  end", "endmodule", ""]
    return "\n".join(["module rtl_bench (input logic clk_i);", *units, *count, *end])


def _unit(index: int, weight: int, kind: IntType, lanes: int) -> str:
    bits = product_bits(IntType(weight, True), kind)
    values = f".LANES({lanes}), .WEIGHT_BITS({weight}), .OPERAND_BITS({kind.bits}), "
    values += f".OPERAND_SIGNED({int(kind.signed)}), .PRODUCT_BITS({bits})"
    ports = f".clk_i(clk_i), .checked_o(checked{index}), .wrong_o(wrong{index})"
    return f"  wire [31:0] checked{index}, wrong{index};\n  packed_exhaustive #({values}) u_{index} ({ports});"


def _run(tmp_path: Path, change: tuple[str, str] = ("", "")) -> list[list[int]]:
    """(checked, wrong) of each packing."""
    packed = library()["packed_multiply.sv"].decode()
    assert change[0] in packed
    files = {"packed_multiply.sv": packed.replace(*change).encode() if change[0] else packed.encode()}
    files["packed_exhaustive.sv"] = (Path(__file__).parent / "packed_exhaustive.sv").read_bytes()
    files |= {"rtl_bench.sv": _bench().encode(), "main.cpp": (SV / "main.cpp").read_bytes()}
    printed = VERILATOR.build(files, wave="").run(tmp_path, (), 600)
    return [[int(word) for word in line.split()] for line in printed.splitlines() if line[:1].isdigit()]


def test_the_packings_are_those_of_the_plan() -> None:
    assert list(PACKINGS.values()) == [2, 2, 3, 4, 5, 2]


@pytest.mark.slow
def test_every_product_of_every_case_is_exact(tmp_path: Path) -> None:
    """2^24 cases of two 8-bit weights and an 8-bit operand, 2^20 of three and of four 4-bit weights, 2^14 of five 2-bit ones."""
    found = _run(tmp_path)
    assert [checked for checked, _ in found] == [1 << (kind.bits + lanes * weight) for (weight, kind), lanes in PACKINGS.items()]
    assert [wrong for _, wrong in found] == [0] * len(PACKINGS)


@pytest.mark.slow
def test_without_the_borrow_every_packing_is_wrong(tmp_path: Path) -> None:
    found = _run(tmp_path, (BORROW, ""))
    assert len(found) == len(PACKINGS)
    assert all(wrong > checked // 4 for checked, wrong in found)
