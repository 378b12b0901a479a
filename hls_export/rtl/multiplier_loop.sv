// SPDX-License-Identifier: Apache-2.0
// Multiplier loop: multiplier_array as compiled simulation likes it, in the clocks it is told.
//
//   partial[pe] = sum over s < SIMD of weight[pe * SIMD + s] * operand[s]
//
// A whole frame is 4 million clocks of 6,000 multiplications, so a loop over single lanes would
// take most of the time.  Here one 64-bit multiplication does two lanes, and a chunk of HALF pairs
// is fetched at once:
//   (u0 + u1 * 2^D) * (x1 + x0 * 2^D) = u0 * x1 + (u0 * x0 + u1 * x1) * 2^D + ...
// D = HALF * WEIGHT_BITS bits apart, the middle field being the sum that is wanted.  The weights go
// in as u = weight + 2^(WEIGHT_BITS - 1) >= 0; that times the sum of the operands is taken off at
// the end.  Needs WEIGHT_BITS + OPERAND_BITS + log2(SIMD) < D.
//
// Latency: LATENCY clocks, at least 3: the sums, then a delay line.
// Throughput: one fold per clock.  Combinational: none from input to output.
// Back-pressure: none, it runs freely; no reset, data only.
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
  localparam integer HALF = 32 / WEIGHT_BITS;
  localparam integer D = HALF * WEIGHT_BITS;
  localparam integer CHUNKS = (SIMD + 2 * HALF - 1) / (2 * HALF);
  localparam logic [63:0] FIELD = (64'd1 << WEIGHT_BITS) - 1;
  localparam logic [63:0] PAIR = FIELD | (FIELD << D);
  localparam logic [WEIGHT_BITS-1:0] OFFSET = WEIGHT_BITS'(1) << (WEIGHT_BITS - 1);

  // The operand of lane s, 0 beyond the last: what is fetched there of the next PE counts nothing.
  logic [CHUNKS*2*HALF*OPERAND_BITS-1:0] operands;
  logic [(PE*SIMD+2*HALF)*WEIGHT_BITS-1:0] weights;

  function automatic logic signed [63:0] wide(input logic [OPERAND_BITS-1:0] operand);
    return OPERAND_SIGNED != 0 ? 64'($signed(operand)) : 64'(operand);
  endfunction

  logic [63:0] pairs [CHUNKS*HALF];
  logic [63:0] chunk, low, high, total, sum;
  logic [PE*PARTIAL_BITS-1:0] sums, sums_q;

  // Sequential steps of one clock: nothing else reads these variables.
  // verilator lint_off BLKSEQ
  always_ff @(posedge clk_i) begin
    operands = (CHUNKS * 2 * HALF * OPERAND_BITS)'(operand_i);
    weights = ((PE * SIMD + 2 * HALF) * WEIGHT_BITS)'(weight_i);
    total = '0;
    // verilator unroll_disable
    for (int c = 0; c < CHUNKS; c++) begin
      // verilator unroll_full
      for (int k = 0; k < HALF; k++) begin
        low = wide(operands[(c*2*HALF+k)*OPERAND_BITS +: OPERAND_BITS]);
        high = wide(operands[(c*2*HALF+HALF+k)*OPERAND_BITS +: OPERAND_BITS]);
        pairs[c*HALF+k] = (low << D) + high;
        total = total + low + high;
      end
    end
    // verilator unroll_disable
    for (int pe = 0; pe < PE; pe++) begin
      sum = '0;
      // verilator unroll_disable
      for (int c = 0; c < CHUNKS; c++) begin
        chunk = 64'(weights[(pe*SIMD+c*2*HALF)*WEIGHT_BITS +: 2*D] ^ {2*HALF{OFFSET}});
        // verilator unroll_full
        for (int k = 0; k < HALF; k++) begin
          sum = sum + ((chunk >> (k * WEIGHT_BITS)) & PAIR) * pairs[c*HALF+k];
        end
      end
      // Where the field below is negative it took one from the middle field.
      sum = (sum >> D) + 64'(sum[D-1]) - (total << (WEIGHT_BITS - 1));
      sums[pe*PARTIAL_BITS +: PARTIAL_BITS] = PARTIAL_BITS'(sum);
    end
    sums_q <= sums;
  end
  // verilator lint_on BLKSEQ

  logic [PE*PARTIAL_BITS-1:0] delay_q [1:LATENCY-2];

  always_ff @(posedge clk_i) delay_q[1] <= sums_q;
  for (genvar i = 2; i < LATENCY - 1; i++) begin : gen_delay
    always_ff @(posedge clk_i) delay_q[i] <= delay_q[i-1];
  end
  always_ff @(posedge clk_i) partial_o <= delay_q[LATENCY-2];
endmodule
