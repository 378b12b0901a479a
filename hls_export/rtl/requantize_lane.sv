// SPDX-License-Identifier: Apache-2.0
// Requantize lane: one accumulator to one output integer; formula and latency in requantize.sv.
//
// Latency: 5 clocks, and 1 more where it multiplies.  Throughput: one result per clock.
// Combinational paths: none from an input to an output.  Back-pressure: none, it runs freely; no
// reset, data only.
module requantize_lane #(
  parameter integer ACCUMULATOR_BITS = 20,
  parameter integer MULTIPLIER_BITS = 8,
  parameter integer PRODUCT_BITS = 28,
  parameter integer SHIFT_BITS = 5,
  parameter integer OUTPUT_BITS = 8,
  parameter integer OUTPUT_MIN = -128,
  parameter integer OUTPUT_MAX = 127,
  parameter integer MULTIPLIES = 1
) (
  input  logic                        clk_i,
  input  logic [ACCUMULATOR_BITS-1:0] accumulator_i,
  input  logic [MULTIPLIER_BITS-1:0]  positive_i,
  input  logic [MULTIPLIER_BITS-1:0]  negative_i,
  input  logic [SHIFT_BITS-1:0]       shift_i,
  output logic [OUTPUT_BITS-1:0]      result_o
);
  if (ACCUMULATOR_BITS < 1 || MULTIPLIER_BITS < 1 || PRODUCT_BITS < 1 || SHIFT_BITS < 1
      || OUTPUT_BITS < 1 || OUTPUT_BITS > 16 || MULTIPLIES < 0 || MULTIPLIES > 1
      || OUTPUT_MIN < -(1 << OUTPUT_BITS) / 2 || OUTPUT_MAX < OUTPUT_MIN
      || OUTPUT_MAX >= (OUTPUT_MIN < 0 ? (1 << OUTPUT_BITS) / 2 : 1 << OUTPUT_BITS))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "requantize_lane: ACCUMULATOR_BITS %0d, MULTIPLIER_BITS %0d, PRODUCT_BITS %0d, SHIFT_BITS %0d; ",
      ACCUMULATOR_BITS, MULTIPLIER_BITS, PRODUCT_BITS, SHIFT_BITS,
      "allowed at least 1; OUTPUT_BITS %0d, MULTIPLIES %0d; allowed 1..16, 0..1; ",
      OUTPUT_BITS, MULTIPLIES,
      "OUTPUT_MIN %0d, OUTPUT_MAX %0d; allowed a range of OUTPUT_BITS", OUTPUT_MIN, OUTPUT_MAX
    );
  end

  // Wide enough to compare with the ends of an unsigned output too.
  localparam integer CLAMP_BITS = PRODUCT_BITS > OUTPUT_BITS ? PRODUCT_BITS : OUTPUT_BITS + 1;
  localparam logic signed [CLAMP_BITS-1:0] LOW = CLAMP_BITS'(OUTPUT_MIN);
  localparam logic signed [CLAMP_BITS-1:0] HIGH = CLAMP_BITS'(OUTPUT_MAX);

  logic signed [ACCUMULATOR_BITS-1:0] accumulator_q;
  logic signed [MULTIPLIER_BITS-1:0] multiplier_q;
  logic signed [PRODUCT_BITS-1:0] product, rounded_q, shifted_q;
  logic [SHIFT_BITS-1:0] select_shift_q, product_shift, rounded_shift_q;

  always_ff @(posedge clk_i) begin
    accumulator_q <= accumulator_i;
    multiplier_q <= accumulator_i[ACCUMULATOR_BITS-1] ? negative_i : positive_i;
    select_shift_q <= shift_i;
  end

  if (MULTIPLIES != 0) begin : gen_multiply
    localparam integer FULL_BITS = ACCUMULATOR_BITS + MULTIPLIER_BITS;
    logic signed [FULL_BITS-1:0] full, full_q, full_qq;
    logic [SHIFT_BITS-1:0] shift_q, shift_qq;

    assign full = accumulator_q * multiplier_q;
    always_ff @(posedge clk_i) begin
      full_q <= full;
      full_qq <= full_q;
      shift_q <= select_shift_q;
      shift_qq <= shift_q;
    end
    assign product = PRODUCT_BITS'(full_qq);  // the plan proves that the other bits are its sign
    logic unused_sign;
    assign unused_sign = ^full_qq;
    assign product_shift = shift_qq;
  end else begin : gen_shift
    logic [SHIFT_BITS-1:0] shift_q;
    logic signed [PRODUCT_BITS-1:0] product_q;

    always_ff @(posedge clk_i) begin
      product_q <= PRODUCT_BITS'(accumulator_q) <<< $unsigned(multiplier_q);
      shift_q <= select_shift_q;
    end
    assign product = product_q;
    assign product_shift = shift_q;
  end

  // Half of the step less one, and one where the quotient is odd: ties go to even.
  logic [PRODUCT_BITS-1:0] below_half;
  logic is_odd;

  assign below_half = ~({PRODUCT_BITS{1'b1}} << product_shift) >> 1;
  assign is_odd = 1'(product >>> product_shift) && product_shift != '0;

  logic signed [CLAMP_BITS-1:0] result;
  assign result = CLAMP_BITS'(shifted_q);

  always_ff @(posedge clk_i) begin
    rounded_q <= product + below_half + PRODUCT_BITS'(is_odd);
    rounded_shift_q <= product_shift;
    shifted_q <= rounded_q >>> rounded_shift_q;
    result_o <= OUTPUT_BITS'(result < LOW ? LOW : result > HIGH ? HIGH : result);
  end
endmodule
