// SPDX-License-Identifier: Apache-2.0
// The columns of an overlap-add: products of neighbouring LR pixels that fall on the same output
// column.
//
// Register (ky, j) holds kernel row ky's share of one output column; j = 0..STRIDE-1 leave next.
// Each add_i adds the products of one LR pixel, tap kx to column Front + kx, hands out the STRIDE
// columns on the left and moves the others there.  A product whose column
// column_i * STRIDE + kx - PADDING lies outside the frame is dropped.
//
// Latency: 1 clock from add_i to leaving_o.  Throughput: one add per clock.
// Combinational: none from input to output.  Back-pressure: none.
module column_sums #(
  parameter int KERNEL = 9,
  parameter int STRIDE = 2,
  parameter int PADDING = 4,
  parameter int AHEAD = 2,
  parameter int PRODUCT_BITS = 16,
  parameter int SUM_BITS = 20
) (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,
  input  logic                                  add_i,
  input  logic                                  has_pixel_i,  // else the products mean nothing;
  input  logic [15:0]                           column_i,     // it, the LR pixel's column and the
  input  logic [15:0]                           width_i,      // width come 1 clock before add_i
  input  logic [KERNEL*KERNEL*PRODUCT_BITS-1:0] products_i,   // tap ky * KERNEL + kx
  output logic [KERNEL*STRIDE*SUM_BITS-1:0]     leaving_o     // lane ky * STRIDE + px
);
  localparam int Front = AHEAD * STRIDE - PADDING;
  localparam int Columns = Front + KERNEL;
  localparam int RowBits = Columns * SUM_BITS;

  if (KERNEL < 1 || STRIDE < 1 || PADDING < 0 || PADDING >= KERNEL
      || AHEAD * STRIDE < PADDING || AHEAD > 15
      || Columns < STRIDE || PRODUCT_BITS < 1 || SUM_BITS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "column_sums: KERNEL %0d, STRIDE %0d; allowed at least 1, STRIDE at most %0d; ",
      KERNEL, STRIDE, Columns,
      "PADDING %0d, AHEAD %0d; allowed 0..KERNEL - 1, at least PADDING / STRIDE, at most 15; ",
      PADDING, AHEAD,
      "PRODUCT_BITS %0d, SUM_BITS %0d; allowed at least 1", PRODUCT_BITS, SUM_BITS
    );
  end

  // Tap kx falls on STRIDE * column_i + kx - PADDING; it counts when 0 <= that < STRIDE * width_i.
  // Only columns near an end of the line lose taps: their low bits tell which, the others that they
  // are not near.
  localparam int NearBits = $clog2(KERNEL + 1);
  logic [KERNEL-1:0] counts;
  logic [15:0] columns_left;  // at least 1 where there is a pixel
  logic far_from_left, far_from_right;
  assign columns_left = width_i - column_i;
  assign far_from_left = |column_i[15:NearBits];
  assign far_from_right = |columns_left[15:NearBits];
  always_ff @(posedge clk_i) begin
    for (int kx = 0; kx < KERNEL; kx++) begin
      counts[kx] <= has_pixel_i && (
        kx < PADDING ? far_from_left || column_i[NearBits-1:0]
                                        >= NearBits'((PADDING - kx + STRIDE - 1) / STRIDE)
                     : kx < PADDING + STRIDE || far_from_right
                       || columns_left[NearBits-1:0] > NearBits'((kx - PADDING) / STRIDE));
    end
  end

  // Sums start from nothing when a frame does: the AHEAD positions without a pixel at the end of
  // the frame before have pushed everything out, so only reset has to clear them.
  logic [KERNEL*RowBits-1:0] sums_q, added;
  always_comb begin
    added = sums_q;
    for (int ky = 0; ky < KERNEL; ky++) begin
      for (int kx = 0; kx < KERNEL; kx++) begin
        if (counts[kx]) begin
          added[ky*RowBits + (Front+kx)*SUM_BITS +: SUM_BITS] =
            sums_q[ky*RowBits + (Front+kx)*SUM_BITS +: SUM_BITS]
            + SUM_BITS'($signed(products_i[(ky*KERNEL+kx)*PRODUCT_BITS +: PRODUCT_BITS]));
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) sums_q <= '0;
    else if (add_i) begin
      for (int ky = 0; ky < KERNEL; ky++) begin
        sums_q[ky*RowBits +: RowBits] <= added[ky*RowBits +: RowBits] >> (STRIDE * SUM_BITS);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int ky = 0; ky < KERNEL; ky++) begin
      leaving_o[ky*STRIDE*SUM_BITS +: STRIDE*SUM_BITS] <= added[ky*RowBits +: STRIDE*SUM_BITS];
    end
  end
endmodule
