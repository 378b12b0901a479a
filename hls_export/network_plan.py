"""A network as hardware, as one works with it: planned in a call, looked at, written to a folder.

Decides nothing of its own: the plan is that of `make_plan`, the folder that of `hls_export.folder`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import golden
from golden.network import html_table
from golden.networks.facts import provenance_of
from golden.spec import IntNetwork
from hls_export import folder
from hls_export.options import size
from hls_export.plan.devices import Device, device
from hls_export.plan.fit import make_plan
from hls_export.plan.plan import HardwarePlan
from hls_export.plan.target import LOWEST, Target


@dataclass(frozen=True, repr=False)
class NetworkPlan(HardwarePlan):
    """A plan and the network that it is for."""

    source: IntNetwork

    def export(self, out: str | Path, *, vectors: str = "small") -> Path:
        """Write HLS C++, SystemVerilog, weights, vectors and report to the folder `out`, which must be new or empty.

        vectors: the frames in vectors/, one of `hls_export.csim.frames.MODES`.
        Raises ExportError for a folder that is not empty, OSError when the disk refuses; nothing is left half-written.
        """
        path = getattr(self.source, "path", None)
        return folder.write(self.source, self, out, mode=vectors, facts=provenance_of(path) or None if path else None)

    def __repr__(self) -> str:
        return f"NetworkPlan({', '.join(f'{name} {value}' for name, value in self.figures().items())})"

    def _repr_html_(self) -> str:
        figures = self.figures()
        return html_table(tuple(figures), [tuple(figures.values())])

    def figures(self) -> dict[str, Any]:
        """What one reads first; LUT and memories are estimates."""
        target, need = self.target, self.resources
        return {
            "network": self.network,
            "frames": f"{target.width}x{target.height}",
            "device": target.device.name,
            "MHz": target.clock_mhz,
            "fps": round(self.fps, 2),
            "LUT": target.device.luts(need.lut),
            "DSP": need.dsp,
            "BRAM36": need.bram36,
            "URAM": need.uram,
        }


def plan(
    network: IntNetwork | str | Path,
    resolution: str | tuple[int, int] = "1920x1080",
    *,
    fps: float = 60.0,
    device: str | Device = "zu15eg",
    clock_mhz: float = LOWEST,
    engine: str = Target.engine,
    pixels_per_clock: int = Target.pixels_per_clock,
) -> NetworkPlan:
    """The hardware of a network for frames of `resolution` (LR, "WIDTHxHEIGHT" or (width, height)) at `fps`.

    network: also a name of the catalogue or a file.  device: a name of `DEVICES`, "lut=N,dsp=N,bram36=N,part=NAME", or a Device.
    clock_mhz: left out, the lowest that keeps to the rate.  engine, pixels_per_clock: as `hls_export.Target` has them.
    Raises ExportError where the rate cannot be reached or the device does not hold it, with what would help; for a network in a
    file, what `golden.load` raises.
    """
    source = network if isinstance(network, IntNetwork) else golden.load(network)
    width, height = size(resolution, "resolution") if isinstance(resolution, str) else resolution
    target = Target(
        width, height, float(fps), float(clock_mhz), named_device(device), engine=engine, pixels_per_clock=pixels_per_clock
    )
    made = make_plan(source, target)
    return NetworkPlan(**{field.name: getattr(made, field.name) for field in fields(made)}, source=source)


def named_device(asked: str | Device) -> Device:
    return asked if isinstance(asked, Device) else device(asked)
