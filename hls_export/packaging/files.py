"""Everything of an export that packages video_top: ip/, the FuseSoC core, scripts and constraints for Vivado, driver/."""

from __future__ import annotations

from collections.abc import Iterable

from hls_export import library
from hls_export.packaging import fusesoc, ipxact
from hls_export.packaging.drivers import driver_files
from hls_export.packaging.ports import TOP
from hls_export.packaging.wrapper import wrapper
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.scripts import filled

WRAPPER = f"ip/{TOP}.v"
SCRIPTS = ("video_ip.xdc", "checks.tcl", "synth.tcl", "project.tcl", "package_ip.tcl", "block_design.tcl")
"""Files of an export's vivado/ folder, as they lie in scripts/."""
IO_SHARE = 0.3
"""Of the clock period, that the outside takes before an input and behind an output."""


def package_files(plan: HardwarePlan, names: Iterable[str], components: int = 1, frames: str = "vectors") -> dict[str, bytes]:
    """Path -> content; names: the paths of the rest of the export.

    components, frames: samples of a pixel of video_top, and the folder of what its benches send.
    """
    listed = sorted(names)
    sources = [*(name for name in listed if name.startswith("rtl/") and name.endswith(".sv")), WRAPPER]
    memories = [name for name in listed if name.endswith(".mem")]
    vectors = [name for name in listed if name.startswith(f"{frames}/") and not name.endswith(".hex")]
    facts = _facts(plan)
    scripts = {f"vivado/{name}": filled(library.page(f"scripts/{name}").decode(), facts, name).encode() for name in SCRIPTS}
    return (
        scripts
        | driver_files(plan)
        | {
            WRAPPER: wrapper(plan, components).encode(),
            "ip/component.xml": ipxact.component(plan, sources, memories, components),
            fusesoc.CORE: fusesoc.core(plan, sources, memories, vectors).encode(),
        }
    )


def _facts(plan: HardwarePlan) -> dict[str, object]:
    period, device = plan.target.clock_period_ns, plan.target.device
    return {
        "hash": plan.network_hash,
        "width": plan.target.width,
        "height": plan.target.height,
        "fps": f"{plan.target.fps:g}",
        "part": device.part,
        "period": f"{period:.4f}",
        "mhz": f"{1000 / period:.4f}",
        "io_delay": f"{IO_SHARE * period:.4f}",
        "dsp": plan.resources.dsp,
        "pixels": plan.raster.pixels,
        "beat_pixels": plan.raster.beat_pixels,
        "scale": plan.scale,
        "name": ipxact.name(plan),
        "vendor": ipxact.VENDOR,
        "library": ipxact.LIBRARY,
        "version": ipxact.VERSION,
    }
