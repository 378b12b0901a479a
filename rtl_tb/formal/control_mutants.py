"""Faults of an engine's control: counters that miss a pixel, a fold or a line, waits that never end."""

from __future__ import annotations

from functools import partial

from rtl_tb.formal.proof import Mutant

_control = partial(Mutant, file="position_control.sv")

POSITION_CONTROL = {
    "pointwise": (
        _control("fold skipped", old="synapse_q == 16'(SYNAPSE_FOLDS - 1)", new="synapse_q >= 16'(SYNAPSE_FOLDS - 2)"),
        _control("beat taken in every fold", old="assign s_ready_o = first_o && take_o", new="assign s_ready_o = take_o"),
    ),
    "window3": (
        _control("lag counted in folds", old="last_o && lag != '0 ?", new="lag != '0 ?"),
        _control("output without room", old=": room_i);", new=": 1'b1);"),
        _control("hang: last line waits for the next frame", old=": room_i);", new=": room_i && s_valid_i);"),
        _control("one line too few taken", old="16'(IN_EXTRA_ROWS) - 16'd1", new="16'(IN_EXTRA_ROWS) - 16'd2"),
        _control("column kept over frames", old="in_line_ends || frame_ends ? '0", new="in_line_ends ? '0"),
        _control("row kept over frames", old="          out_row_q <= '0;\n", new=""),
    ),
    "overlap": (
        _control("takes the extra rows", old="16'(IN_EXTRA_ROWS) - 16'd1", new="16'(EXTRA_ROWS) - 16'd1"),
        _control("size follows the next frame", old="size_o = started_q ? size_q : s_size_i", new="size_o = s_size_i"),
    ),
    "rescale": (
        _control("extra rows not emitted", old="16'(EXTRA_ROWS) - 16'd1;\n\n", new="- 16'd1;\n\n"),
    ),
}  # fmt: skip
