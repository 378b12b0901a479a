"""A top between a design and the pins of a chip: registers at both ends, so that no logic is drawn to a pin.

Where the pins of a placer lie nobody decided, and a path from one into the design would say more of that than of the design.
"""

from __future__ import annotations

import re

TOP = "placed_top"
PORT = re.compile(r"^  (input|output) +logic +(\[[^]]+\])? *(\w+),?$", re.MULTILINE)


def placed_top(name: str, text: str) -> str:
    """The top of that name around the module `name` of this text: the ports, a skid buffer behind each stream's pins."""
    header = text[text.index(f"module {name} ") : text.index(");", text.index(f"module {name} "))]
    ports = [(way, width or "", port) for way, width, port in PORT.findall(header)]
    sent = [(width, port) for way, width, port in ports if port.startswith("frame_") or (way, port[:2]) == ("input", "s_")]
    sent = [(width, port) for width, port in sent if not port.endswith("tvalid")]
    given = [(width, port) for way, width, port in ports if (way, port[:2]) == ("output", "m_") and not port.endswith("tvalid")]
    inner = ["s_axis_video_tvalid", "s_axis_video_tready", "m_axis_video_tvalid", "m_axis_video_tready", "aresetn", "status_clear"]
    inner += [port for _, port in (*sent, *given)]
    wired = ", ".join(f".{port}({port}_q)" if port in inner else f".{port}" for _, _, port in ports)
    return "\n".join(
        [
            f"module {TOP} (",
            ",\n".join(f"  {way} logic {width} {port}" for way, width, port in ports),
            ");",
            *(f"  logic {width} {port}_q;" for _, width, port in ports if port in inner),
            "  always_ff @(posedge aclk) {aresetn_q, status_clear_q} <= {aresetn, status_clear};",
            *_skid("in", ("s_axis_video", "s_axis_video"), [port for _, port in sent], ("", "_q")),
            *_skid("out", ("m_axis_video", "m_axis_video"), [port for _, port in given], ("_q", "")),
            f"  {name} u_top ({wired});",
            "endmodule",
            "",
        ]
    )


def _skid(name: str, streams: tuple[str, str], payload: list[str], suffixes: tuple[str, str]) -> list[str]:
    (source, sink), (before, after) = streams, suffixes
    words = [", ".join(f"{port}{suffix}" for port in payload) for suffix in suffixes]
    return [
        f"  skid_buffer #(.WIDTH($bits({{{words[0]}}}))) u_{name} (",
        "    .clk_i(aclk), .rst_ni(aresetn_q),",
        f"    .s_valid_i({source}_tvalid{before}), .s_ready_o({source}_tready{before}), .s_data_i({{{words[0]}}}),",
        f"    .m_valid_o({sink}_tvalid{after}), .m_ready_i({sink}_tready{after}), .m_data_o({{{words[1]}}})",
        "  );",
    ]
