// SPDX-License-Identifier: Apache-2.0
// Multiply in LUTs: the sum of the rows of a long multiplication, where no DSP is to be used.
//
//   product = sum over i < W - 1 of weight[i] * operand * 2^i  -  weight[W-1] * operand * 2^(W-1)
//
// W is WEIGHT_BITS.  No `*` stands here, so no tool takes a DSP for it.
//
// Latency: 4 clocks, that of packed_multiply: inputs, then sums of 2, 4 and 8 rows; of 4, 8 and 16
// where a weight has more than 8 bits.
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
  // Bits of a product of a weight of narrow range and an operand.
  localparam integer LARGEST_OPERAND = (1 << (OPERAND_BITS - OPERAND_SIGNED)) - 1 + OPERAND_SIGNED;
  localparam integer NEEDED_BITS = 1 + $clog2(((1 << (WEIGHT_BITS - 1)) - 1) * LARGEST_OPERAND + 1);

  if (WEIGHT_BITS < 2 || WEIGHT_BITS > 16 || OPERAND_BITS < 1 || OPERAND_BITS > 16
      || OPERAND_SIGNED < 0 || OPERAND_SIGNED > 1 || PRODUCT_BITS < NEEDED_BITS)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "fabric_multiply: WEIGHT_BITS %0d, OPERAND_BITS %0d, OPERAND_SIGNED %0d; allowed 2..16, 1..16, 0..1; ",
      WEIGHT_BITS, OPERAND_BITS, OPERAND_SIGNED,
      "PRODUCT_BITS %0d; allowed at least %0d", PRODUCT_BITS, NEEDED_BITS
    );
  end

  localparam integer ROWS = WEIGHT_BITS > 8 ? 4 : 2;  // of a group, added in the first clock

  logic [WEIGHT_BITS-1:0] weight_q;
  logic [PRODUCT_BITS-1:0] operand_d, operand_q;
  logic [4*ROWS*PRODUCT_BITS-1:0] rows;
  logic [4*PRODUCT_BITS-1:0] groups_q;
  logic [2*PRODUCT_BITS-1:0] halves_q;

  if (OPERAND_SIGNED != 0) begin : gen_signed
    assign operand_d = PRODUCT_BITS'($signed(operand_i));
  end else begin : gen_unsigned
    assign operand_d = PRODUCT_BITS'(operand_i);
  end

  // The row of the sign bit counts negative: its complement here, and one more in the sum of its
  // group.
  for (genvar i = 0; i < 4 * ROWS; i++) begin : gen_row
    if (i < WEIGHT_BITS - 1) begin : gen_positive
      assign rows[i*PRODUCT_BITS +: PRODUCT_BITS] = weight_q[i] ? operand_q << i : '0;
    end else if (i == WEIGHT_BITS - 1) begin : gen_negative
      assign rows[i*PRODUCT_BITS +: PRODUCT_BITS] = weight_q[i] ? ~(operand_q << i) : '0;
    end else begin : gen_none
      assign rows[i*PRODUCT_BITS +: PRODUCT_BITS] = '0;
    end
  end

  for (genvar i = 0; i < 4; i++) begin : gen_group
    logic carry;
    logic [PRODUCT_BITS-1:0] first, second;
    assign carry = (WEIGHT_BITS - 1) / ROWS == i && weight_q[WEIGHT_BITS-1];
    assign first = rows[ROWS*i*PRODUCT_BITS +: PRODUCT_BITS]
                 + rows[(ROWS*i+1)*PRODUCT_BITS +: PRODUCT_BITS];
    if (ROWS == 2) begin : gen_two
      assign second = PRODUCT_BITS'(carry);
    end else begin : gen_four
      assign second = rows[(ROWS*i+2)*PRODUCT_BITS +: PRODUCT_BITS]
                    + rows[(ROWS*i+3)*PRODUCT_BITS +: PRODUCT_BITS] + PRODUCT_BITS'(carry);
    end
    always_ff @(posedge clk_i) groups_q[i*PRODUCT_BITS +: PRODUCT_BITS] <= first + second;
  end

  always_ff @(posedge clk_i) begin
    weight_q <= weight_i;
    operand_q <= operand_d;
    halves_q[0 +: PRODUCT_BITS] <=
        groups_q[0 +: PRODUCT_BITS] + groups_q[PRODUCT_BITS +: PRODUCT_BITS];
    halves_q[PRODUCT_BITS +: PRODUCT_BITS] <=
        groups_q[2*PRODUCT_BITS +: PRODUCT_BITS] + groups_q[3*PRODUCT_BITS +: PRODUCT_BITS];
    product_o <= halves_q[0 +: PRODUCT_BITS] + halves_q[PRODUCT_BITS +: PRODUCT_BITS];
  end
endmodule
