"""Faults of an engine's control, line buffers and window: a miscounted pixel, fold or line, a wait that never ends, a wrong tap."""

from __future__ import annotations

from functools import partial

from rtl_tb.mutants.mutant import Mutant

_control = partial(Mutant, file="position_control.sv")
_memory = partial(Mutant, file="row_memory.sv")
_window = partial(Mutant, file="window.sv")

POSITION_CONTROL = {
    "pointwise": (
        _control("fold skipped", old="synapse_ends_q ? SYNAPSE_FOLDS == 1 :", new="synapse_ends_q ? 1'b1 :"),
        _control("beat taken in every fold", old="assign s_ready_o = first && !done_q", new="assign s_ready_o = !done_q"),
        _control("row kept over frames", old="          out_row_q <= '0;\n", new=""),
        _control("two columns taken for one", old="one_wide = width == 16'd1;", new="one_wide = width <= 16'd2;"),
        _control("flag not made ahead", old="in_line_ends ? still_wide :", new="in_line_ends ? 1'b0 :"),
    ),
    "window3": (
        _control("lag counted in folds", old="LagBits'(last_o && !emit_q)", new="LagBits'(!emit_q)"),
        _control("output without room", old="(done_q ? room_i :", new="(done_q ? 1'b1 :"),
        _control("hang: last line waits for the next frame", old="(done_q ? room_i :", new="(done_q ? room_i && s_valid_i :"),
        _control("one line too few taken", old="16'(IN_EXTRA_ROWS) - 16'd2", new="16'(IN_EXTRA_ROWS) - 16'd3"),
        _control("column kept over frames", old="in_line_ends || frame_ends ? '0", new="in_line_ends ? '0"),
        _control("first output without room", old="silent_q <= !(last_o ? to_emit : emit);", new="silent_q <= !emit;"),
    ),
    "overlap": (
        _control("takes the extra rows", old="16'(IN_EXTRA_ROWS) - 16'd2", new="16'(EXTRA_ROWS) - 16'd2"),
        _control("size follows the next frame", old="size_o = started_q ? size_q : s_size_i", new="size_o = s_size_i"),
    ),
    "requantize": (
        _control("extra rows not emitted", old="height + 16'(EXTRA_ROWS) - 16'd2", new="height - 16'd2"),
    ),
}  # fmt: skip

_ROWS = (
    _memory("word on its way not forwarded", old="forwards_q <= replace && address == write_address;", new="forwards_q <= 1'b0;"),
    _memory("written at the column that is read", old="words[write_address] <= replace_i", new="words[address] <= replace_i"),
    _memory("written beside a read alone", old="if (replace) words", new="if (replace && read_i) words"),
)
ROW_MEMORY = (
    _ROWS,
    (
        *_ROWS,
        _memory("word of the read before not forwarded", old="same_q ? replace_i : word;", new="word;"),
        _memory("forwarded a clock late", old="same_q ? replace_i :", new="same_q ? forward_q :"),
    ),
)  # fmt: skip

WINDOW = (
    _window("row above the frame not masked", old="k >= Behind || out_row_i >= 16'(Behind - k)", new="1'b1"),
    _window("last row masked", old="rows_left_q > 16'(k - Behind)", new="rows_left_q > 16'(k - Behind + 1)"),
    _window("padding mask one column off", old="columns_left_q > 16'(k", new="columns_left_q >= 16'(k"),
    _window("masks a clock early", old="row_inside[ky] && column_inside[kx]", new="row_inside_d[ky] && column_inside[kx]"),
    _window("columns shift by a pixel", old="columns_q} >> ColumnBits)", new="columns_q} >> PIXEL_BITS)"),
    _window("lines not shifted down", old="entering[ColumnBits-1:WordBits]", new="entering[KeptBits-1:0]"),
    _memory("line buffer one short", old="words[DEPTH]", new="words[DEPTH > 1 ? DEPTH - 1 : 1]"),
    _control("drain runs past the last column", old="in_line_ends || frame_ends ? '0",
             new="in_line_ends && take_o || frame_ends ? '0"),
)  # fmt: skip
