// SPDX-License-Identifier: Apache-2.0
// Requantize: accumulators to output integers, LANES per clock.  The only place that rounds.
//
//   m   = acc < 0 ? negative : positive
//   v   = MULTIPLIES ? acc * m : acc << m       the table holds exponents where nothing multiplies
//   q   = shift == 0 ? v : (v + 2^(shift-1) - 1 + ((v >> shift) & 1)) >> shift     ties to even
//   out = clamp(q, OUTPUT_MIN, OUTPUT_MAX)
//
// PRODUCT_BITS holds v with the rounding constant added.  One DSP per lane while ACCUMULATOR_BITS
// is at most 27, else two.
//
// Latency: 5 clocks, 1 more where it multiplies (hls_export/plan/latency.py): select (A and B
// registers), multiply (M and P) or shift left, round, shift, clamp.
// Throughput: LANES results per clock.  Combinational: none from input to output.
// Back-pressure: none, it runs freely; no reset, data only.
module requantize #(
  parameter integer LANES = 1,
  parameter integer ACCUMULATOR_BITS = 20,
  parameter integer MULTIPLIER_BITS = 8,
  parameter integer PRODUCT_BITS = 28,
  parameter integer SHIFT_BITS = 5,
  parameter integer OUTPUT_BITS = 8,
  parameter integer OUTPUT_MIN = -128,
  parameter integer OUTPUT_MAX = 127,
  parameter integer MULTIPLIES = 1
) (
  input  logic                              clk_i,
  input  logic [LANES*ACCUMULATOR_BITS-1:0] accumulator_i,
  input  logic [LANES*MULTIPLIER_BITS-1:0]  positive_i,
  input  logic [LANES*MULTIPLIER_BITS-1:0]  negative_i,
  input  logic [LANES*SHIFT_BITS-1:0]       shift_i,
  output logic [LANES*OUTPUT_BITS-1:0]      result_o
);
  if (LANES < 1 || OUTPUT_BITS < 1 || OUTPUT_BITS > 16 || MULTIPLIES < 0 || MULTIPLIES > 1
      || ACCUMULATOR_BITS < 1 || MULTIPLIER_BITS < 1 || PRODUCT_BITS < 1 || SHIFT_BITS < 1
      || OUTPUT_MIN < -(1 << OUTPUT_BITS) / 2 || OUTPUT_MAX < OUTPUT_MIN
      || OUTPUT_MAX >= (OUTPUT_MIN < 0 ? (1 << OUTPUT_BITS) / 2 : 1 << OUTPUT_BITS))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "requantize: LANES %0d, ", LANES,
      "ACCUMULATOR_BITS %0d, MULTIPLIER_BITS %0d, PRODUCT_BITS %0d, SHIFT_BITS %0d; ",
      ACCUMULATOR_BITS, MULTIPLIER_BITS, PRODUCT_BITS, SHIFT_BITS,
      "allowed at least 1; OUTPUT_BITS %0d, MULTIPLIES %0d; allowed 1..16, 0..1; ",
      OUTPUT_BITS, MULTIPLIES,
      "OUTPUT_MIN %0d, OUTPUT_MAX %0d; allowed a range of OUTPUT_BITS", OUTPUT_MIN, OUTPUT_MAX
    );
  end

  for (genvar i = 0; i < LANES; i++) begin : gen_lane
    requantize_lane #(
      .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .MULTIPLIER_BITS(MULTIPLIER_BITS),
      .PRODUCT_BITS(PRODUCT_BITS), .SHIFT_BITS(SHIFT_BITS), .OUTPUT_BITS(OUTPUT_BITS),
      .OUTPUT_MIN(OUTPUT_MIN), .OUTPUT_MAX(OUTPUT_MAX), .MULTIPLIES(MULTIPLIES)
    ) u_lane (
      .clk_i,
      .accumulator_i(accumulator_i[i*ACCUMULATOR_BITS +: ACCUMULATOR_BITS]),
      .positive_i(positive_i[i*MULTIPLIER_BITS +: MULTIPLIER_BITS]),
      .negative_i(negative_i[i*MULTIPLIER_BITS +: MULTIPLIER_BITS]),
      .shift_i(shift_i[i*SHIFT_BITS +: SHIFT_BITS]),
      .result_o(result_o[i*OUTPUT_BITS +: OUTPUT_BITS])
    );
  end
endmodule
