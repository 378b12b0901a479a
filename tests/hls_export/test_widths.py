"""Proved widths: equal to brute force over every input of small layers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from golden.spec import IntLayer, IntType, Term
from hls_export.errors import ExportError
from hls_export.plan import widths as widths_
from hls_export.plan.widths import signed_bits, widths
from rtl_tb.stimulus.random_networks import build_layer
from tests import networks


def test_signed_bits_is_the_narrowest_type() -> None:
    for low, high in itertools.product(range(-40, 1), range(41)):
        bits = signed_bits(low, high)
        assert -(1 << (bits - 1)) <= low <= high < 1 << (bits - 1)
        narrower = bits - 1
        assert narrower == 0 or not (-(1 << (narrower - 1)) <= low and high < 1 << (narrower - 1))


@pytest.mark.parametrize("seed", range(20))
def test_product_holds_every_accumulator_times_its_multiplier(seed: int) -> None:
    random = np.random.default_rng(seed)
    source = build_layer(random, "one", (2, 1, 1), input=IntType(3, True), output=IntType(4, True), weight_type=IntType(3, True))
    width = widths(source)
    reached = []
    for co in range(2):
        for x in range(-4, 4):
            acc = int(source.weight[co, 0, 0, 0]) * x + int(source.bias[co])
            m = int(source.negative_multiplier[co] if acc < 0 else source.positive_multiplier[co])
            shift = int(source.shift[co])
            v = acc * m
            reached += [v, v if shift == 0 else v + (1 << (shift - 1)) - 1 + (v >> shift & 1)]
    assert signed_bits(min(0, *reached), max(0, *reached)) <= width.product <= signed_bits(min(0, *reached), max(0, *reached)) + 1


def test_overlap_add_registers_hold_a_kernel_row_of_one_phase() -> None:
    weight = np.full((1, 2, 3, 3), 7)
    one = np.ones(1, dtype=np.int64)
    kind = IntType(4, True)
    source = IntLayer("up", "deconv", (Term("previous", weight, kind),), one, one, one, one, kind, IntType(8, False), stride=2)
    assert widths(source).partial == signed_bits(-2 * 7 * 8, 2 * 7 * 8)
    assert widths(source).column_sum == signed_bits(-2 * 2 * 7 * 8, 2 * 2 * 7 * 8)


def test_a_product_over_64_bits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The spec keeps products under 63 bits today; the plan does not rely on it."""
    monkeypatch.setattr(widths_, "_product_bits", lambda _: 65)
    widths.cache_clear()
    with pytest.raises(ExportError, match="needs 65 bits; allowed 64"):
        widths(networks.network().layers[0])
