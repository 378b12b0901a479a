"""Which folding each engine gets: the fewest DSPs among those that keep to the rate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from golden.spec import IntLayer, IntNetwork
from hls_export.errors import ExportError
from hls_export.plan.layer import Folding, LayerPlan, plan_layer
from hls_export.plan.pipeline import last_engines
from hls_export.plan.raster import RasterPlan
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


def folded(layer: IntLayer, target: Target, budget_clocks: int) -> LayerPlan:
    """A convolution with the fewest DSPs that keep to `budget_clocks` a frame.  Raises ExportError when no folding does."""
    return _fewest(_candidates(layer, None, None), layer, target, budget_clocks)


def folded_last(network: IntNetwork, raster: RasterPlan, target: Target, budget_clocks: int) -> dict[str, LayerPlan]:
    """The engines of the last layer's terms by name, as `folded`; one beside the layer's own is as fast as that one."""
    found, last = {}, network.layers[-1]
    sources = last_engines(network)
    own = _candidates(sources[last.name], raster.requantize_lanes, last)
    found[last.name] = _fewest(own, last, target, budget_clocks)
    clocks = found[last.name].geometry.positions(target.height, target.width) * found[last.name].folding.folds
    for name in sources.keys() - found.keys():
        found[name] = _fewest(_candidates(sources[name], 0, None), sources[name], target, clocks)
    return found


@lru_cache(maxsize=256)
def _candidates(layer: IntLayer, requantize_lanes: int | None, rounded: IntLayer | None) -> tuple[LayerPlan, ...]:
    return tuple(plan_layer(layer, folding, requantize_lanes, rounded) for folding in foldings(layer))


def _fewest(candidates: tuple[LayerPlan, ...], layer: IntLayer, target: Target, budget_clocks: int) -> LayerPlan:
    """The one with the fewest DSPs among those that keep to the rate; then the fewest lanes, then the fewest PE."""
    positions = candidates[0].geometry.positions(target.height, target.width)
    fast = [plan for plan in candidates if positions * plan.folding.folds <= budget_clocks]
    if not fast:
        raise too_slow(layer, positions, target, budget_clocks)
    return min(fast, key=lambda plan: (plan.dsps, plan.folding.lanes, plan.folding.pe))


def too_slow(layer: IntLayer, positions: int, target: Target, budget_clocks: int) -> ExportError:
    """That an engine cannot keep to the rate even at one clock a position, and which rate it could."""
    most = target.clock_mhz * 1e6 / positions
    return ExportError(
        f"{layer.where}: {positions} positions a frame of {target.width}x{target.height} do not fit {budget_clocks} clocks; "
        f"allowed at {target.clock_mhz:g} MHz at most {most:.1f} fps"
    )
