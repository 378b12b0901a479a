"""Which folding each engine gets: the fewest DSPs among those that keep to the rate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from golden.spec import IntLayer
from hls_export.errors import ExportError
from hls_export.plan.layer import Folding, LayerPlan, plan_layer
from hls_export.plan.target import Target


def foldings(layer: IntLayer) -> Iterator[Folding]:
    """Every folding that wastes no multiplier: PE divides the outputs (or taps), SIMD the operands of one output."""
    neurons = layer.kernel**2 if layer.kind == "deconv" else layer.out_channels
    synapses = layer.in_channels if layer.kind == "deconv" else layer.in_channels * layer.kernel**2
    for pe in divisors(neurons):
        for simd in divisors(synapses):
            yield Folding(pe, simd, neurons // pe, synapses // simd)


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def folded(layer: IntLayer, target: Target, budget_clocks: int, requantize_lanes: int | None = None) -> LayerPlan:
    """The layer with the fewest DSPs that keep to `budget_clocks` a frame; then the fewest lanes, then the fewest PE.

    requantize_lanes: for a transposed convolution, how many sub-pixels are rounded per clock.  Raises ExportError when no folding
    is fast enough, and as the solver does where the LR pixel has a term.
    """
    candidates = _candidates(layer, target.device.adder_levels(target.clock_mhz), requantize_lanes)
    positions = candidates[0].geometry.positions(target.height, target.width)
    fast = [plan for plan in candidates if positions * plan.folding.folds <= budget_clocks]
    if not fast:
        raise too_slow(layer, positions, target, budget_clocks)
    return min(fast, key=lambda plan: (plan.dsps, plan.folding.lanes, plan.folding.pe))


@lru_cache(maxsize=256)
def _candidates(layer: IntLayer, levels: int, requantize_lanes: int | None) -> tuple[LayerPlan, ...]:
    return tuple(plan_layer(layer, folding, levels, requantize_lanes) for folding in foldings(layer))


def too_slow(layer: IntLayer, positions: int, target: Target, budget_clocks: int) -> ExportError:
    """That an engine cannot keep to the rate even at one clock a position, and which rate it could."""
    most = target.clock_mhz * 1e6 / positions
    return ExportError(
        f"{layer.where}: {positions} positions a frame of {target.width}x{target.height} do not fit {budget_clocks} clocks; "
        f"allowed at {target.clock_mhz:g} MHz at most {most:.1f} fps"
    )
