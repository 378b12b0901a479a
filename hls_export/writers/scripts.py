"""The files that build an export, from scripts/: the Makefile of the C simulation, a README, scripts for Vitis HLS and Vivado.

No Vitis HLS was at hand when they were written: its scripts follow AMD UG1399 and say in their first lines that they are untested.
"""

from __future__ import annotations

import re

from hls_export import library
from hls_export.errors import ExportError
from hls_export.plan.plan import HardwarePlan

FILES = {
    "Makefile": "Makefile",
    "sim/build.py": "build.py",
    "rtlsim/bench.py": "bench.py",
    "rtlsim/files.py": "files.py",
    "rtlsim/video_top_tb.sv": "video_top_tb.sv",
    "rtlsim/run.py": "run.py",
    "README.txt": "README.txt",
    "vitis/run_hls.tcl": "run_hls.tcl",
    "vitis/check_csynth.py": "check_csynth.py",
    "vitis/hls_config.cfg": "hls_config.cfg",
    "vitis/vitis_wrapper.sv": "vitis_wrapper.sv",
}
"""Path in an export -> name in scripts/, where @FACT@ stands for a fact of the plan."""
STALLED_ROWS = 4
"""Rows of the frame that stalling processes are simulated with, beyond those that the layers lag."""


def build_files(plan: HardwarePlan, components: int = 1, vectors: str = "vectors") -> dict[str, bytes]:
    """Path -> content, of the files that build and explain an export.

    components, vectors: samples of a pixel of video_top, and the folder of frames that its benches send.
    """
    target, lag = plan.target, sum(layer.geometry.ahead for layer in plan.engines)
    facts = {
        "hash": plan.network_hash,
        "network": plan.network,
        "width": target.width,
        "height": target.height,
        "fps": f"{target.fps:g}",
        "ii": plan.initiation_interval,
        "part": target.device.part,
        "period": f"{target.clock_period_ns:.4f}",
        "timed_height": min(16, target.height),
        "timed_width": min(64, target.width),
        "stall_height": min(lag + STALLED_ROWS, target.height),
        "pixels": plan.raster.pixels,
        "beat_pixels": plan.raster.beat_pixels,
        "scale": plan.scale,
        "clocks": plan.initiation_interval,
        "components": components,
        "vectors": vectors,
    }
    texts = {path: library.page(f"scripts/{name}").decode() for path, name in FILES.items()}
    return {path: filled(text, facts, path).encode() for path, text in texts.items()}


def filled(text: str, facts: dict[str, object], where: str) -> str:
    """`text` with every @NAME@ replaced by that fact; ExportError for a name that is none."""

    def fact(found: re.Match[str]) -> str:
        if found[1] not in facts:
            raise ExportError(f"scripts/{where}: @{found[1]}@; allowed {', '.join(facts)}")
        return str(facts[found[1]])

    return re.sub(r"@(\w+)@", fact, text)
