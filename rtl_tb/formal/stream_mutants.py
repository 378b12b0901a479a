"""Faults of the stream primitives: a dropped, repeated, changed or late word, a stuck ready, a frame that is not whole."""

from __future__ import annotations

from functools import partial

from rtl_tb.mutants.mutant import Mutant

_skid = partial(Mutant, file="skid_buffer.sv")
_fifo = partial(Mutant, file="stream_fifo.sv")
_credit = partial(Mutant, file="credit_fifo.sv")
_fork = partial(Mutant, file="stream_fork.sv")
_pair = partial(Mutant, file="stream_pair.sv")
_delay = partial(Mutant, file="pixel_delay.sv")
_video = partial(Mutant, file="video_input.sv")
_output = partial(Mutant, file="video_output.sv")

SKID_BUFFER = (
    _skid("beat dropped when the consumer stops", old="skid_valid_d = 1'b1;", new="skid_valid_d = 1'b0;"),
    _skid("beat repeated while ready is low", old="valid_d = skid_valid_q || push;", new="valid_d = skid_valid_q || s_valid_i;"),
    _skid("payload changes while stalled", old="if (vacant) data_q", new="if (vacant || push) data_q"),
    _skid("skid register overwritten", old="if (push) skid_data_q", new="skid_data_q"),
    _skid("stuck ready", old="ready_q <= !skid_valid_d;", new="ready_q <= ready_q && !skid_valid_d;"),
    _skid("beat taken in reset", old="ready_q <= 1'b0;", new="ready_q <= 1'b1;"),
)

_FIFO = (
    _fifo("word written over when full", old="if (push) memory", new="if (s_valid_i) memory"),
    _fifo("word given before it could be read", old="valid_q <= filled_q && ", new="valid_q <= push || filled_q && "),
    _fifo("ready a clock late", old="push ? one_less_q : level_q", new="level_q"),
    _fifo("hang: a single word waits for the next", old="valid_q <= filled_q && ", new="valid_q <= filled_q && !one_q && "),
    _fifo("stuck ready", old="ready_q <= pop ||", new="ready_q <="),
)
_WRAP = _fifo("address counter wraps a word early", old="address == LastAddress ?", new="address == LastAddress - 1'b1 ?")
STREAM_FIFO = {2: _FIFO, 3: (_WRAP,), 5: (_WRAP,), 8: (), 1000: ()}

CREDIT_FIFO = (
    _credit("a credit too many", old="!(reserve_i && last_q)", new="!(reserve_i && reserved_o == LevelBits'(DEPTH))"),
    _credit("place freed while the word waits", old="popped = m_valid_o && m_ready_i", new="popped = m_valid_o"),
    _credit("place never freed: the engine hangs", old="room_o <= popped ||", new="room_o <="),
    _credit("a credit lost when one is taken and one given back", old="if (reserve_i != popped)", new="if (reserve_i || popped)"),
    _credit("last place not seen after one is freed", old=": LevelBits'(DEPTH));", new=": LevelBits'(0));"),
)

STREAM_FORK = (
    _fork("beat lost to the slower consumer", old="&(taken_q | m_ready_i)", new="|(taken_q | m_ready_i)"),
    _fork("beat given twice to the faster consumer", old="& ~taken_q;", new=";"),
    _fork("taken before, so the next beat is lost", old="s_ready_o ? '0 : taken_q", new="taken_q"),
    _fork("hang: both must take it at once", old="&(taken_q | m_ready_i)", new="&m_ready_i"),
    _fork("ready counts as taken where there is no beat", old="else if (s_valid_i) taken_q", new="else taken_q"),
)

STREAM_PAIR = (
    _pair("a low word taken without its high one", old="s_low_ready_o = room && s_high_valid_i;", new="s_low_ready_o = room;"),
    _pair("an LR pixel taken without its channels", old="s_high_ready_o = room && s_low_valid_i;", new="s_high_ready_o = room;"),
    _pair("half a pair leaves", old=".s_valid_i(s_low_valid_i && s_high_valid_i)", new=".s_valid_i(s_low_valid_i)"),
    _pair("the LR pixel below the channels", old="{s_high_data_i[p*HIGH_BITS +: HIGH_BITS], s_low_data_i[p*LOW_BITS +: LOW_BITS]};",
          new="{s_low_data_i[p*LOW_BITS +: LOW_BITS], s_high_data_i[p*HIGH_BITS +: HIGH_BITS]};"),
    _pair("size kept from the word before", old=".s_data_i({s_low_size_i,", new=".s_data_i({m_size_o,"),
    _pair("hang: waits for both before it is ready for both", old="s_low_ready_o = room && s_high_valid_i;",
          new="s_low_ready_o = room && s_high_valid_i && m_valid_o;"),
)  # fmt: skip

