// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add around a graph of adders, which stands beside it and gives the
// products of all K x K taps; tap_rows adds them.
//
//   operands_o = the pixel; products_i[ky, kx] = what the graph makes of it, GRAPH_LATENCY clocks later
//   block[py, px] at LR position (r, c) = BIAS + the products of all pixels that fall on
//     output row r * STRIDE + py - PADDING and column c * STRIDE + px
//
// One position per clock; (H + AHEAD) * W + AHEAD positions per frame and (H + AHEAD) * W blocks.  A
// product whose column lies outside the frame is dropped; there is no zero insertion.
//
// Latency: 3 + GRAPH_LATENCY clocks from the position to the FIFO, 1 in it.
// Throughput: one position per clock.  Combinational: none from input to output.
// Back-pressure: a position begins only when the FIFO has a place for its block.
module adder_overlap_add #(
  parameter int     MAX_WIDTH = 16,
  parameter int     KERNEL = 9,
  parameter int     STRIDE = 2,
  parameter int     PADDING = 4,
  parameter int     AHEAD = 2,
  parameter int     PIXEL_BITS = 8,     // of all channels
  parameter int     PRODUCT_BITS = 16,  // signed
  parameter int     COLUMN_SUM_BITS = 20,
  parameter int     ACCUMULATOR_BITS = 24,
  parameter longint BIAS = 0,
  parameter int     GRAPH_LATENCY = 4,
  parameter int     FIFO_DEPTH = 16
) (
  input  logic                                      clk_i,
  input  logic                                      rst_ni,
  input  logic                                      s_valid_i,
  output logic                                      s_ready_o,
  input  logic [PIXEL_BITS-1:0]                     s_data_i,
  input  logic [31:0]                               s_size_i,
  output logic [PIXEL_BITS-1:0]                     operands_o,
  input  logic [KERNEL*KERNEL*PRODUCT_BITS-1:0]     products_i,  // tap ky * KERNEL + kx
  output logic                                      m_valid_o,
  input  logic                                      m_ready_i,
  output logic [STRIDE*STRIDE*ACCUMULATOR_BITS-1:0] m_data_o,    // lane py * STRIDE + px
  output logic [31:0]                               m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]           reserved_o
);
  if (PIXEL_BITS < 1 || GRAPH_LATENCY < 0
      || ACCUMULATOR_BITS < 1 || ACCUMULATOR_BITS > 48
      || BIAS < -(64'sd1 << (ACCUMULATOR_BITS - 1)) || BIAS >= (64'sd1 << (ACCUMULATOR_BITS - 1)))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "adder_overlap_add: PIXEL_BITS %0d, GRAPH_LATENCY %0d; allowed at least 1, at least 0; ",
      PIXEL_BITS, GRAPH_LATENCY,
      "ACCUMULATOR_BITS %0d, BIAS %0d; allowed 1..48, an integer of as many bits",
      ACCUMULATOR_BITS, BIAS
    );
  end

  logic step, take, emit, room;
  logic [15:0] in_column, out_row, out_column;
  logic [31:0] size;
  logic [34:0] unused_control;
  position_control #(.LAG_COLUMNS(AHEAD), .EXTRA_ROWS(AHEAD)) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(room),
    .step_o(step), .first_o(unused_control[0]), .last_o(unused_control[1]),
    .starts_o(unused_control[2]), .take_o(take), .emit_o(emit),
    .neuron_o(unused_control[18:3]), .synapse_o(unused_control[34:19]), .in_column_o(in_column),
    .out_row_o(out_row), .out_column_o(out_column), .size_o(size)
  );

  always_ff @(posedge clk_i) operands_o <= s_data_i;

  tap_rows #(
    .MAX_WIDTH(MAX_WIDTH), .KERNEL(KERNEL), .STRIDE(STRIDE), .PADDING(PADDING), .AHEAD(AHEAD),
    .PRODUCT_BITS(PRODUCT_BITS), .COLUMN_SUM_BITS(COLUMN_SUM_BITS),
    .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .TO_PRODUCTS(1 + GRAPH_LATENCY), .FIFO_DEPTH(FIFO_DEPTH)
  ) u_taps (
    .clk_i, .rst_ni, .reserve_i(step && emit), .room_o(room), .complete_i(step), .emit_i(emit),
    .take_i(take), .in_column_i(in_column), .out_row_i(out_row), .out_column_i(out_column),
    .size_i(size), .bias_i(ACCUMULATOR_BITS'(BIAS)), .products_i,
    .m_valid_o, .m_ready_i, .m_data_o, .m_size_o, .reserved_o
  );
endmodule
