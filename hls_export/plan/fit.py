"""When a device does not hold a plan: by how much, and what would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from golden.spec import IntNetwork
from hls_export.errors import ExportError
from hls_export.plan.choice import clocked
from hls_export.plan.devices import DEVICES, Device
from hls_export.plan.layer import LayerPlan
from hls_export.plan.plan import HardwarePlan, assemble, decided
from hls_export.plan.target import Target

KINDS = {"dsp": "DSP", "lut": "LUT (estimate)", "bram36": "BRAM36", "uram": "URAM"}
MAX_II_TRIED = 64


def make_plan(network: IntNetwork, target: Target) -> HardwarePlan:
    """The plan with the fewest multipliers that keeps to the target's rate.

    Raises ExportError when the rate cannot be reached at one clock per pixel, or the device does not hold the plan; the message
    says by how much and what would help.  Nothing is scheduled before that is known.
    """
    target = clocked(network, target)
    plan = assemble(network, target, target.budget_clocks)
    check_device(network, plan)
    return plan


def check_device(network: IntNetwork, plan: HardwarePlan) -> None:
    """Raises ExportError, naming what is short and what would help, when the device does not hold the plan."""
    device = plan.target.device
    short = shortages(plan, device)
    if not short:
        return
    help_ = "; ".join(remedies(network, plan)) or "nothing in the table of devices would"
    raise ExportError(f"{device.name} does not hold {plan.network}: {', '.join(short)}. What would: {help_}")


def shortages(plan: HardwarePlan, device: Device) -> list[str]:
    """What the device has too little of, as text; empty when the plan fits."""
    short = []
    for kind, label in KINDS.items():
        needs, has = getattr(plan.resources, kind), getattr(device, kind)
        needs = device.luts(needs) if kind == "lut" else needs
        if needs > has:
            short.append(f"{needs} {label} needed, {has} there, {needs - has} over")
    return short


def remedies(network: IntNetwork, plan: HardwarePlan) -> Iterator[str]:
    """What would make it fit, each tried: a lower rate, other devices; and fewer bits."""
    target = plan.target
    fps = highest_fps(network, target)
    if fps:
        yield f"{fps:.1f} fps"
    others = [
        device.name for device in DEVICES.values() if not shortages(replace(plan, target=replace(target, device=device)), device)
    ]
    if others:
        yield f"device {' or '.join(others)}"
    if target.device.luts(plan.resources.lut) > target.device.lut and any(
        layer.adders and layer.weight_type[0] > 4 for layer in plan.engines
    ):
        yield "4-bit weights (adders cost what the weights' digits do)"
    lanes = {(layer.weight_type[0], layer.input_type[0]) for layer in plan.engines[1:]}
    if plan.resources.dsp > target.device.dsp and any(max(pair) > 4 for pair in lanes):
        yield "4-bit weights and activations (four multiplications per DSP instead of two)"


def highest_fps(network: IntNetwork, target: Target) -> float | None:
    """The highest rate at which the device holds the network, None when it does not even at MAX_II_TRIED clocks per pixel."""
    slack = (target.width + 1) * max(layer.kernel for layer in network.layers)
    positions = -(-target.width // target.pixels_per_clock) * target.height + slack
    if shortages(assemble(network, target, positions * MAX_II_TRIED), target.device):
        return None
    for ii in range(1, MAX_II_TRIED + 1):
        try:
            _, engines = decided(network, target, positions * ii)
        except ExportError:
            continue
        if _beyond(list(engines.values()), target.device):
            continue
        plan = assemble(network, target, positions * ii)
        if not shortages(plan, target.device):
            return plan.fps
    return None


def _beyond(engines: list[LayerPlan], device: Device) -> bool:
    """Whether the engines alone are more than the device has, whatever their streams take."""
    dsps, luts = sum(engine.dsps for engine in engines), sum(engine.estimated_luts for engine in engines)
    return dsps > device.dsp or device.luts(luts) > device.lut