PIXEL_DELAY = (
    _delay("pixels not centred", old=".data_i(centered)", new=".data_i(s_data_i)"),
    _delay("a pixel lost when the delay is full", old="s_ready_o = room && awake_q", new="s_ready_o = awake_q"),
    _delay("a pixel taken before the FIFO is awake", old="s_ready_o = room && awake_q", new="s_ready_o = room"),
    _delay("a place taken without a pixel", old=".reserve_i(push)", new=".reserve_i(s_ready_o)"),
    _delay(
        "a pixel stored twice",
        old="assign push = s_valid_i && s_ready_o",
        new="assign push = (s_valid_i || m_valid_o) && s_ready_o",
    ),
    _delay("hang: waits for its consumer", old="s_ready_o = room && awake_q", new="s_ready_o = room && awake_q && m_ready_i"),
)

VIDEO_INPUT = (
    _video("an early SOF forgotten", old="held_q <= sof ||", new="held_q <= (sof && !active_q) ||"),
    _video("hang: black never ends", old="pixel ? !ends_line && (black_q || early_eol)", new="pixel ? (black_q || early_eol)"),
    _video("frame cut short by an early SOF", old="active_q <= start ? fits_q : active_q && !done;",
           new="active_q <= start ? fits_q : active_q && !done && !cut_q;"),
    _video("late line runs into the next", old="assign advance = discard_q ? found_eol : pixel && !late_eol;",
           new="assign advance = pixel;"),
    _video("hang: overdue EOL, then SOF", old="(s_axis_video_tlast || s_axis_video_tuser)", new="s_axis_video_tlast"),
    _video("size not sampled with SOF", old="height_q <= held_height_q;", new="height_q <= frame_height_i;"),
    _video("fill is not black", old="!beat_pixel ? '0 : open_q", new="open_q"),
    _video("line one short", old="assign ends_line = columns_left_q == '0;", new="assign ends_line = columns_left_q == 16'd1;"),
    _video("one row too many allowed", old="last_row < 16'(MAX_HEIGHT)", new="last_row <= 16'(MAX_HEIGHT)"),
    _video("beat dropped while stalled", old="(room || !active_q || discard_q)", new="(room || !active_q || open_q || !black_q)"),
    _video("early_sof at every SOF", old="sof && active_q,", new="sof,"),
    _video("before_sof for a refused frame", old="!active_q && !refused_q, start", new="!active_q, start"),
    _video("hang: refused size is kept", old="!(start && !fits_q) && !(open_q", new="!(open_q"),
)  # fmt: skip

VIDEO_OUTPUT = (
    _output("line ends one beat early", old="16'(BEAT_PIXELS / STRIDE + More)", new="16'(2 * BEAT_PIXELS / STRIDE + More)"),
    _output("SOF on every line", old="{first_line_q && fresh_q,", new="{fresh_q,"),
    _output(
        "row 0 first after a frame", old="if (frame_ends) bank_q <= BankBits'(FirstBank);", new="if (frame_ends) bank_q <= '0;"
    ),
    _output("word taken before its last part", old="ready && s_size_valid_i && word_ends", new="ready && s_size_valid_i"),
    _output("part of a word kept over a line", old="word_ends = line_ends || part_q", new="word_ends = part_q"),
    _output(
        "size kept: the next frame is a copy",
        old="assign s_size_ready_o = s_row_valid_i[bank_q] && ready && frame_ends;",
        new="assign s_size_ready_o = 1'b0;",
    ),
    _output("hang: waits for every row", old="s_size_valid_i && s_row_valid_i[bank_q]", new="s_size_valid_i && &s_row_valid_i"),
    _output(
        "flags of the line before", old="line_ends = fresh_q ? one_beat :", new="line_ends = fresh_q && first_line_q ? one_beat :"
    ),
    _output("a line short", old="20'(STRIDE) - 20'd2", new="20'(STRIDE) - 20'd3"),
    _output("pixel beyond the line", old="width > 16'(lane / STRIDE + More)", new="width >= 16'(lane / STRIDE + More)"),
)
