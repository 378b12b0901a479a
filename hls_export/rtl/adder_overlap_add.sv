// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add around a graph of adders, which stands beside it and gives the
// products of all taps; tap_rows adds them.
//
//   operands_o = the word's pixels; products_i[ky, kx] = what the graph makes of them, GRAPH_LATENCY
//     clocks later: those of pixel p begin STRIDE * p columns further right, and what falls on the
//     same column is one sum, so a kernel row has K + (PIXELS - 1) * STRIDE of them
//   block[py, px] at position (r, c) = BIAS + the products of all pixels that fall on
//     output row r * STRIDE + py - PADDING and column c * STRIDE * PIXELS + px
//
// A position is a word of PIXELS neighbouring pixels; one per clock, (H + AHEAD) * W +
// ceil(AHEAD / PIXELS) positions per frame and (H + AHEAD) * W blocks, W words a line.  A product
// whose column lies outside the frame is dropped, and a pixel that a line's last word has beyond the
// frame is 0; there is no zero insertion.  The sizes are {height, width in pixels + PIXELS - 1}.
//
// Latency: 3 + GRAPH_LATENCY clocks from the position to the FIFO, 1 more where PIXELS > 1, 3 in it.
// Throughput: one position per clock.  Combinational: none from input to output.
// Back-pressure: a position begins only when the FIFO has a place for its block.
module adder_overlap_add #(
  parameter int     MAX_WIDTH = 16,
  parameter int     KERNEL = 9,
  parameter int     STRIDE = 2,
  parameter int     PADDING = 4,
  parameter int     AHEAD = 2,
  parameter int     PIXELS = 1,
  parameter int     PIXEL_BITS = 8,     // of all channels of one pixel
  parameter int     PRODUCT_BITS = 16,  // signed
  parameter int     COLUMN_SUM_BITS = 20,
  parameter int     ACCUMULATOR_BITS = 24,
  parameter longint BIAS = 0,
  parameter int     GRAPH_LATENCY = 4,
  parameter int     FIFO_DEPTH = 16
) (
  input  logic                                             clk_i,
  input  logic                                             rst_ni,
  input  logic                                             s_valid_i,
  output logic                                             s_ready_o,
  input  logic [PIXELS*PIXEL_BITS-1:0]                     s_data_i,
  input  logic [31:0]                                      s_size_i,
  output logic [PIXELS*PIXEL_BITS-1:0]                     operands_o,
  input  logic [KERNEL*(KERNEL+(PIXELS-1)*STRIDE)*PRODUCT_BITS-1:0] products_i,  // row by row
  output logic                                             m_valid_o,
  input  logic                                             m_ready_i,
  output logic [STRIDE*STRIDE*PIXELS*ACCUMULATOR_BITS-1:0] m_data_o,  // lane py * STRIDE * PIXELS + px
  output logic [31:0]                                      m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]                  reserved_o
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
  position_control #(
    .LAG_COLUMNS((AHEAD + PIXELS - 1) / PIXELS), .EXTRA_ROWS(AHEAD), .PIXELS(PIXELS)
  ) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(room),
    .step_o(step), .first_o(unused_control[0]), .last_o(unused_control[1]),
    .starts_o(unused_control[2]), .take_o(take), .emit_o(emit),
    .neuron_o(unused_control[18:3]), .synapse_o(unused_control[34:19]), .in_column_o(in_column),
    .out_row_o(out_row), .out_column_o(out_column), .size_o(size)
  );

  localparam int ToOperands = PIXELS == 1 ? 1 : 2;
  if (PIXELS == 1) begin : gen_whole
    always_ff @(posedge clk_i) operands_o <= s_data_i;
  end else begin : gen_pixels
    logic [PIXELS*PIXEL_BITS-1:0] word_q;
    logic [15:0] columns_left_q;  // and PIXELS - 1 more
    always_ff @(posedge clk_i) begin
      word_q <= s_data_i;
      columns_left_q <= size[15:0] - (in_column << $clog2(PIXELS));
      for (int p = 0; p < PIXELS; p++) begin
        operands_o[p*PIXEL_BITS +: PIXEL_BITS] <=
          columns_left_q > 16'(p + PIXELS - 1) ? word_q[p*PIXEL_BITS +: PIXEL_BITS] : '0;
      end
    end
  end

  tap_rows #(
    .MAX_WIDTH(MAX_WIDTH), .KERNEL(KERNEL), .STRIDE(STRIDE), .PADDING(PADDING), .AHEAD(AHEAD),
    .PIXELS(PIXELS), .PRODUCT_BITS(PRODUCT_BITS), .COLUMN_SUM_BITS(COLUMN_SUM_BITS),
    .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .TO_PRODUCTS(ToOperands + GRAPH_LATENCY),
    .FIFO_DEPTH(FIFO_DEPTH)
  ) u_taps (
    .clk_i, .rst_ni, .reserve_i(step && emit), .room_o(room), .complete_i(step), .emit_i(emit),
    .take_i(take), .in_column_i(in_column), .out_row_i(out_row), .out_column_i(out_column),
    .size_i(size), .bias_i(ACCUMULATOR_BITS'(BIAS)), .products_i,
    .m_valid_o, .m_ready_i, .m_data_o, .m_size_o, .reserved_o
  );
endmodule
