// Multiplier loop: multiplier_array as simulation likes it, with the latency it is given.
//
//   partial[pe] = sum over s < SIMD of weight[pe * SIMD + s] * operand[s]
//
// Latency: LATENCY clocks, at least 2: the sums, then a delay line.  Throughput: one fold per
// clock.
// Combinational paths: none from an input to an output.  Back-pressure: none, it runs freely; no
// reset, data only.
module multiplier_loop #(
  parameter integer PE = 2,
  parameter integer SIMD = 4,
  parameter integer WEIGHT_BITS = 8,
  parameter integer OPERAND_BITS = 8,
  parameter integer OPERAND_SIGNED = 1,
  parameter integer PARTIAL_BITS = 17,
  parameter integer LATENCY = 5
) (
  input  logic                           clk_i,
  input  logic [PE*SIMD*WEIGHT_BITS-1:0] weight_i,
  input  logic [SIMD*OPERAND_BITS-1:0]   operand_i,
  output logic [PE*PARTIAL_BITS-1:0]     partial_o
);
  localparam integer SUM_BITS = 32;

  logic [PE*PARTIAL_BITS-1:0] delay_q [LATENCY-1];
  logic [SIMD*SUM_BITS-1:0] operands;

  for (genvar s = 0; s < SIMD; s++) begin : gen_operand
    if (OPERAND_SIGNED != 0) begin : gen_signed
      assign operands[s*SUM_BITS +: SUM_BITS] = SUM_BITS'($signed(operand_i[s*OPERAND_BITS +: OPERAND_BITS]));
    end else begin : gen_unsigned
      assign operands[s*SUM_BITS +: SUM_BITS] = SUM_BITS'(operand_i[s*OPERAND_BITS +: OPERAND_BITS]);
    end
  end

  function automatic logic [PARTIAL_BITS-1:0] dot(
    input logic [SIMD*WEIGHT_BITS-1:0] weight, input logic [SIMD*SUM_BITS-1:0] operand
  );
    logic signed [SUM_BITS-1:0] sum;
    sum = '0;
    for (int s = 0; s < SIMD; s++) begin
      sum = sum + SUM_BITS'($signed(weight[s*WEIGHT_BITS +: WEIGHT_BITS])) * $signed(operand[s*SUM_BITS +: SUM_BITS]);
    end
    return PARTIAL_BITS'(sum);
  endfunction

  always_ff @(posedge clk_i) begin
    for (int pe = 0; pe < PE; pe++) begin
      delay_q[0][pe*PARTIAL_BITS +: PARTIAL_BITS] <= dot(weight_i[pe*SIMD*WEIGHT_BITS +: SIMD*WEIGHT_BITS], operands);
    end
    for (int i = 1; i < LATENCY - 1; i++) delay_q[i] <= delay_q[i-1];
    partial_o <= delay_q[LATENCY-2];
  end
endmodule
