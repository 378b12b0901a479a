// SPDX-License-Identifier: Apache-2.0
// Line buffers and window: the SIZE x SIZE pixels around the output position, zero outside the
// frame.
//
//   operands_o[(ky * SIZE + kx) * PIXEL_BITS +: PIXEL_BITS] =
//     pixel at (out_row_i + ky - BEHIND, out_column_i + kx - BEHIND), or 0 outside, BEHIND = SIZE -
// 1 - AHEAD
//
// The window runs over line ends; a tap is masked when its own row or column lies outside the
// frame, so there are no padding pixels and no clocks for them.
//
// Latency: 3 clocks from push_i to operands_o, which keeps its value until the next push has come
// as far.
// Throughput: one push per clock.  Combinational: none from input to output.  Back-pressure: none.
module window #(
  parameter int PIXEL_BITS = 8,
  parameter int SIZE = 3,
  parameter int AHEAD = 1,
  parameter int MAX_WIDTH = 16
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            push_i,
  input  logic [PIXEL_BITS-1:0]           pixel_i,
  input  logic [15:0]                     in_column_i,
  input  logic [15:0]                     out_row_i,
  input  logic [15:0]                     out_column_i,
  input  logic [31:0]                     size_i,
  output logic [SIZE*SIZE*PIXEL_BITS-1:0] operands_o
);
  if (PIXEL_BITS < 1 || SIZE < 1 || AHEAD < 0 || AHEAD >= SIZE
      || MAX_WIDTH < 1 || MAX_WIDTH > 32768) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "window: PIXEL_BITS %0d, SIZE %0d, AHEAD %0d; allowed at least 1, at least 1, 0..SIZE - 1; ",
      PIXEL_BITS, SIZE, AHEAD,
      "MAX_WIDTH %0d; allowed 1..32768", MAX_WIDTH
    );
  end

  localparam int Behind = SIZE - 1 - AHEAD;
  localparam int ColumnBits = SIZE * PIXEL_BITS;

  logic push_q, pushed_q;
  logic [PIXEL_BITS-1:0] pixel_q;
  logic [ColumnBits-1:0] entering;  // row 0, the oldest, in the low bits

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {push_q, pushed_q} <= '0;
    else {push_q, pushed_q} <= {push_i, push_q};
  end
  always_ff @(posedge clk_i) pixel_q <= pixel_i;

  if (SIZE > 1) begin : gen_lines
    localparam int KeptBits = (SIZE - 1) * PIXEL_BITS;
    logic [KeptBits-1:0] above;  // row 0, the oldest, in the low bits
    assign entering = {pixel_q, above};
    row_memory #(.WIDTH(KeptBits), .DEPTH(MAX_WIDTH)) u_lines (
      .clk_i, .rst_ni, .read_i(push_i), .column_i(in_column_i),
      .word_o(above), .replace_i(entering[ColumnBits-1:PIXEL_BITS])
    );
  end else begin : gen_no_lines
    assign entering = pixel_q;
    logic unused_column;
    assign unused_column = ^in_column_i;
  end

  // Columns of the window, the oldest in the low bits; a shift moves each pixel one column left.
  logic [SIZE*ColumnBits-1:0] columns_q;
  always_ff @(posedge clk_i) begin
    if (push_q) columns_q <= (SIZE*ColumnBits)'({entering, columns_q} >> ColumnBits);
  end

  // How far the frame's ends are, then which taps that leaves.
  logic [SIZE-1:0] row_begun_q, column_begun_q, row_inside_d, column_inside_d;
  logic [SIZE-1:0] row_inside, column_inside;
  logic [15:0] height, width, rows_left_q, columns_left_q;
  assign {height, width} = size_i;
  always_ff @(posedge clk_i) begin
    rows_left_q <= height - out_row_i;
    columns_left_q <= width - out_column_i;
    for (int k = 0; k < SIZE; k++) begin
      row_begun_q[k] <= k >= Behind || out_row_i >= 16'(Behind - k);
      column_begun_q[k] <= k >= Behind || out_column_i >= 16'(Behind - k);
    end
  end
  always_comb begin
    for (int k = 0; k < SIZE; k++) begin
      row_inside_d[k] = k <= Behind ? row_begun_q[k] : rows_left_q > 16'(k - Behind);
      column_inside_d[k] = k <= Behind ? column_begun_q[k] : columns_left_q > 16'(k - Behind);
    end
  end
  always_ff @(posedge clk_i) {row_inside, column_inside} <= {row_inside_d, column_inside_d};

  always_ff @(posedge clk_i) begin
    if (pushed_q) begin
      for (int ky = 0; ky < SIZE; ky++) begin
        for (int kx = 0; kx < SIZE; kx++) begin
          operands_o[(ky*SIZE+kx)*PIXEL_BITS +: PIXEL_BITS] <=
            row_inside[ky] && column_inside[kx]
              ? columns_q[kx*ColumnBits + ky*PIXEL_BITS +: PIXEL_BITS] : '0;
        end
      end
    end
  end
endmodule
