"""A residual as a second branch: its sums and the main ones, joined, are the layer's accumulator; and what the plan says of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from golden import IntNetwork
from hls_export import DEVICES, ExportError, Target, make_plan
from hls_export.plan.branches import TAKEN, engine_layers, main_branch, rescaled_layer, residual_branch
from hls_export.plan.plan import assemble, with_lut_lanes
from hls_export.plan.widths import widths
from tests.golden.accumulators import accumulators
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network, fsrcnn, noise

ALIGNMENTS = (-4, 0, 3)
FHD60 = Target(1920, 1080, 60.0, 300.0, DEVICES["zu15eg"])
NETWORK = build_network(5, 2, (4, 3), (3, 3, 9), residual=2)


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_joined_sums_are_the_accumulator(scale: int, alignment: int) -> None:
    layer = build_network(7, scale, (3,), (3, 9), residual=alignment).layers[-1]
    own_term, luma = layer.terms
    pixels = noise(6, 5)
    x = np.random.default_rng(1).integers(layer.input.min, layer.input.max + 1, (3, 6, 5))
    main, own = main_branch(layer), residual_branch(layer)
    sums, added = accumulators(main, x), accumulators(own, pixels.astype(np.int64)[None] - luma.offset)
    joined = own_term.factor * sums + luma.factor * added
    assert (joined == accumulators(layer, x, pixels)).all()
    assert sums.any()
    assert added.any()


@pytest.mark.parametrize("alignment", ALIGNMENTS)
def test_the_branch_that_is_not_shifted_starts_from_the_bias(alignment: int) -> None:
    layer = build_network(7, 2, (3,), (3, 9), residual=alignment).layers[-1]
    main, own = main_branch(layer), residual_branch(layer)
    assert (main.bias.any(), own.bias.any()) == ((False, True) if alignment > 0 else (True, False))
    assert (main.bias + own.bias == layer.bias).all()
    assert max(widths(main).accumulator, widths(own).accumulator) <= widths(layer).accumulator


def test_a_layer_without_one_is_its_own_branch() -> None:
    network = build_network(5, 2, (4, 3), (3, 3, 9))
    assert list(engine_layers(network).values()) == list(network.layers)
    assert rescaled_layer(network) is network.layers[-1]


@pytest.mark.parametrize("name", TAKEN)
def test_the_names_of_its_processes_are_refused_for_layers(name: str) -> None:
    first, *others = NETWORK.layers
    with pytest.raises(ExportError, match=f"layer '{name}': this name is the residual's"):
        assemble(IntNetwork((replace(first, name=name), *others)), TARGET, 10**6)


@pytest.mark.parametrize("budget", [1_600, 6_000, 100_000, 10**7])
def test_its_engine_is_as_fast_as_the_one_beside_it_and_no_larger_than_that_takes(budget: int) -> None:
    plan = assemble(NETWORK, TARGET, budget)
    assert plan.residual is not None
    last, own = plan.layers[-1], plan.residual.layer
    assert own.form == last.form
    folds = max(n for n in (1, 3, 9, 27, 81) if n <= last.folding.folds)
    assert own.folding.folds == folds
    assert own.requantize_dsps == 0
    assert plan.engines == (*plan.layers, own)
    assert plan.resources.dsp == sum(engine.dsps for engine in plan.engines)


def test_pixels_wait_for_the_six_rows_that_fsrcnn_lags() -> None:
    plan, without = (make_plan(fsrcnn(residual=alignment), FHD60) for alignment in (-3, None))
    assert plan.residual is not None
    assert plan.residual.pixel_depth == 6 * 1921 + 5
    delay = next(part for part in plan.memories if part.name == "to_residual")
    assert (delay.words, delay.width_bits, delay.kind) == (plan.residual.pixel_depth, 8, "bram36")
    assert plan.macs_per_pixel == without.macs_per_pixel + 81
    assert plan.clocks_per_frame == without.clocks_per_frame
    assert plan.latency_clocks == without.latency_clocks + 1
    assert plan.resources.dsp == without.resources.dsp + 41
    assert plan.resources.bram36 == without.resources.bram36 + 18


def test_only_what_is_rounded_has_the_joined_widths() -> None:
    plan = assemble(fsrcnn(residual=6), TARGET, 10**6)
    assert plan.residual is not None
    assert plan.rescale.widths == plan.residual.widths == widths(fsrcnn(residual=6).layers[-1])
    assert plan.layers[-1].widths.accumulator < plan.rescale.widths.accumulator
    assert json.loads(plan.to_json())["residual"]["sum_shift"] == 6


def test_its_multipliers_go_into_luts_as_well() -> None:
    plan = assemble(NETWORK, TARGET, 6_000)
    moved = with_lut_lanes(NETWORK, plan, plan.lanes)
    assert moved.lut_lanes == plan.lanes
    assert sum(engine.multiplier_dsps for engine in moved.engines) == 0
    assert moved.resources.lut > plan.resources.lut


def test_the_plan_of_a_network_without_one_says_nothing_of_it() -> None:
    plan = assemble(build_network(5, 2, (4, 3), (3, 3, 9)), TARGET, 6_000)
    assert plan.residual is None
    assert plan.rescale is plan.layers[-1]
    assert "residual" not in plan.to_json()
