"""The ports of video_ip, once for its Verilog and its component.xml: direction, width, and the bus interface of each."""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.plan.plan import HardwarePlan

TOP = "video_ip"
CONTROL, INPUT, OUTPUT = "s_axi_control", "s_axis_video", "m_axis_video"
INTERFACES = (CONTROL, INPUT, OUTPUT)
ADDRESS_BITS, DATA_BITS = 12, 32
LITE = (
    *(("awvalid", "in", 0), ("awready", "out", 0), ("awaddr", "in", ADDRESS_BITS)),
    *(("wvalid", "in", 0), ("wready", "out", 0), ("wdata", "in", DATA_BITS), ("wstrb", "in", DATA_BITS // 8)),
    *(("bvalid", "out", 0), ("bready", "in", 0), ("bresp", "out", 2)),
    *(("arvalid", "in", 0), ("arready", "out", 0), ("araddr", "in", ADDRESS_BITS)),
    *(("rvalid", "out", 0), ("rready", "in", 0), ("rdata", "out", DATA_BITS), ("rresp", "out", 2)),
)


@dataclass(frozen=True)
class Port:
    """direction: in or out; bits: 0 for a port that is no vector; logical: its name in the bus definition."""

    name: str
    direction: str
    bits: int
    interface: str
    logical: str


def ports(plan: HardwarePlan, components: int = 1) -> list[Port]:
    """In the order of video_top's; components: samples of a pixel."""
    signals = [
        Port("aclk", "in", 0, "aclk", "CLK"),
        Port("aresetn", "in", 0, "aresetn", "RST"),
        Port("interrupt", "out", 0, "interrupt", "INTERRUPT"),
    ]
    lite = [Port(f"{CONTROL}_{name}", way, bits, CONTROL, name.upper()) for name, way, bits in LITE]
    samples_in, samples_out = plan.raster.pixels * components, plan.raster.beat_pixels * components
    return signals + lite + _stream(INPUT, "in", samples_in, 0) + _stream(OUTPUT, "out", samples_out, samples_out)


def _stream(interface: str, way: str, samples: int, keep: int) -> list[Port]:
    back = "out" if way == "in" else "in"
    parts = [("tvalid", way, 0), ("tready", back, 0), ("tdata", way, 8 * samples)]
    parts += [("tkeep", way, keep)] if keep else []
    parts += [("tuser", way, 1), ("tlast", way, 0)]
    return [Port(f"{interface}_{name}", direction, bits, interface, name.upper()) for name, direction, bits in parts]
