// SPDX-License-Identifier: Apache-2.0
// Follows the frames inside a core: how many there are, and which output beat is the last of one.
//
// Each SOF beat that goes in with a size from 1x1 to the maximum comes out as one frame of
// height * SCALE lines, whatever the source does after it (video_input.sv).
//
// Latency: 1 clock from begins_i to busy_o.  Combinational: m_last_i to ends_o.
// Back-pressure: room_o is low while DEPTH frames are inside.  They leave by themselves, as long as
// a frame that waits for the next SOF beat to end it is not all of them: DEPTH is at least 2.
module frame_tracker #(
  parameter integer SCALE = 2,
  parameter integer MAX_WIDTH = 1920,
  parameter integer MAX_HEIGHT = 1080,
  parameter integer DEPTH = 32
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        begins_i,        // a SOF beat goes in, with this size
  input  logic [15:0] frame_height_i,
  input  logic [15:0] frame_width_i,
  output logic        room_o,
  output logic        busy_o,          // a frame is inside
  input  logic        m_moves_i,       // a beat comes out
  input  logic        m_last_i,        // which ends a line
  output logic        ends_o           // and a frame
);
  if (SCALE < 1 || SCALE > 16 || MAX_WIDTH < 1 || MAX_WIDTH > 65535 || MAX_HEIGHT < 1
      || MAX_HEIGHT > 65535 || DEPTH < 2) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "frame_tracker: SCALE %0d; allowed 1..16; MAX_WIDTH %0d, MAX_HEIGHT %0d; allowed 1..65535; ",
      SCALE, MAX_WIDTH, MAX_HEIGHT,
      "DEPTH %0d; allowed at least 2", DEPTH
    );
  end

  localparam int LevelBits = $clog2(DEPTH + 1);

  logic [15:0] last_row, last_column, height;  // all ones for a size of 0, so beyond every maximum
  logic fits;
  assign last_row = frame_height_i - 16'd1;
  assign last_column = frame_width_i - 16'd1;
  assign fits = last_row < 16'(MAX_HEIGHT) && last_column < 16'(MAX_WIDTH);

  // line_q: of the frame that comes out.  last_line_q is right from its second line on.
  logic [19:0] line_q, last_line_q;
  logic first_line, last_line, ends_line, ends_frame;
  assign first_line = line_q == '0;
  assign last_line = first_line ? SCALE == 1 && height == 16'd1 : line_q == last_line_q;
  assign ends_o = m_last_i && last_line;
  assign ends_line = m_moves_i && m_last_i;
  assign ends_frame = ends_line && last_line;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) line_q <= '0;
    else if (ends_line) line_q <= ends_frame ? '0 : line_q + 20'd1;
    last_line_q <= 20'(height) * 20'(SCALE) - 20'd1;
  end

  logic [LevelBits-1:0] unused_level;
  stream_fifo #(
    .WIDTH(16),
    .DEPTH(DEPTH)
  ) u_heights (
    .clk_i,
    .rst_ni,
    .s_valid_i(begins_i && fits),
    .s_ready_o(room_o),
    .s_data_i(frame_height_i),
    .m_valid_o(busy_o),
    .m_ready_i(ends_frame),
    .m_data_o(height),
    .level_o(unused_level)
  );
endmodule
