// SPDX-License-Identifier: Apache-2.0
// What overlap-add does with the products of the K x K taps of each LR pixel, however they were
// multiplied: columns of products are added in registers, rows in a memory of partial sums, and the
// blocks of sub-pixels wait in a FIFO.
//
//   block[py, px] at position (r, c) = bias + the products of all pixels that fall on
//     output row r * STRIDE + py - PADDING and column c * STRIDE * PIXELS + px
//
// A position is a word of PIXELS neighbouring pixels, of which a kernel row has
// K + (PIXELS - 1) * STRIDE products; columns are those of words, size_i is
// {height, width + PIXELS - 1}.
//
// products_i are those of a position TO_PRODUCTS clocks after its complete_i; they are dropped
// where it takes no pixel, and where their column lies outside the frame.  The position's place in
// the FIFO is reserved by reserve_i, at most as many clocks before.
//
// Latency: TO_PRODUCTS + 2 clocks from complete_i to the FIFO, 3 in it.  Throughput: one position
// per clock.  Combinational: none from input to output.  Back-pressure: room_o, before a position.
module tap_rows #(
  parameter int MAX_WIDTH = 16,
  parameter int KERNEL = 9,
  parameter int STRIDE = 2,
  parameter int PADDING = 4,
  parameter int AHEAD = 2,
  parameter int PIXELS = 1,
  parameter int PRODUCT_BITS = 16,  // signed
  parameter int COLUMN_SUM_BITS = 20,
  parameter int ACCUMULATOR_BITS = 24,
  parameter int TO_PRODUCTS = 5,
  parameter int FIFO_DEPTH = 16
) (
  input  logic                                             clk_i,
  input  logic                                             rst_ni,
  input  logic                                             reserve_i,
  output logic                                             room_o,
  input  logic                                             complete_i,  // this position's last fold; it
  input  logic                                             emit_i,      // emits a block,
  input  logic                                             take_i,      // and has taken a word
  input  logic [15:0]                                      in_column_i,
  input  logic [15:0]                                      out_row_i,
  input  logic [15:0]                                      out_column_i,
  input  logic [31:0]                                      size_i,
  input  logic [ACCUMULATOR_BITS-1:0]                      bias_i,
  input  logic [KERNEL*(KERNEL+(PIXELS-1)*STRIDE)*PRODUCT_BITS-1:0] products_i,  // row by row
  output logic                                             m_valid_o,
  input  logic                                             m_ready_i,
  output logic [STRIDE*STRIDE*PIXELS*ACCUMULATOR_BITS-1:0] m_data_o,  // lane py * STRIDE * PIXELS + px
  output logic [31:0]                                      m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]                  reserved_o
);
  if (STRIDE < 1 || STRIDE > 16 || TO_PRODUCTS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "tap_rows: STRIDE %0d, TO_PRODUCTS %0d; allowed 1..16, at least 1", STRIDE, TO_PRODUCTS
    );
  end

  logic adds, reads;  // a position's products are there in the next clock; and it emits a block
  logic [15:0] pixel_column, pixel_width, block_column;
  logic [31:0] block_size;
  logic has_pixel, is_top;
  delay #(.WIDTH(1), .CLOCKS(TO_PRODUCTS-1), .RESET(1)) u_adds (
    .clk_i, .rst_ni, .value_i(complete_i), .value_o(adds)
  );
  delay #(.WIDTH(1), .CLOCKS(TO_PRODUCTS-1), .RESET(1)) u_reads (
    .clk_i, .rst_ni, .value_i(complete_i && emit_i), .value_o(reads)
  );
  delay #(.WIDTH(1+16+16), .CLOCKS(TO_PRODUCTS-1), .LAST(1)) u_pixel (
    .clk_i, .rst_ni, .value_i({take_i, in_column_i, size_i[15:0]}),
    .value_o({has_pixel, pixel_column, pixel_width})
  );
  delay #(.WIDTH(16+32), .CLOCKS(TO_PRODUCTS-1)) u_position (
    .clk_i, .rst_ni, .value_i({out_column_i, size_i}), .value_o({block_column, block_size})
  );
  delay #(.WIDTH(1), .CLOCKS(TO_PRODUCTS+1), .LAST(1)) u_top (
    .clk_i, .rst_ni, .value_i(out_row_i == '0), .value_o(is_top)
  );

  logic [KERNEL*STRIDE*PIXELS*COLUMN_SUM_BITS-1:0] leaving;
  column_sums #(
    .KERNEL(KERNEL), .STRIDE(STRIDE), .PADDING(PADDING), .AHEAD(AHEAD), .PIXELS(PIXELS),
    .PRODUCT_BITS(PRODUCT_BITS), .SUM_BITS(COLUMN_SUM_BITS)
  ) u_columns (
    .clk_i, .rst_ni, .add_i(adds), .has_pixel_i(has_pixel), .column_i(pixel_column),
    .width_i(pixel_width), .products_i, .leaving_o(leaving)
  );

  logic [STRIDE*STRIDE*PIXELS*ACCUMULATOR_BITS-1:0] block_q;
  row_sums #(
    .KERNEL(KERNEL), .STRIDE(STRIDE), .MAX_WIDTH(MAX_WIDTH), .PIXELS(PIXELS),
    .COLUMN_SUM_BITS(COLUMN_SUM_BITS), .SUM_BITS(ACCUMULATOR_BITS)
  ) u_rows (
    .clk_i, .rst_ni, .read_i(reads), .column_i(block_column), .is_top_i(is_top), .bias_i,
    .leaving_i(leaving), .block_o(block_q)
  );

  logic push;
  logic [31:0] push_size;
  delay #(.WIDTH(1), .CLOCKS(3), .RESET(1)) u_push (
    .clk_i, .rst_ni, .value_i(reads), .value_o(push)
  );
  delay #(.WIDTH(32), .CLOCKS(3)) u_push_size (
    .clk_i, .rst_ni, .value_i(block_size), .value_o(push_size)
  );
  credit_fifo #(.WIDTH(32 + STRIDE*STRIDE*PIXELS*ACCUMULATOR_BITS), .DEPTH(FIFO_DEPTH)) u_output (
    .clk_i, .rst_ni, .reserve_i, .room_o,
    .push_i(push), .data_i({push_size, block_q}),
    .m_valid_o, .m_ready_i, .m_data_o({m_size_o, m_data_o}), .reserved_o
  );
endmodule
