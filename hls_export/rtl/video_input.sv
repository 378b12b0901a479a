// SPDX-License-Identifier: Apache-2.0
// AXI4-Stream video (AMD UG934) to frames of exactly height x width pixels, as VideoInput in
// hls/axi_stream_video.h.  tuser is SOF on a frame's first beat, tlast is EOL on a line's last.
//
// A beat holds PIXELS neighbouring pixels, the first in the low byte, and becomes a word.  What the
// last beat of a line holds beyond the width is passed on and means nothing.  m_size_o is
// {height, width + PIXELS - 1}: of its width the high bits are the words of a line, the lowest
// $clog2(PIXELS) the place of the line's last pixel in its word.
//
// Never hangs on a wrong source and never gives a short frame: what comes before SOF is dropped, a
// line that ends early is filled with black, one that ends late is cut at the frame's width, and a
// frame whose SOF comes early is finished with black while the beat that opened the next frame is
// held.  A frame whose size is 0 or beyond the maximum is dropped, up to the next SOF.
//
// Latency: 3 clocks from a SOF beat to its word, 1 clock from any other beat.
// Throughput: 1 word per clock, 1 beat beyond a line's end per clock, 2 more clocks per frame.
// Combinational paths: none from an input to an output.
// Back-pressure: tready falls the clock after the first pixel that m_ready_i kept from leaving;
// beats that belong to no pixel are dropped regardless.
//
// status_o pulses for one clock, right after the beat that shows the fault; size_refused after the
// SOF beat has waited for the frame before it to end.
module video_input #(
  parameter integer MAX_WIDTH = 1920,
  parameter integer MAX_HEIGHT = 1080,
  parameter integer PIXELS = 1  // 1, 2 or 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic [15:0]         frame_height_i,  // sampled with the SOF beat
  input  logic [15:0]         frame_width_i,

  input  logic                s_axis_video_tvalid,
  output logic                s_axis_video_tready,
  input  logic [PIXELS*8-1:0] s_axis_video_tdata,
  input  logic                s_axis_video_tuser,
  input  logic                s_axis_video_tlast,

  output logic                m_valid_o,
  input  logic                m_ready_i,
  output logic [PIXELS*8-1:0] m_data_o,
  output logic [31:0]         m_size_o,

  output logic [4:0]          status_o  // {late_eol, early_eol, early_sof, before_sof, size_refused}
);
  if (MAX_WIDTH < 1 || MAX_WIDTH > 65536 - PIXELS || MAX_HEIGHT < 1 || MAX_HEIGHT > 65535
      || (PIXELS != 1 && PIXELS != 2 && PIXELS != 4))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "video_input: MAX_WIDTH %0d, MAX_HEIGHT %0d, PIXELS %0d; allowed 1..%0d, 1..65535, 1, 2, 4",
      MAX_WIDTH, MAX_HEIGHT, PIXELS, 65536 - PIXELS
    );
  end

  logic awake_q;    // low in reset, when no beat may be taken
  logic held_q;     // a SOF beat whose pixel is still to be given
  logic refused_q;  // between frames: the beats belong to a refused frame
  logic active_q;   // inside a frame
  logic open_q;     // the next pixel is the held beat
  logic black_q;    // the rest of this line has no beats
  logic discard_q;  // beats until EOL belong to no pixel
  logic cut_q;      // the next frame has begun
  logic [4:0] status_q;
  logic [PIXELS*8-1:0] held_data_q;
  logic held_last_q;
  logic [15:0] held_height_q, held_width_q, height_q, width_q;  // of widths PIXELS - 1 more
  logic [15:0] rows_left_q, columns_left_q;  // after this row, this column of words

  // Between frames only a held beat can start one.
  logic fits_q, start;  // fits_q: the held beat's size is allowed
  logic [15:0] last_row, last_column;  // all ones for a size of 0, so beyond every maximum
  assign last_row = frame_height_i - 16'd1;
  assign last_column = frame_width_i - 16'd1;
  assign start = !active_q && held_q;

  // A beat is wanted: between frames one with SOF, inside one the next pixel or the overdue EOL.
  logic room, fetch, take, sof;
  assign fetch = active_q ? !open_q && !black_q && !cut_q : !held_q;
  assign s_axis_video_tready = awake_q && fetch && (room || !active_q || discard_q);
  assign take = s_axis_video_tready && s_axis_video_tvalid;
  assign sof = take && s_axis_video_tuser;

  // One word of the frame: the held beat, this beat, or black.
  logic pixel, beat_pixel, last;
  logic [PIXELS*8-1:0] pixel_data;
  assign pixel = active_q && !discard_q && (fetch ? take : room);
  assign beat_pixel = pixel && (open_q || (take && !sof));
  assign last = open_q ? held_last_q : s_axis_video_tlast;
  assign pixel_data = !beat_pixel ? '0 : open_q ? held_data_q : s_axis_video_tdata;

  // The end of a line, as the size and as the source say.
  logic ends_line, early_eol, late_eol, found_eol, advance, done;
  assign ends_line = columns_left_q == '0;
  assign early_eol = beat_pixel && last && !ends_line;
  assign late_eol = beat_pixel && !last && ends_line;
  assign found_eol = discard_q && take && (s_axis_video_tlast || s_axis_video_tuser);
  assign advance = discard_q ? found_eol : pixel && !late_eol;
  assign done = advance && ends_line && rows_left_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      awake_q <= 1'b0;
      held_q <= 1'b0;
      refused_q <= 1'b0;
      active_q <= 1'b0;
      open_q <= 1'b0;
      black_q <= 1'b0;
      discard_q <= 1'b0;
      cut_q <= 1'b0;
      status_q <= '0;
    end else begin
      awake_q <= 1'b1;
      held_q <= sof || (held_q && !(start && !fits_q) && !(open_q && pixel));
      refused_q <= start ? !fits_q : refused_q;
      active_q <= start ? fits_q : active_q && !done;
      open_q <= start ? fits_q : open_q && !pixel;
      black_q <= pixel ? !ends_line && (black_q || early_eol) : black_q;
      discard_q <= late_eol || (discard_q && !found_eol);
      cut_q <= active_q && !done && (cut_q || sof);
      status_q <= {late_eol, early_eol, sof && active_q,
                   take && !sof && !active_q && !refused_q, start && !fits_q};
    end
  end

  always_ff @(posedge clk_i) begin
    if (sof) begin
      held_data_q <= s_axis_video_tdata;
      held_last_q <= s_axis_video_tlast;
      held_height_q <= frame_height_i;
      held_width_q <= frame_width_i + 16'(PIXELS - 1);
      fits_q <= last_row < 16'(MAX_HEIGHT) && last_column < 16'(MAX_WIDTH);
    end
    if (start) begin
      height_q <= held_height_q;
      width_q <= held_width_q;
    end
    if (start) columns_left_q <= (held_width_q >> $clog2(PIXELS)) - 16'd1;
    else if (advance) begin
      columns_left_q <= ends_line ? (width_q >> $clog2(PIXELS)) - 16'd1 : columns_left_q - 16'd1;
    end
    if (start) rows_left_q <= held_height_q - 16'd1;
    else if (advance && ends_line) rows_left_q <= rows_left_q - 16'd1;
  end

  skid_buffer #(
    .WIDTH(32 + PIXELS * 8)
  ) u_output (
    .clk_i,
    .rst_ni,
    .s_valid_i(pixel),
    .s_ready_o(room),
    .s_data_i({height_q, width_q, pixel_data}),
    .m_valid_o,
    .m_ready_i,
    .m_data_o({m_size_o, m_data_o})
  );

  assign status_o = status_q;
endmodule
