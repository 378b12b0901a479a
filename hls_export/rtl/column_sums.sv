// SPDX-License-Identifier: Apache-2.0
// The columns of an overlap-add: products of neighbouring LR pixels that fall on the same output
// column.
//
// Register (ky, j) holds kernel row ky's share of one output column; j = 0..Step-1 leave next, Step =
// STRIDE * PIXELS.  Each add_i adds the products of a word of PIXELS LR pixels, tap kx to column
// Front + kx, hands out the Step columns on the left and moves the others there.  A product whose
// column column_i * Step + kx - PADDING lies outside the frame is dropped.
//
// add_i, and what it says of the pixel, come a clock before the products.  Each kernel row has its own
// copy of the enable and of the reset, so that neither drives all sums.
//
// Latency: 2 clocks from add_i to leaving_o.  Throughput: one add per clock.
// Combinational: none from input to output.  Back-pressure: none.
module column_sums #(
  parameter int KERNEL = 9,
  parameter int STRIDE = 2,
  parameter int PADDING = 4,
  parameter int AHEAD = 2,
  parameter int PIXELS = 1,
  parameter int PRODUCT_BITS = 16,
  parameter int SUM_BITS = 20
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     add_i,
  input  logic                                     has_pixel_i,  // else the products mean nothing
  input  logic [15:0]                              column_i,     // of the word
  input  logic [15:0]                              width_i,      // in pixels, + PIXELS - 1
  input  logic [KERNEL*(KERNEL+(PIXELS-1)*STRIDE)*PRODUCT_BITS-1:0] products_i,  // tap ky * Taps + kx,
                                                                                 // a clock later
  output logic [KERNEL*STRIDE*PIXELS*SUM_BITS-1:0] leaving_o     // lane ky * Step + px
);
  localparam int Taps = KERNEL + (PIXELS - 1) * STRIDE;
  localparam int Step = STRIDE * PIXELS;
  localparam int Front = (AHEAD + PIXELS - 1) / PIXELS * Step - PADDING;
  localparam int Columns = Front + Taps;
  localparam int RowBits = Columns * SUM_BITS;

  if (KERNEL < 1 || STRIDE < 1 || PADDING < 0 || PADDING >= KERNEL
      || AHEAD * STRIDE < PADDING || AHEAD > 15
      || Columns < Step || PRODUCT_BITS < 1 || SUM_BITS < 1
      || (PIXELS != 1 && PIXELS != 2 && PIXELS != 4)) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "column_sums: KERNEL %0d, STRIDE %0d, PIXELS %0d; allowed at least 1, STRIDE * PIXELS at most %0d, ",
      KERNEL, STRIDE, PIXELS, Columns,
      "PIXELS 1, 2, 4; ",
      "PADDING %0d, AHEAD %0d; allowed 0..KERNEL - 1, at least PADDING / STRIDE, at most 15; ",
      PADDING, AHEAD,
      "PRODUCT_BITS %0d, SUM_BITS %0d; allowed at least 1", PRODUCT_BITS, SUM_BITS
    );
  end

  // Tap kx falls on Step * column_i + kx - PADDING; it counts when 0 <= that < STRIDE * the width.
  // Only columns near an end of the line lose taps: their low bits tell which, the others that they
  // are not near.
  localparam int NearBits = $clog2(KERNEL + 2 * PIXELS - 1);
  logic [Taps-1:0] counts;
  logic [15:0] columns_left;  // and PIXELS - 1 more; at least PIXELS where there is a word
  logic far_from_left, far_from_right;
  assign columns_left = width_i - (column_i << $clog2(PIXELS));
  assign far_from_left = |column_i[15:NearBits];
  assign far_from_right = |columns_left[15:NearBits];
  always_ff @(posedge clk_i) begin
    for (int kx = 0; kx < Taps; kx++) begin
      counts[kx] <= has_pixel_i && (
        kx < PADDING ? far_from_left || column_i[NearBits-1:0]
                                        >= NearBits'((PADDING - kx + Step - 1) / Step)
                     : kx < PADDING + STRIDE || far_from_right
                       || columns_left[NearBits-1:0]
                          > NearBits'((kx - PADDING) / STRIDE + PIXELS - 1));
    end
  end

  // Sums start from nothing when a frame does: the AHEAD positions without a pixel at the end of
  // the frame before have pushed everything out, so only reset has to clear them.
  logic [KERNEL*RowBits-1:0] sums_q, added;
  always_comb begin
    added = sums_q;
    for (int ky = 0; ky < KERNEL; ky++) begin
      for (int kx = 0; kx < Taps; kx++) begin
        if (counts[kx]) begin
          added[ky*RowBits + (Front+kx)*SUM_BITS +: SUM_BITS] =
            sums_q[ky*RowBits + (Front+kx)*SUM_BITS +: SUM_BITS]
            + SUM_BITS'($signed(products_i[(ky*Taps+kx)*PRODUCT_BITS +: PRODUCT_BITS]));
        end
      end
    end
  end

  for (genvar ky = 0; ky < KERNEL; ky++) begin : gen_row
    logic adds_q, clears_q;
    (* keep *) always_ff @(posedge clk_i) begin
      clears_q <= !rst_ni;
      adds_q <= add_i;
    end
    always_ff @(posedge clk_i) begin
      if (clears_q) sums_q[ky*RowBits +: RowBits] <= '0;
      else if (adds_q) begin
        sums_q[ky*RowBits +: RowBits] <= added[ky*RowBits +: RowBits] >> (Step * SUM_BITS);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int ky = 0; ky < KERNEL; ky++) begin
      leaving_o[ky*Step*SUM_BITS +: Step*SUM_BITS] <= added[ky*RowBits +: Step*SUM_BITS];
    end
  end
endmodule
