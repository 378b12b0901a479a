// SPDX-License-Identifier: Apache-2.0
// Packed multiply: LANES weights times one operand, all products exact, from one signed 27 x 18
// multiplication (one DSP48E2).
//
//   port       = sum of weight[i] * 2^(i * PRODUCT_BITS)        27 bits
//   all        = port * operand                                 45 bits
//   product[i] = field i of all + the bit below that field      fields of PRODUCT_BITS, signed
//
// The bit below a field is the sign of everything under it: where that is negative it took one from
// the field, and the bit gives it back.  Without this the products above a negative one are wrong.
// Needs (LANES - 1) * PRODUCT_BITS + WEIGHT_BITS <= 26 and weights of narrow range (without the
// lowest integer of their type).
//
// Latency: 4 clocks: port and operand (A and B registers), M, P, corrected products.
// Throughput: one operand per clock.  Combinational: none from input to output.
// Back-pressure: none, it runs freely; no reset, data only.
(* use_dsp = "yes" *)
module packed_multiply #(
  parameter integer LANES = 2,
  parameter integer WEIGHT_BITS = 8,
  parameter integer OPERAND_BITS = 8,
  parameter integer OPERAND_SIGNED = 1,
  parameter integer PRODUCT_BITS = 15
) (
  input  logic                          clk_i,
  input  logic [LANES*WEIGHT_BITS-1:0]  weight_i,
  input  logic [OPERAND_BITS-1:0]       operand_i,
  output logic [LANES*PRODUCT_BITS-1:0] product_o
);
  // Bits of a product of a weight of narrow range and an operand.
  localparam integer LARGEST_OPERAND = (1 << (OPERAND_BITS - OPERAND_SIGNED)) - 1 + OPERAND_SIGNED;
  localparam integer NEEDED_BITS = 1 + $clog2(((1 << (WEIGHT_BITS - 1)) - 1) * LARGEST_OPERAND + 1);

  if (LANES < 1 || WEIGHT_BITS < 2 || WEIGHT_BITS > 16 || OPERAND_BITS < 1 || OPERAND_BITS > 16
      || OPERAND_SIGNED < 0 || OPERAND_SIGNED > 1 || PRODUCT_BITS < NEEDED_BITS
      || (LANES - 1) * PRODUCT_BITS + WEIGHT_BITS > 26 || LANES * PRODUCT_BITS > 45)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "packed_multiply: WEIGHT_BITS %0d, OPERAND_BITS %0d, OPERAND_SIGNED %0d; allowed 2..16, 1..16, 0..1; ",
      WEIGHT_BITS, OPERAND_BITS, OPERAND_SIGNED,
      "LANES %0d, PRODUCT_BITS %0d; allowed at least 1, at least %0d, together what 26 bits hold",
      LANES, PRODUCT_BITS, NEEDED_BITS
    );
  end

  logic signed [26:0] port_d, port_q;
  logic signed [17:0] operand_d, operand_q;
  logic signed [44:0] all_d, all_q, all_qq;
  logic [LANES*PRODUCT_BITS-1:0] product_d;

  // Lowest weight last: what is above it is one less where it is negative, which is all that its
  // sign extension does.
  always_comb begin
    port_d = '0;
    for (int i = LANES - 1; i >= 0; i--) begin
      port_d = (port_d <<< PRODUCT_BITS) + 27'($signed(weight_i[i*WEIGHT_BITS +: WEIGHT_BITS]));
    end
  end

  if (OPERAND_SIGNED != 0) begin : gen_signed
    assign operand_d = 18'($signed(operand_i));
  end else begin : gen_unsigned
    assign operand_d = 18'($signed({1'b0, operand_i}));
  end

  assign all_d = port_q * operand_q;

  logic unused_top;  // above the last product is its sign again
  assign unused_top = ^all_qq;
  assign product_d[0 +: PRODUCT_BITS] = all_qq[0 +: PRODUCT_BITS];
  for (genvar i = 1; i < LANES; i++) begin : gen_product
    assign product_d[i*PRODUCT_BITS +: PRODUCT_BITS] =
        all_qq[i*PRODUCT_BITS +: PRODUCT_BITS] + PRODUCT_BITS'(all_qq[i*PRODUCT_BITS-1]);
  end

  always_ff @(posedge clk_i) begin
    port_q <= port_d;
    operand_q <= operand_d;
    all_q <= all_d;
    all_qq <= all_q;
    product_o <= product_d;
  end
endmodule
