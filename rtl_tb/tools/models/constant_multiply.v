// SPDX-License-Identifier: Apache-2.0
// Technology map for Yosys: a product with a constant becomes shifts and additions in LUTs.
//
// Addresses are such products.  Yosys would take a DSP for each of 9 bits and more; Vivado does not
// for constants as short as these.
(* techmap_celltype = "$mul" *)
module constant_multiply (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTMSK_B_ = 0;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTVAL_B_ = 0;

  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  // A negative constant is left alone: it would need the sign of its highest bit.
  wire _TECHMAP_FAIL_ = ~&_TECHMAP_CONSTMSK_B_ || (B_SIGNED && _TECHMAP_CONSTVAL_B_[B_WIDTH-1]);

  wire [Y_WIDTH-1:0] a;
  wire [(B_WIDTH+1)*Y_WIDTH-1:0] sums;
  generate
    if (A_SIGNED && B_SIGNED) assign a = $signed(A);
    else assign a = A;
  endgenerate
  assign sums[0 +: Y_WIDTH] = 0;
  genvar i;
  generate
    for (i = 0; i < B_WIDTH; i = i + 1) begin : gen_bit
      if (_TECHMAP_CONSTVAL_B_[i]) begin : gen_add
        assign sums[(i+1)*Y_WIDTH +: Y_WIDTH] = sums[i*Y_WIDTH +: Y_WIDTH] + (a << i);
      end else begin : gen_pass
        assign sums[(i+1)*Y_WIDTH +: Y_WIDTH] = sums[i*Y_WIDTH +: Y_WIDTH];
      end
    end
  endgenerate
  assign Y = sums[B_WIDTH*Y_WIDTH +: Y_WIDTH];
endmodule

// The constant comes second.
(* techmap_celltype = "$mul" *)
module constant_first (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  parameter [A_WIDTH-1:0] _TECHMAP_CONSTMSK_A_ = 0;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTMSK_B_ = 0;

  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  wire _TECHMAP_FAIL_ = ~&_TECHMAP_CONSTMSK_A_ || &_TECHMAP_CONSTMSK_B_;

  \$mul #(
    .A_SIGNED(B_SIGNED), .B_SIGNED(A_SIGNED), .A_WIDTH(B_WIDTH), .B_WIDTH(A_WIDTH),
    .Y_WIDTH(Y_WIDTH)
  ) _TECHMAP_REPLACE_ (.A(B), .B(A), .Y(Y));
endmodule
