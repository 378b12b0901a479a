// SPDX-License-Identifier: Apache-2.0
// Writes the raster: output lines one after the other, each from its row's FIFO, as AXI4-Stream
// video (AMD UG934: tuser is SOF on a frame's first beat, tlast is EOL on a line's last).
//
// Line n of a frame comes from row (FIRST_ROW + n) mod STRIDE; a word has WORD_PIXELS pixels and
// leaves as beats of BEAT_PIXELS, the first pixel in the low byte.  tkeep marks the pixels that
// belong to the line.  The LR width comes as that and LR_PIXELS - 1, as video_input gives it.
//
// Latency: 1 clock.  Throughput: one beat per clock.  Combinational: none from m_axis_video_tready.
// Back-pressure: a skid buffer before the port keeps tvalid and the payload stable.
module video_output #(
  parameter int STRIDE = 2,
  parameter int BEAT_PIXELS = 2,
  parameter int WORD_PIXELS = 2,
  parameter int FIRST_ROW = 4,
  parameter int LR_PIXELS = 1  // of a word of the streams before
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             s_size_valid_i,
  output logic                             s_size_ready_o,
  input  logic [31:0]                      s_size_i,       // LR {height, width + LR_PIXELS - 1}
  input  logic [STRIDE-1:0]                s_row_valid_i,
  output logic [STRIDE-1:0]                s_row_ready_o,
  input  logic [STRIDE*WORD_PIXELS*8-1:0]  s_row_data_i,
  output logic                             m_axis_video_tvalid,
  input  logic                             m_axis_video_tready,
  output logic [BEAT_PIXELS*8-1:0]         m_axis_video_tdata,
  output logic [BEAT_PIXELS-1:0]           m_axis_video_tkeep,
  output logic                             m_axis_video_tuser,
  output logic                             m_axis_video_tlast
);
  localparam int Parts = WORD_PIXELS / BEAT_PIXELS;
  localparam int BankBits = STRIDE > 1 ? $clog2(STRIDE) : 1;
  localparam int BeatBits = BEAT_PIXELS * 8;
  localparam int FirstBank = FIRST_ROW % STRIDE;
  localparam int More = LR_PIXELS - 1;

  if (STRIDE < 1 || LR_PIXELS < 1 || STRIDE > 16 || FIRST_ROW < 0 || BEAT_PIXELS < 1 || WORD_PIXELS < 1
      || WORD_PIXELS % BEAT_PIXELS != 0 || Parts > 256) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "video_output: STRIDE %0d, FIRST_ROW %0d, LR_PIXELS %0d; allowed 1..16, at least 0, at least 1; ",
      STRIDE, FIRST_ROW, LR_PIXELS,
      "BEAT_PIXELS %0d, WORD_PIXELS %0d; allowed at least 1, 1 to 256 whole beats",
      BEAT_PIXELS, WORD_PIXELS
    );
  end

  // The flags of a beat, made a clock ahead; a line's first beat takes them from the size, which
  // may have come in this clock.
  logic fresh_q, first_line_q;  // the next beat is the first of its line, its line of the frame
  logic line_ends_q, last_line_q;
  logic [BEAT_PIXELS-1:0] keep_q;
  logic [19:0] left_q, line_q, line_before_q;  // pixels left of a line; the line before the last
  logic [BankBits-1:0] bank_q;
  logic [7:0] part_q;

  logic [15:0] height, width;  // of the width `More` more
  logic [19:0] line_pixels;
  logic one_beat, two_beats;  // a line has no more
  assign {height, width} = s_size_i;
  assign line_pixels = 20'(width) * 20'(STRIDE) - 20'(More * STRIDE);
  assign one_beat = width <= 16'(BEAT_PIXELS / STRIDE + More);
  assign two_beats = width <= 16'(2 * BEAT_PIXELS / STRIDE + More);

  logic valid, ready, moves, line_ends, last_line, to_last_line, word_ends, frame_ends;
  assign valid = s_size_valid_i && s_row_valid_i[bank_q];
  assign moves = valid && ready;
  assign line_ends = fresh_q ? one_beat : line_ends_q;
  assign last_line = first_line_q ? STRIDE == 1 && height == 16'd1 : last_line_q;
  assign to_last_line =
    first_line_q ? 2 % STRIDE == 0 && height == 16'(2 / STRIDE) : line_q == line_before_q;
  assign word_ends = line_ends || part_q == 8'(Parts - 1);
  assign frame_ends = line_ends && last_line;
  assign s_size_ready_o = s_row_valid_i[bank_q] && ready && frame_ends;
  always_comb begin
    s_row_ready_o = '0;
    s_row_ready_o[bank_q] = ready && s_size_valid_i && word_ends;
  end

  logic [WORD_PIXELS*8-1:0] word;
  logic [BeatBits-1:0] data;
  logic [BEAT_PIXELS-1:0] keep, next_keep;
  assign word = s_row_data_i[int'(bank_q)*WORD_PIXELS*8 +: WORD_PIXELS*8];
  always_comb begin
    for (int lane = 0; lane < BEAT_PIXELS; lane++) begin
      keep[lane] = fresh_q ? width > 16'(lane / STRIDE + More) : keep_q[lane];
      next_keep[lane] = fresh_q ? width > 16'((lane + BEAT_PIXELS) / STRIDE + More)
                                : left_q > 20'(lane + BEAT_PIXELS);
      data[lane*8 +: 8] = keep[lane] ? word[(int'(part_q)*BEAT_PIXELS + lane)*8 +: 8] : 8'd0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      fresh_q <= 1'b1;
      first_line_q <= 1'b1;
      line_q <= '0;
      part_q <= '0;
      bank_q <= BankBits'(FirstBank);
    end else if (moves) begin
      fresh_q <= line_ends;
      part_q <= word_ends ? '0 : part_q + 8'd1;
      if (line_ends) begin
        first_line_q <= frame_ends;
        line_q <= frame_ends ? '0 : line_q + 20'd1;
        if (frame_ends) bank_q <= BankBits'(FirstBank);
        else bank_q <= bank_q == BankBits'(STRIDE - 1) ? '0 : bank_q + BankBits'(1);
      end
    end
  end
  always_ff @(posedge clk_i) begin
    line_before_q <= 20'(height) * 20'(STRIDE) - 20'd2;
    if (moves) begin
      left_q <= (fresh_q ? line_pixels : left_q) - 20'(BEAT_PIXELS);
      line_ends_q <= fresh_q ? two_beats : left_q <= 20'(2 * BEAT_PIXELS);
      keep_q <= next_keep;
      if (line_ends) last_line_q <= to_last_line;
    end
  end

  skid_buffer #(.WIDTH(BeatBits + BEAT_PIXELS + 2)) u_output (
    .clk_i, .rst_ni, .s_valid_i(valid), .s_ready_o(ready),
    .s_data_i({first_line_q && fresh_q, line_ends, keep, data}),
    .m_valid_o(m_axis_video_tvalid), .m_ready_i(m_axis_video_tready),
    .m_data_o({m_axis_video_tuser, m_axis_video_tlast, m_axis_video_tkeep, m_axis_video_tdata})
  );
endmodule
