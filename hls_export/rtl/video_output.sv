// SPDX-License-Identifier: Apache-2.0
// Writes the raster: output lines one after the other, each from its row's FIFO, as AXI4-Stream
// video (AMD UG934: tuser is SOF on a frame's first beat, tlast is EOL on a line's last).
//
// Line n of a frame comes from row (FIRST_ROW + n) mod STRIDE; a word has WORD_PIXELS pixels and
// leaves as beats of BEAT_PIXELS, the first pixel in the low byte.  tkeep marks the pixels that
// belong to the line.
//
// Latency: 1 clock.  Throughput: one beat per clock.  Combinational: none from m_axis_video_tready.
// Back-pressure: a skid buffer before the port keeps tvalid and the payload stable.
module video_output #(
  parameter int STRIDE = 2,
  parameter int BEAT_PIXELS = 2,
  parameter int WORD_PIXELS = 2,
  parameter int FIRST_ROW = 4
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             s_size_valid_i,
  output logic                             s_size_ready_o,
  input  logic [31:0]                      s_size_i,       // LR {height, width}
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

  if (STRIDE < 1 || STRIDE > 16 || FIRST_ROW < 0 || BEAT_PIXELS < 1 || WORD_PIXELS < 1
      || WORD_PIXELS % BEAT_PIXELS != 0 || Parts > 256) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "video_output: STRIDE %0d, FIRST_ROW %0d; allowed 1..16, at least 0; ", STRIDE, FIRST_ROW,
      "BEAT_PIXELS %0d, WORD_PIXELS %0d; allowed at least 1, 1 to 256 whole beats",
      BEAT_PIXELS, WORD_PIXELS
    );
  end

  logic [19:0] column_q, line_q, left, line_pixels, frame_lines;
  logic [BankBits-1:0] bank_q;
  logic [7:0] part_q;
  assign line_pixels = 20'(s_size_i[15:0]) * 20'(STRIDE);
  assign frame_lines = 20'(s_size_i[31:16]) * 20'(STRIDE);
  assign left = line_pixels - column_q;

  logic valid, ready, moves, line_ends, word_ends, frame_ends;
  assign valid = s_size_valid_i && s_row_valid_i[bank_q];
  assign moves = valid && ready;
  assign line_ends = left <= 20'(BEAT_PIXELS);
  assign word_ends = line_ends || part_q == 8'(Parts - 1);
  assign frame_ends = line_ends && line_q == frame_lines - 20'd1;
  assign s_size_ready_o = s_row_valid_i[bank_q] && ready && frame_ends;
  always_comb begin
    s_row_ready_o = '0;
    s_row_ready_o[bank_q] = ready && s_size_valid_i && word_ends;
  end

  logic [WORD_PIXELS*8-1:0] word;
  logic [BeatBits-1:0] data;
  logic [BEAT_PIXELS-1:0] keep;
  assign word = s_row_data_i[int'(bank_q)*WORD_PIXELS*8 +: WORD_PIXELS*8];
  always_comb begin
    for (int lane = 0; lane < BEAT_PIXELS; lane++) begin
      keep[lane] = 20'(lane) < left;
      data[lane*8 +: 8] = keep[lane] ? word[(int'(part_q)*BEAT_PIXELS + lane)*8 +: 8] : 8'd0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      column_q <= '0;
      line_q <= '0;
      part_q <= '0;
      bank_q <= BankBits'(FirstBank);
    end else if (moves) begin
      column_q <= line_ends ? '0 : column_q + 20'(BEAT_PIXELS);
      part_q <= word_ends ? '0 : part_q + 8'd1;
      if (line_ends) begin
        line_q <= frame_ends ? '0 : line_q + 20'd1;
        if (frame_ends) bank_q <= BankBits'(FirstBank);
        else bank_q <= bank_q == BankBits'(STRIDE - 1) ? '0 : bank_q + BankBits'(1);
      end
    end
  end

  skid_buffer #(.WIDTH(BeatBits + BEAT_PIXELS + 2)) u_output (
    .clk_i, .rst_ni, .s_valid_i(valid), .s_ready_o(ready),
    .s_data_i({line_q == '0 && column_q == '0, line_ends, keep, data}),
    .m_valid_o(m_axis_video_tvalid), .m_ready_i(m_axis_video_tready),
    .m_data_o({m_axis_video_tuser, m_axis_video_tlast, m_axis_video_tkeep, m_axis_video_tdata})
  );
endmodule
