// SPDX-License-Identifier: Apache-2.0
// Convolution K x K around a graph of adders, which stands beside it: window, control, output FIFO.
//
//   operands_o = the window around a position, tap by tap (ky, kx), channel 0 of each lowest
//   results_i  = what the graph makes of them, GRAPH_LATENCY clocks later
//
// A position is a word of PIXELS neighbouring pixels, and its window PIXELS - 1 columns wider.  One
// position per clock; H * W + AHEAD * W + ceil(AHEAD / PIXELS) positions per frame, W words a line.
// The sizes are {height, width in pixels + PIXELS - 1}.
//
// Latency: 3 + GRAPH_LATENCY clocks from the position to the FIFO, 3 in it.
// Throughput: one position per clock.  Combinational: m_ready_i to nothing; s_ready_o from state alone.
// Back-pressure: a position begins only when the FIFO has a place for its output.
module adder_convolution #(
  parameter int MAX_WIDTH = 16,
  parameter int KERNEL = 1,
  parameter int AHEAD = 0,
  parameter int PIXELS = 1,
  parameter int PIXEL_BITS = 8,   // of all channels of one pixel
  parameter int RESULT_BITS = 8,  // of all channels of all pixels
  parameter int GRAPH_LATENCY = 4,
  parameter int FIFO_DEPTH = 16
) (
  input  logic                                           clk_i,
  input  logic                                           rst_ni,
  input  logic                                           s_valid_i,
  output logic                                           s_ready_o,
  input  logic [PIXELS*PIXEL_BITS-1:0]                   s_data_i,
  input  logic [31:0]                                    s_size_i,
  output logic [KERNEL*(KERNEL+PIXELS-1)*PIXEL_BITS-1:0] operands_o,
  input  logic [RESULT_BITS-1:0]                         results_i,
  output logic                                           m_valid_o,
  input  logic                                           m_ready_i,
  output logic [RESULT_BITS-1:0]                         m_data_o,
  output logic [31:0]                                    m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]                reserved_o
);
  localparam int ToResult = 3 + GRAPH_LATENCY;

  if (RESULT_BITS < 1 || GRAPH_LATENCY < 0) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "adder_convolution: RESULT_BITS %0d, GRAPH_LATENCY %0d; allowed at least 1, at least 0",
      RESULT_BITS, GRAPH_LATENCY
    );
  end

  logic step, emit, room;
  logic [15:0] in_column, out_row, out_column;
  logic [31:0] size;
  logic [35:0] unused_control;
  position_control #(
    .LAG_ROWS(AHEAD), .LAG_COLUMNS((AHEAD + PIXELS - 1) / PIXELS), .PIXELS(PIXELS)
  ) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(room),
    .step_o(step), .first_o(unused_control[0]), .last_o(unused_control[1]),
    .starts_o(unused_control[2]), .take_o(unused_control[3]), .emit_o(emit),
    .neuron_o(unused_control[19:4]), .synapse_o(unused_control[35:20]), .in_column_o(in_column),
    .out_row_o(out_row), .out_column_o(out_column), .size_o(size)
  );

  window #(
    .PIXEL_BITS(PIXEL_BITS), .SIZE(KERNEL), .AHEAD(AHEAD), .MAX_WIDTH(MAX_WIDTH), .PIXELS(PIXELS)
  ) u_window (
    .clk_i, .rst_ni, .push_i(step), .pixel_i(s_data_i), .in_column_i(in_column),
    .out_row_i(out_row), .out_column_i(out_column), .size_i(size), .operands_o
  );

  logic complete;
  logic [31:0] size_at_result;
  delay #(.WIDTH(1), .CLOCKS(ToResult), .RESET(1)) u_complete (
    .clk_i, .rst_ni, .value_i(step && emit), .value_o(complete)
  );
  delay #(.WIDTH(32), .CLOCKS(ToResult)) u_size (
    .clk_i, .rst_ni, .value_i(size), .value_o(size_at_result)
  );
  credit_fifo #(.WIDTH(32 + RESULT_BITS), .DEPTH(FIFO_DEPTH)) u_output (
    .clk_i, .rst_ni, .reserve_i(step && emit), .room_o(room),
    .push_i(complete), .data_i({size_at_result, results_i}),
    .m_valid_o, .m_ready_i, .m_data_o({m_size_o, m_data_o}), .reserved_o
  );
endmodule
