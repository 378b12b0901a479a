"""Which engine each layer gets: its constants as adders, or folded multipliers; and the raster behind the last one.

"auto" begins with adders everywhere and changes the engine of one layer at a time as long as that lowers the share of the device
that is taken: the largest share of any kind, then the sum of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from golden.spec import IntLayer, IntNetwork
from hls_export.errors import ExportError
from hls_export.plan.devices import Device
from hls_export.plan.foldings import folded, too_slow
from hls_export.plan.layer import LayerPlan, geometry, plan_adders
from hls_export.plan.raster import RasterPlan, plan_raster
from hls_export.plan.target import LOWEST, Target

USUAL_MHZ = 100.0
"""The clock where none is asked is at least this where engines may be folded; where all are, it is the device's highest."""


@dataclass(frozen=True)
class Candidate:
    """One way to build a layer: its engine, and the last one's raster."""

    engine: LayerPlan
    raster: RasterPlan | None = None

    def __str__(self) -> str:
        clocks = "" if self.engine.adders is not None else f", {self.engine.folding.folds} clocks a pixel"
        return f"{self.engine.dsps} DSP, {self.engine.estimated_luts} LUT{clocks}"


def clocked(network: IntNetwork, target: Target) -> Target:
    """`target` with a clock: where it asks for none, the lowest at which its pixels per clock keep to the rate.

    Raises ExportError where that is above what a plan chooses by itself for the device.
    """
    if target.clock_mhz != LOWEST:
        return target
    if target.engine == "folded":
        return replace(target, clock_mhz=target.device.highest_mhz)
    pixels = target.pixels_per_clock
    clocks = max(geometry(layer, pixels).positions(target.height, target.width) for layer in network.layers)
    lowest = -(-clocks * target.fps // 1e4) / 100
    if lowest > target.device.highest_mhz:
        raise ExportError(
            f"{target.width}x{target.height} at {target.fps:g} fps needs {lowest:g} MHz at LR pixels a clock: {pixels}; allowed "
            f"{target.device.highest_mhz:g} MHz on {target.device.name} where no clock is asked: fewer fps, more "
            f"--pixels-per-clock, or --clock-mhz {lowest:g}"
        )
    return replace(target, clock_mhz=max(lowest, 1.0 if target.engine == "adders" or pixels > 1 else USUAL_MHZ))


def chosen(network: IntNetwork, target: Target, budget_clocks: int) -> tuple[RasterPlan, dict[str, LayerPlan]]:
    """The raster, and the plan of every engine by name.

    Raises ExportError when no engine allowed keeps to `budget_clocks` a frame, or as the solver does.
    """
    ways = [dict(_candidates(network, layer, target, budget_clocks)) for layer in network.layers]
    picked = [next(iter(way)) for way in ways]
    device = target.device
    while True:
        tried = [
            [*picked[:index], other, *picked[index + 1 :]]
            for index, way in enumerate(ways)
            for other in way
            if other != picked[index]
        ]
        best = min([picked, *tried], key=lambda picks: _share(ways, picks, device))
        if best is picked:
            break
        picked = best
    candidates = [way[pick] for way, pick in zip(ways, picked, strict=True)]
    engines = [replace(way[pick].engine, reason=_reason(way, pick, target)) for way, pick in zip(ways, picked, strict=True)]
    raster = candidates[-1].raster
    assert raster is not None
    return raster, {engine.name: engine for engine in engines}


def _candidates(network: IntNetwork, layer: IntLayer, target: Target, budget_clocks: int) -> Iterator[tuple[str, Candidate]]:
    """What may be tried for this layer, adders first; the last refusal where nothing may."""
    refused = None
    found = False
    for name, build in (("adders", _adders), ("folded", _folded)):
        if target.engine not in ("auto", name) or (name == "folded" and target.pixels_per_clock > 1):
            continue
        try:
            yield name, build(network, layer, target, budget_clocks)
            found = True
        except ExportError as error:
            refused = refused or error
    if not found:
        assert refused is not None
        raise refused


def _adders(network: IntNetwork, layer: IntLayer, target: Target, budget_clocks: int) -> Candidate:
    levels, pixels = target.device.adder_levels(target.clock_mhz), target.pixels_per_clock
    raster = None
    if layer is network.layers[-1]:
        raster = plan_raster(geometry(layer, pixels), target.height, target.width, budget_clocks)
    plan = plan_adders(layer, levels, 0 if raster is None else raster.requantize_lanes, pixels)
    return Candidate(_fast(plan, layer, target, budget_clocks), raster)


def _fast(plan: LayerPlan, layer: IntLayer, target: Target, budget_clocks: int) -> LayerPlan:
    positions = plan.geometry.positions(target.height, target.width)
    if positions > budget_clocks:
        raise too_slow(layer, positions, target, budget_clocks)
    return plan


def _folded(network: IntNetwork, layer: IntLayer, target: Target, budget_clocks: int) -> Candidate:
    if layer is not network.layers[-1]:
        return Candidate(folded(layer, target, budget_clocks))
    raster = plan_raster(geometry(layer), target.height, target.width, budget_clocks)
    return Candidate(folded(layer, target, budget_clocks, raster.requantize_lanes), raster)


def _share(ways: list[dict[str, Candidate]], picks: list[str], device: Device) -> tuple[float, float]:
    taken = [way[pick] for way, pick in zip(ways, picks, strict=True)]
    shares = [
        _part(sum(one.engine.dsps for one in taken), device.dsp),
        _part(device.luts(sum(one.engine.estimated_luts for one in taken)), device.lut),
    ]
    return max(shares), sum(shares)


def _part(taken: int, there: int) -> float:
    return taken / there if there else float("inf") if taken else 0.0


def _reason(way: dict[str, Candidate], pick: str, target: Target) -> str:
    others = [f"{name} would take {other}" for name, other in way.items() if name != pick]
    if target.engine != "auto":
        return "asked for"
    if target.pixels_per_clock > 1:
        return "what takes several pixels a clock"
    return others[0] if others else "the other does not keep to the rate, or not to its widths"
