// SPDX-License-Identifier: Apache-2.0
// Requantizes one channel whose multipliers and shift are constants: docs/arithmetic.md, eq. 3 to 5.
//
//   v   = the negative product where it selects by the sign and the accumulator is_negative_i, else
//         the positive one
//   q   = (v >> SHIFT) + 1 where half a step and more is cut off, ties to even; else v >> SHIFT
//   out = clamp(q) to OUTPUT_BITS, signed or not
//
// What lies beyond the output is seen before the rounding, so nothing is wider than the output.
//
// Latency: 3 clocks: choose, round, clamp.  Throughput: one result per clock.
// Combinational: none from input to output.  Back-pressure: none, it runs freely; no reset, data only.
module requantize_constant #(
  parameter int PRODUCT_BITS = 16,
  parameter int SHIFT = 8,
  parameter int OUTPUT_BITS = 8,
  parameter int OUTPUT_SIGNED = 0,
  parameter int SELECTS = 1  // 0: positive_i is v for any accumulator
) (
  input  logic                           clk_i,
  input  logic                           is_negative_i,  // the accumulator
  input  logic signed [PRODUCT_BITS-1:0] positive_i,     // the products for either sign
  input  logic signed [PRODUCT_BITS-1:0] negative_i,
  output logic [OUTPUT_BITS-1:0]         result_o
);
  if (PRODUCT_BITS < 1 || SHIFT < 0 || SHIFT > 47 || OUTPUT_BITS < 1 || OUTPUT_BITS > 16
      || OUTPUT_SIGNED < 0 || OUTPUT_SIGNED > 1 || SELECTS < 0 || SELECTS > 1)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "requantize_constant: PRODUCT_BITS %0d, SHIFT %0d; allowed at least 1, 0..47; ",
      PRODUCT_BITS, SHIFT,
      "OUTPUT_BITS %0d, OUTPUT_SIGNED %0d, SELECTS %0d; allowed 1..16, 0..1, 0..1",
      OUTPUT_BITS, OUTPUT_SIGNED, SELECTS
    );
  end

  localparam int Above = SHIFT + OUTPUT_BITS;  // the first bit of v above the output's
  localparam int Bits = PRODUCT_BITS > Above ? PRODUCT_BITS : Above + 1;

  logic signed [PRODUCT_BITS-1:0] chosen;
  logic [Bits-1:0] v;
  assign chosen = SELECTS != 0 && is_negative_i ? negative_i : positive_i;
  assign v = Bits'(chosen);

  logic up, up_q;
  if (SHIFT == 0) begin : gen_integer
    assign up = 1'b0;
  end else begin : gen_fraction
    logic [SHIFT-1:0] below_half;
    assign below_half = SHIFT'({v[SHIFT-1:0], 1'b0});
    assign up = v[SHIFT-1] && (v[SHIFT] || |below_half);
  end

  logic is_negative_q, is_beyond_q, is_beyond_qq;
  logic [OUTPUT_BITS-1:0] quotient_q;
  logic [OUTPUT_BITS:0] rounded_q;
  always_ff @(posedge clk_i) begin
    is_negative_q <= v[Bits-1];
    quotient_q <= v[SHIFT +: OUTPUT_BITS];
    up_q <= up;
  end

  if (OUTPUT_SIGNED != 0) begin : gen_signed
    logic is_negative_qq, is_above;
    assign is_above = !is_negative_qq && rounded_q[OUTPUT_BITS-1];
    always_ff @(posedge clk_i) begin
      is_beyond_q <= v[Bits-1:Above-1] != {(Bits-Above+1){v[Bits-1]}};
      rounded_q <= {1'b0, quotient_q} + (OUTPUT_BITS + 1)'(up_q);
      {is_negative_qq, is_beyond_qq} <= {is_negative_q, is_beyond_q};
      result_o <= rounded_q[OUTPUT_BITS-1:0];
      if (is_beyond_qq || is_above) begin
        result_o <= {OUTPUT_BITS{!is_negative_qq}};
        result_o[OUTPUT_BITS-1] <= is_negative_qq;
      end
    end
    logic unused_carry;
    assign unused_carry = rounded_q[OUTPUT_BITS];
  end else begin : gen_unsigned
    always_ff @(posedge clk_i) begin
      is_beyond_q <= |v[Bits-1:Above];
      rounded_q <= {1'b0, quotient_q} + (OUTPUT_BITS + 1)'(up_q);
      is_beyond_qq <= is_beyond_q;
      if (is_negative_q) begin  // rounds to 0 at most
        rounded_q <= '0;
        is_beyond_qq <= 1'b0;
      end
      result_o <= rounded_q[OUTPUT_BITS-1:0];
      if (is_beyond_qq || rounded_q[OUTPUT_BITS]) result_o <= '1;
    end
  end
endmodule
