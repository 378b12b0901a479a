// SPDX-License-Identifier: Apache-2.0
// Multiply in LUTs: the sum of the rows of a long multiplication, where no DSP is to be used.
//
//   product = sum over i < W - 1 of weight[i] * operand * 2^i  -  weight[W-1] * operand * 2^(W-1)
//
// W is WEIGHT_BITS, at most 8.  No `*` stands here, so no tool takes a DSP for it.
//
// Latency: 4 clocks, that of packed_multiply: inputs, sums of 2, 4 and 8 rows.
// Throughput: one product per clock.  Combinational: none from input to output.
// Back-pressure: none, it runs freely; no reset, data only.
(* use_dsp = "no" *)
module fabric_multiply #(
  parameter integer WEIGHT_BITS = 8,
  parameter integer OPERAND_BITS = 8,
  parameter integer OPERAND_SIGNED = 1,
  parameter integer PRODUCT_BITS = 15
) (
  input  logic                    clk_i,
  input  logic [WEIGHT_BITS-1:0]  weight_i,
  input  logic [OPERAND_BITS-1:0] operand_i,
  output logic [PRODUCT_BITS-1:0] product_o
);
  logic [7:0] weight_q;
  logic [PRODUCT_BITS-1:0] operand_d, operand_q;
  logic [8*PRODUCT_BITS-1:0] rows;
  logic [4*PRODUCT_BITS-1:0] pairs_q;
  logic [2*PRODUCT_BITS-1:0] fours_q;

  if (OPERAND_SIGNED != 0) begin : gen_signed
    assign operand_d = PRODUCT_BITS'($signed(operand_i));
  end else begin : gen_unsigned
    assign operand_d = PRODUCT_BITS'(operand_i);
  end

  // The row of the sign bit counts negative: its complement here, and one more in the sum of its
  // pair.
  for (genvar i = 0; i < 8; i++) begin : gen_row
    if (i < WEIGHT_BITS - 1) begin : gen_positive
      assign rows[i*PRODUCT_BITS +: PRODUCT_BITS] = weight_q[i] ? operand_q << i : '0;
    end else if (i == WEIGHT_BITS - 1) begin : gen_negative
      assign rows[i*PRODUCT_BITS +: PRODUCT_BITS] = weight_q[i] ? ~(operand_q << i) : '0;
    end else begin : gen_none
      assign rows[i*PRODUCT_BITS +: PRODUCT_BITS] = '0;
    end
  end

  for (genvar i = 0; i < 4; i++) begin : gen_pair
    logic carry;
    assign carry = (WEIGHT_BITS - 1) / 2 == i && weight_q[WEIGHT_BITS-1];
    always_ff @(posedge clk_i) begin
      pairs_q[i*PRODUCT_BITS +: PRODUCT_BITS] <=
          rows[2*i*PRODUCT_BITS +: PRODUCT_BITS] + rows[(2*i+1)*PRODUCT_BITS +: PRODUCT_BITS]
          + PRODUCT_BITS'(carry);
    end
  end

  always_ff @(posedge clk_i) begin
    weight_q <= 8'(weight_i);
    operand_q <= operand_d;
    fours_q[0 +: PRODUCT_BITS] <=
        pairs_q[0 +: PRODUCT_BITS] + pairs_q[PRODUCT_BITS +: PRODUCT_BITS];
    fours_q[PRODUCT_BITS +: PRODUCT_BITS] <=
        pairs_q[2*PRODUCT_BITS +: PRODUCT_BITS] + pairs_q[3*PRODUCT_BITS +: PRODUCT_BITS];
    product_o <= fours_q[0 +: PRODUCT_BITS] + fours_q[PRODUCT_BITS +: PRODUCT_BITS];
  end
endmodule
