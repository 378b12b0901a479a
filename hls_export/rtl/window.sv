// SPDX-License-Identifier: Apache-2.0
// Line buffers and window: the SIZE x (SIZE + PIXELS - 1) pixels around the PIXELS output positions
// of a word, zero outside the frame.
//
//   operands_o[(ky * COLUMNS + kx) * PIXEL_BITS +: PIXEL_BITS] =
//     pixel at (out_row_i + ky - BEHIND, out_column_i * PIXELS + kx - BEHIND), or 0 outside,
//     BEHIND = SIZE - 1 - AHEAD, COLUMNS = SIZE + PIXELS - 1
//
// Columns are those of words; size_i is {height, width + PIXELS - 1}, so that its width is in words
// but for the lowest bits, which are the place of the line's last pixel in its word.
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
  parameter int MAX_WIDTH = 16,
  parameter int PIXELS = 1  // of a word: 1, 2 or 4
) (
  input  logic                                       clk_i,
  input  logic                                       rst_ni,
  input  logic                                       push_i,
  input  logic [PIXELS*PIXEL_BITS-1:0]               pixel_i,
  input  logic [15:0]                                in_column_i,
  input  logic [15:0]                                out_row_i,
  input  logic [15:0]                                out_column_i,
  input  logic [31:0]                                size_i,
  output logic [SIZE*(SIZE+PIXELS-1)*PIXEL_BITS-1:0] operands_o
);
  if (PIXEL_BITS < 1 || SIZE < 1 || AHEAD < 0 || AHEAD >= SIZE
      || MAX_WIDTH < 1 || MAX_WIDTH > 32768 || (PIXELS != 1 && PIXELS != 2 && PIXELS != 4)) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "window: PIXEL_BITS %0d, SIZE %0d, AHEAD %0d; allowed at least 1, at least 1, 0..SIZE - 1; ",
      PIXEL_BITS, SIZE, AHEAD,
      "MAX_WIDTH %0d, PIXELS %0d; allowed 1..32768, 1, 2, 4", MAX_WIDTH, PIXELS
    );
  end

  localparam int Behind = SIZE - 1 - AHEAD;
  localparam int Columns = SIZE + PIXELS - 1;
  localparam int Before = (Behind + PIXELS - 1) / PIXELS;  // words before that of the position
  localparam int Words = Before + 1 + (AHEAD + PIXELS - 1) / PIXELS;
  localparam int Left = Before * PIXELS - Behind;  // pixels of the words left of the window
  localparam int WordBits = PIXELS * PIXEL_BITS;
  localparam int ColumnBits = SIZE * WordBits;

  logic push_q, pushed_q;
  logic [WordBits-1:0] pixel_q;
  logic [ColumnBits-1:0] entering;  // row 0, the oldest, in the low bits

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {push_q, pushed_q} <= '0;
    else {push_q, pushed_q} <= {push_i, push_q};
  end
  always_ff @(posedge clk_i) pixel_q <= pixel_i;

  if (SIZE > 1) begin : gen_lines
    localparam int LineWords = (MAX_WIDTH + PIXELS - 1) / PIXELS;
    localparam int KeptBits = (SIZE - 1) * WordBits;
    logic [KeptBits-1:0] above;  // row 0, the oldest, in the low bits
    assign entering = {pixel_q, above};
    row_memory #(.WIDTH(KeptBits), .DEPTH(LineWords)) u_lines (
      .clk_i, .rst_ni, .read_i(push_i), .column_i(in_column_i),
      .word_o(above), .replace_i(entering[ColumnBits-1:WordBits])
    );
  end else begin : gen_no_lines
    assign entering = pixel_q;
    logic unused_column;
    assign unused_column = ^in_column_i;
  end

  // Columns of words, the oldest in the low bits; a shift moves each word one column left.
  logic [Words*ColumnBits-1:0] columns_q;
  always_ff @(posedge clk_i) begin
    if (push_q) columns_q <= (Words*ColumnBits)'({entering, columns_q} >> ColumnBits);
  end
  logic unused_pixels;  // of the words, left and right of the window
  assign unused_pixels = ^columns_q;

  // How far the frame's ends are, then which taps that leaves.
  logic [SIZE-1:0] row_begun_q, row_inside_d, row_inside;
  logic [Columns-1:0] column_begun_q, column_inside_d, column_inside;
  logic [15:0] height, width, rows_left_q, columns_left_q;  // of columns PIXELS - 1 more
  assign {height, width} = size_i;
  always_ff @(posedge clk_i) begin
    rows_left_q <= height - out_row_i;
    columns_left_q <= width - (out_column_i << $clog2(PIXELS));
    for (int k = 0; k < SIZE; k++) row_begun_q[k] <= k >= Behind || out_row_i >= 16'(Behind - k);
    for (int k = 0; k < Columns; k++) begin
      column_begun_q[k] <= k >= Behind || out_column_i >= 16'((Behind - k + PIXELS - 1) / PIXELS);
    end
  end
  always_comb begin
    for (int k = 0; k < SIZE; k++) begin
      row_inside_d[k] = k <= Behind ? row_begun_q[k] : rows_left_q > 16'(k - Behind);
    end
    for (int k = 0; k < Columns; k++) begin
      column_inside_d[k] =
        k <= Behind ? column_begun_q[k] : columns_left_q > 16'(k - Behind + PIXELS - 1);
    end
  end
  always_ff @(posedge clk_i) {row_inside, column_inside} <= {row_inside_d, column_inside_d};

  always_ff @(posedge clk_i) begin
    if (pushed_q) begin
      for (int ky = 0; ky < SIZE; ky++) begin
        for (int kx = 0; kx < Columns; kx++) begin
          operands_o[(ky*Columns+kx)*PIXEL_BITS +: PIXEL_BITS] <=
            row_inside[ky] && column_inside[kx]
              ? columns_q[(Left+kx)/PIXELS*ColumnBits + ky*WordBits
                          + (Left+kx)%PIXELS*PIXEL_BITS +: PIXEL_BITS] : '0;
        end
      end
    end
  end
endmodule
