"""Faults of an engine's control, line buffers and window: a miscounted pixel, fold or line, a wait that never ends, a wrong tap."""

from __future__ import annotations

from functools import partial

from rtl_tb.mutants.mutant import Mutant

_control = partial(Mutant, file="position_control.sv")
_memory = partial(Mutant, file="row_memory.sv")
_window = partial(Mutant, file="window.sv")

POSITION_CONTROL = {
    "pointwise": (
        _control("fold skipped", old="synapse_q == 16'(SYNAPSE_FOLDS - 1)", new="synapse_q >= 16'(SYNAPSE_FOLDS - 2)"),
        _control("beat taken in every fold", old="assign s_ready_o = first_o && take_o", new="assign s_ready_o = take_o"),
        _control("row kept over frames", old="          out_row_q <= '0;\n", new=""),
    ),
    "window3": (
        _control("lag counted in folds", old="last_o && lag != '0 ?", new="lag != '0 ?"),
        _control("output without room", old=": room_i);", new=": 1'b1);"),
        _control("hang: last line waits for the next frame", old=": room_i);", new=": room_i && s_valid_i);"),
        _control("one line too few taken", old="16'(IN_EXTRA_ROWS) - 16'd1", new="16'(IN_EXTRA_ROWS) - 16'd2"),
        _control("column kept over frames", old="in_line_ends || frame_ends ? '0", new="in_line_ends ? '0"),
    ),
    "overlap": (
        _control("takes the extra rows", old="16'(IN_EXTRA_ROWS) - 16'd1", new="16'(EXTRA_ROWS) - 16'd1"),
        _control("size follows the next frame", old="size_o = started_q ? size_q : s_size_i", new="size_o = s_size_i"),
    ),
    "requantize": (
        _control("extra rows not emitted", old="16'(EXTRA_ROWS) - 16'd1;\n\n", new="- 16'd1;\n\n"),
    ),
}  # fmt: skip

ROW_MEMORY = (
    _memory("word on its way not forwarded", old="forwards_q <= replace_q && address == address_q;", new="forwards_q <= 1'b0;"),
    _memory("written at the column that is read", old="words[address_q] <= replace_i", new="words[address] <= replace_i"),
    _memory("written beside a read alone", old="if (replace_q) words", new="if (replace_q && read_i) words"),
)

WINDOW = (
    _window("row above the frame not masked", old="k < Behind ? out_row_i >= 16'(Behind - k)", new="k < Behind ? 1'b1"),
    _window("last row masked", old=": height - out_row_i > 16'(k - Behind)", new=": height - out_row_i > 16'(k - Behind + 1)"),
    _window("window runs over the line's end", old=": width - out_column_i > 16'(k - Behind)",
            new=": width - out_column_i >= 16'(k - Behind)"),
    _window("masks a clock early", old="row_inside[ky] && column_inside[kx]", new="row_inside_q[ky] && column_inside[kx]"),
    _window("columns shift by a pixel", old="columns_q} >> ColumnBits)", new="columns_q} >> PIXEL_BITS)"),
    _window("lines not shifted down", old="entering[ColumnBits-1:PIXEL_BITS]", new="entering[KeptBits-1:0]"),
    _memory("line buffer one short", old="words[DEPTH]", new="words[DEPTH > 1 ? DEPTH - 1 : 1]"),
    _control("drain runs past the last column", old="in_line_ends || frame_ends ? '0",
             new="in_line_ends && take_o || frame_ends ? '0"),
)  # fmt: skip
