"""Faults planted in the hardware of three components, and the frames that must show each."""

from __future__ import annotations

from hls_export import DEVICES, Target
from hls_export.colour.plan import make_colour
from rtl_tb.bench.design import Design, coloured
from rtl_tb.mutants.mutant import Mutant
from rtl_tb.stimulus import small
from rtl_tb.stimulus.scenarios import NO_SIZE, Scenario, Setting
from rtl_tb.stimulus.script import Send
from rtl_tb.stimulus.stalls import NAMED, Stalls

TARGET = Target(28, 20, 1000.0, 1.0, DEVICES["zu15eg"], engine="adders")
JOIN, EDGES, TOP = "video_join.sv", "edge_repeat.sv", "colour_top.sv"
GOES = "assign goes = !kept || (s_luma_valid_i && room);"
INPUT = "assign to_frame_data[0 +: 24] = centred"
WAIT = ".WIDTH(16),\n    .DEPTH("
MUTANTS = (
    Mutant("Cb and Cr exchanged", JOIN, "{cr, cb, s_luma", "{cb, cr, s_luma"),
    Mutant("luma in place of Cb", JOIN, "assign cb = s_chroma_data_i[p*8 +: 8];", "assign cb = s_luma_data_i[p*8 +: 8];"),
    Mutant("chroma a line below luma", JOIN, "line_q >= Above &&", "line_q > Above &&"),
    Mutant("chroma a beat beside luma", JOIN, "lead_q == '0 &&", "lead_q <= 8'd1 &&"),
    Mutant("a beat of chroma lost while luma waits", JOIN, GOES, "assign goes = 1'b1;"),
    Mutant("the last row repeated once less", EDGES, "row_q - Reach < height)", "row_q - Reach <= height)"),
    Mutant("the right edge is the pixel before", EDGES, "held_q <= s_data_i;", "held_q <= word_q;"),
    Mutant("a repeated row one column off", EDGES, "column_d - Reach : width", "column_d - 16'd1 : width"),
    Mutant("black with a colour", TOP, f"{INPUT} ^ 24'h808000;", f"{INPUT};"),
    Mutant("the FIFO of waiting chroma too shallow", TOP, WAIT, f"{WAIT}4 + 0 * "),
)


def design() -> Design:
    """x2, few channels but large kernels, so that chroma waits for luma."""
    network = small.network((1, 1), (5, 5, 3))
    return coloured(network, make_colour(network, TARGET))


def runs(of: Design) -> list[tuple[Scenario, Stalls]]:
    """Frames of changing sizes back to back, one of them cut by the next one's SOF, stalled by both sides."""
    setting = Setting(of.network, (TARGET.height, TARGET.width), of.input_samples, of.components)
    frames = [setting.beats(setting.noise(*size), NO_SIZE) for size in ((9, 13), (1, 1), (2, 3))]
    cut = frames[0][:9]
    return [(Scenario("three components", tuple(Send(beats) for beats in (cut, *frames))), NAMED["both"])]
