// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add around a graph of adders, which stands beside it and gives the
// products of all K x K taps: columns of products are added in registers, rows in a memory of
// partial sums.
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
  localparam int ToProducts = 1 + GRAPH_LATENCY;

  if (PIXEL_BITS < 1 || STRIDE < 1 || STRIDE > 16 || GRAPH_LATENCY < 0
      || ACCUMULATOR_BITS < 1 || ACCUMULATOR_BITS > 48
      || BIAS < -(64'sd1 << (ACCUMULATOR_BITS - 1)) || BIAS >= (64'sd1 << (ACCUMULATOR_BITS - 1)))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "adder_overlap_add: PIXEL_BITS %0d, STRIDE %0d, GRAPH_LATENCY %0d; ",
      PIXEL_BITS, STRIDE, GRAPH_LATENCY,
      "allowed at least 1, 1..16, at least 0; ",
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

  logic adds, reads;  // a position's products are there; in the next clock, and it emits a block
  logic [15:0] pixel_column, pixel_width, block_column;
  logic [31:0] block_size;
  logic has_pixel, is_top;
  delay #(.WIDTH(1), .CLOCKS(ToProducts), .RESET(1)) u_adds (
    .clk_i, .rst_ni, .value_i(step), .value_o(adds)
  );
  delay #(.WIDTH(1), .CLOCKS(ToProducts-1), .RESET(1)) u_reads (
    .clk_i, .rst_ni, .value_i(step && emit), .value_o(reads)
  );
  // With a reset, so flip-flops: the shift register of a LUT gives its bit too late for what follows.
  delay #(.WIDTH(1+16+16), .CLOCKS(ToProducts-1), .RESET(1)) u_pixel (
    .clk_i, .rst_ni, .value_i({take, in_column, size[15:0]}),
    .value_o({has_pixel, pixel_column, pixel_width})
  );
  delay #(.WIDTH(16+32), .CLOCKS(ToProducts-1)) u_position (
    .clk_i, .rst_ni, .value_i({out_column, size}), .value_o({block_column, block_size})
  );
  delay #(.WIDTH(1), .CLOCKS(ToProducts+1), .RESET(1)) u_top (
    .clk_i, .rst_ni, .value_i(out_row == '0), .value_o(is_top)
  );

  logic [KERNEL*STRIDE*COLUMN_SUM_BITS-1:0] leaving;
  column_sums #(
    .KERNEL(KERNEL), .STRIDE(STRIDE), .PADDING(PADDING), .AHEAD(AHEAD),
    .PRODUCT_BITS(PRODUCT_BITS), .SUM_BITS(COLUMN_SUM_BITS)
  ) u_columns (
    .clk_i, .rst_ni, .add_i(adds), .has_pixel_i(has_pixel), .column_i(pixel_column),
    .width_i(pixel_width), .products_i, .leaving_o(leaving)
  );

  logic [STRIDE*STRIDE*ACCUMULATOR_BITS-1:0] block_q;
  row_sums #(
    .KERNEL(KERNEL), .STRIDE(STRIDE), .MAX_WIDTH(MAX_WIDTH), .COLUMN_SUM_BITS(COLUMN_SUM_BITS),
    .SUM_BITS(ACCUMULATOR_BITS)
  ) u_rows (
    .clk_i, .rst_ni, .read_i(reads), .column_i(block_column), .is_top_i(is_top),
    .bias_i(ACCUMULATOR_BITS'(BIAS)), .leaving_i(leaving), .block_o(block_q)
  );

  logic push;
  logic [31:0] push_size;
  delay #(.WIDTH(1), .CLOCKS(3), .RESET(1)) u_push (
    .clk_i, .rst_ni, .value_i(reads), .value_o(push)
  );
  delay #(.WIDTH(32), .CLOCKS(3)) u_push_size (
    .clk_i, .rst_ni, .value_i(block_size), .value_o(push_size)
  );
  credit_fifo #(.WIDTH(32 + STRIDE*STRIDE*ACCUMULATOR_BITS), .DEPTH(FIFO_DEPTH)) u_output (
    .clk_i, .rst_ni, .reserve_i(step && emit), .room_o(room),
    .push_i(push), .data_i({push_size, block_q}),
    .m_valid_o, .m_ready_i, .m_data_o({m_size_o, m_data_o}), .reserved_o
  );
endmodule
