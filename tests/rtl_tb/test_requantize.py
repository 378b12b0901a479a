"""requantize against golden.arithmetic: every tie, every extreme, random integers; two simulators; and rounding rules that fail."""

from __future__ import annotations

import numpy as np
import pytest

from golden.spec import LUMA, IntType
from hls_export.plan.latency import requantize_latency
from tests.rtl_tb.requantize_units import Requantize
from tests.rtl_tb.unit_bench import library, simulate

S8, S4, S2 = IntType(8, True), IntType(4, True), IntType(2, True)
REQUANTIZES = {
    "8 bit": Requantize(20, 7, 15, S8),
    "luma": Requantize(21, 8, 14, LUMA),
    "4 bit": Requantize(13, 8, 15, S4),
    "2 bit": Requantize(9, 6, 7, S2),
    "widest": Requantize(32, 18, 47, S8),
    "wider than a port": Requantize(29, 18, 31, S8),
    "exponents": Requantize(20, 6, 31, S8, multiplies=False),
    "exponents to luma": Requantize(18, 6, 15, LUMA, multiplies=False),
    "never shifted": Requantize(12, 6, 0, S8),
}


COMPILED = ("luma", "widest", "exponents")


@pytest.mark.parametrize(
    ("name", "simulator"), [*((name, "icarus") for name in REQUANTIZES), *((name, "verilator") for name in COMPILED)]
)
def test_results_are_goldens(name: str, simulator: str) -> None:
    requantize = REQUANTIZES[name]
    rows = requantize.rows()
    got = simulate(simulator, requantize.unit(), rows, requantize_latency(requantize.multiplies))["result_o"]
    if not requantize.output.signed:
        got = got % (1 << requantize.output.bits)
    assert len(got) > 900
    assert np.array_equal(got, requantize.expected(rows))


@pytest.mark.parametrize(
    "change",
    [
        ("PRODUCT_BITS'(is_odd)", "PRODUCT_BITS'(product_shift != '0)"),  # half goes up
        ("PRODUCT_BITS'(is_odd)", "PRODUCT_BITS'(product < 0)"),  # half goes away from zero... and toward it
        ("PRODUCT_BITS'(is_odd)", "PRODUCT_BITS'(1'b0)"),  # half goes down
        ("&& product_shift != '0", ""),  # an odd integer that is not shifted grows
        ("? negative_i : positive_i", "? positive_i : negative_i"),
        ("result < LOW ? LOW : ", ""),
        ("rounded_q >>> rounded_shift_q", "rounded_q >>> product_shift"),  # the shift of another row
    ],
)
def test_another_rule_is_caught(change: tuple[str, str]) -> None:
    sources = library()
    text = sources["requantize_lane.sv"].decode()
    assert text.count(change[0]) == 1
    sources["requantize_lane.sv"] = text.replace(*change).encode()
    requantize = REQUANTIZES["8 bit"]
    rows = requantize.rows()
    got = simulate("icarus", requantize.unit(), rows, requantize_latency(True), sources)["result_o"]
    assert not np.array_equal(got, requantize.expected(rows))
