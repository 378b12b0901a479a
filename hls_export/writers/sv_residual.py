"""The residual's part of the top: the fork of the pixels, their delay, and the join with the sums of the last layer.

u_video_input -> u_fork -> u_FIRST ... u_LAST ---------> u_join -> u_rescale
                        -> u_pixel_delay -> u_residual ->
"""

from __future__ import annotations

from hls_export.plan.branches import RESIDUAL
from hls_export.plan.rtl_plan import FRAMES, JOIN, JOINED_PIXELS, RtlPlan
from hls_export.writers.sv_instance import from_, instance, into, stream

FORK, DELAY, PIXELS = "fork", "pixel_delay", RESIDUAL


def fork(rtl: RtlPlan) -> list[str]:
    """u_fork: every pixel of the input to the first layer and to the delay."""
    sinks = DELAY, rtl.hardware.layers[0].name
    parts = {part: "{" + ", ".join(f"to_{sink}_{part}" for sink in sinks) + "}" for part in ("valid", "ready")}
    source = stream(FORK, {"s_valid_i": "valid", "s_ready_o": "ready"})
    ports = {**source, "m_valid_o": parts["valid"], "m_ready_i": parts["ready"]}
    payload = [f"  assign to_{sink}_{part} = to_{FORK}_{part};" for sink in sinks for part in ("data", "size")]
    return [*payload, *instance("stream_fork", "u_fork", {}, ports)]


def branch(rtl: RtlPlan) -> list[str]:
    """u_pixel_delay: the pixels wait until the layers have come as far."""
    depth = rtl.pixel_depth
    ports = {**from_(DELAY), **into(PIXELS), "stored_o": f"stored_{PIXELS}"}
    declare = f"  logic [{depth.bit_length() - 1}:0] stored_{PIXELS};"
    return [declare, *instance("pixel_delay", "u_pixel_delay", {"DEPTH": depth, "FRAMES": FRAMES}, ports)]


def join(rtl: RtlPlan) -> list[str]:
    """u_join: a block of the last layer's sums and one of the residual's become the accumulators."""
    plan, residual = rtl.hardware, rtl.hardware.residual
    assert residual is not None
    numbers = {
        "LANES": plan.raster.stride**2,
        "SUM_BITS": plan.layers[-1].widths.accumulator,
        "SUM_SHIFT": residual.sum_shift,
        "PIXEL_BITS": residual.layer.widths.accumulator,
        "PIXEL_SHIFT": residual.shift,
        "ACCUMULATOR_BITS": residual.widths.accumulator,
    }
    sides = {"sum": JOIN, "pixel": JOINED_PIXELS}
    ends = (("valid_i", "valid"), ("ready_o", "ready"), ("data_i", "data"), ("size_i", "size"))
    ports: dict[str, str] = {}
    for side, name in sides.items():
        ports |= stream(name, {f"s_{side}_{port}": part for port, part in ends})
    return instance("block_join", "u_join", numbers, {**ports, **into("rescale")})
