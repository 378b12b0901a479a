"""Printing video_top, registers and frame gate around sr_top or a core with its ports, from scripts/video_top.sv and the plan.

registers/registers.rdl states what the registers are; the tools that read it (rtl_tb.registers) are not needed here.
"""

from __future__ import annotations

from hls_export import library
from hls_export.file_tree import packaged
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.scripts import filled

VIDEO_TOP = "video_top"
REGISTERS = "registers"
SAMPLE_BITS = 8
HASH_WORDS = 8


def register_files() -> dict[str, bytes]:
    """Path -> content of an export's registers/ folder: the SystemRDL source, and the C header and table made from it."""
    return {f"{REGISTERS}/{name}": data for name, data in packaged("hls_export", REGISTERS, (".rdl", ".h", ".json")).items()}


def register_facts(plan: HardwarePlan) -> dict[str, int]:
    """The parameters of registers.rdl for a plan: what the constant registers hold, and where the frame's size starts."""
    words = {f"HASH_{i}": int(plan.network_hash[8 * i : 8 * i + 8], 16) for i in range(HASH_WORDS)}
    return words | {
        "SCALE": plan.scale,
        "BITS": SAMPLE_BITS,
        "PIXELS_IN": plan.raster.pixels,
        "PIXELS_OUT": plan.raster.beat_pixels,
        "MAX_WIDTH": plan.target.width,
        "MAX_HEIGHT": plan.target.height,
    }


def video_top(plan: HardwarePlan, core: str = "sr_top", components: int = 1, carries: str = "luma alone") -> str:
    """video_top.sv of an RTL plan; core: the module inside; components: samples of a pixel; carries: what they are, in words."""
    numbers = register_facts(plan)
    facts = {
        "hash": plan.network_hash,
        "network": plan.network,
        "width": numbers["MAX_WIDTH"],
        "height": numbers["MAX_HEIGHT"],
        "scale": numbers["SCALE"],
        "bits": SAMPLE_BITS,
        "core": core,
        "carries": carries,
        "samples_in": numbers["PIXELS_IN"] * components,
        "samples_out": numbers["PIXELS_OUT"] * components,
        "pixels_in": numbers["PIXELS_IN"],
        "pixels_out": numbers["PIXELS_OUT"],
    }
    return filled(library.page("scripts/video_top.sv").decode(), facts, "video_top.sv")
