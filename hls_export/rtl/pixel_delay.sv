// SPDX-License-Identifier: Apache-2.0
// LR pixels, centred, kept until the layers beside them have come as far.
//
//   m = s - 128, in order, nothing lost or repeated, each word of pixels with the size of its frame
//
// A FIFO of DEPTH words that fits block RAM: of a frame's size a word carries one bit, that it is the
// frame's last.  The sizes themselves lie in a FIFO of their own, so at most FRAMES frames are inside.
//
// Latency: 1 clock.  Throughput: 1 word per clock.  Combinational: none from an input to an output.
// Back-pressure: ready is low while DEPTH words or FRAMES sizes are stored, and in reset.
module pixel_delay #(
  parameter int DEPTH = 16,
  parameter int FRAMES = 32,
  parameter int PIXELS = 1  // of a word: 1, 2 or 4
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       s_valid_i,
  output logic                       s_ready_o,
  input  logic [PIXELS*8-1:0]        s_data_i,
  input  logic [31:0]                s_size_i,  // {height, width + PIXELS - 1}, constant during a frame
  output logic                       m_valid_o,
  input  logic                       m_ready_i,
  output logic [PIXELS*8-1:0]        m_data_o,  // signed
  output logic [31:0]                m_size_o,
  output logic [$clog2(DEPTH+1)-1:0] stored_o
);
  if (DEPTH < 2 || FRAMES < 2) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "pixel_delay: DEPTH %0d, FRAMES %0d; allowed at least 2", DEPTH, FRAMES
    );
  end

  logic push, starts, pixel_room, size_room;
  logic [15:0] row, column;
  logic [31:0] size;
  logic [51:0] unused_control;
  position_control #(.PIXELS(PIXELS)) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(pixel_room && (size_room || !starts)),
    .step_o(push), .first_o(unused_control[0]), .last_o(unused_control[1]), .starts_o(starts),
    .take_o(unused_control[2]), .emit_o(unused_control[3]), .neuron_o(unused_control[19:4]),
    .synapse_o(unused_control[35:20]), .in_column_o(unused_control[51:36]),
    .out_row_o(row), .out_column_o(column), .size_o(size)
  );

  logic last, last_out;
  logic [PIXELS*8-1:0] centered;
  assign last = row == size[31:16] - 16'd1 && column == (size[15:0] >> $clog2(PIXELS)) - 16'd1;
  assign centered = s_data_i ^ {PIXELS{8'h80}};
  stream_fifo #(.WIDTH(PIXELS*8+1), .DEPTH(DEPTH)) u_pixels (
    .clk_i, .rst_ni, .s_valid_i(push), .s_ready_o(pixel_room),
    .s_data_i({last, centered}),
    .m_valid_o, .m_ready_i, .m_data_o({last_out, m_data_o}),
    .level_o(stored_o)
  );

  logic unused_valid;  // a size is there as long as a pixel of its frame is
  logic [$clog2(FRAMES+1)-1:0] unused_level;
  stream_fifo #(.WIDTH(32), .DEPTH(FRAMES)) u_sizes (
    .clk_i, .rst_ni, .s_valid_i(push && starts), .s_ready_o(size_room), .s_data_i(size),
    .m_valid_o(unused_valid), .m_ready_i(m_valid_o && m_ready_i && last_out), .m_data_o(m_size_o),
    .level_o(unused_level)
  );
endmodule
