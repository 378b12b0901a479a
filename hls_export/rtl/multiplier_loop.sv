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
// the end.  Needs WEIGHT_BITS + OPERAND_BITS + log2(SIMD) < D; wider ones go one by one.
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
  if (PE < 1 || SIMD < 1 || LATENCY < 3 || PARTIAL_BITS < 1 || PARTIAL_BITS > 64
      || WEIGHT_BITS < 2 || WEIGHT_BITS > 16 || OPERAND_BITS < 1 || OPERAND_BITS > 16
      || OPERAND_SIGNED < 0 || OPERAND_SIGNED > 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "multiplier_loop: PE %0d, SIMD %0d, LATENCY %0d, PARTIAL_BITS %0d; allowed at least 1, 1, 3, and 1..64; ",
      PE, SIMD, LATENCY, PARTIAL_BITS,
      "WEIGHT_BITS %0d, OPERAND_BITS %0d, OPERAND_SIGNED %0d; allowed 2..16, 1..16, 0..1",
      WEIGHT_BITS, OPERAND_BITS, OPERAND_SIGNED
    );
  end

  localparam integer HALF = 32 / WEIGHT_BITS;
  localparam integer D = HALF * WEIGHT_BITS;
  localparam bit PAIRED = WEIGHT_BITS + OPERAND_BITS + $clog2(SIMD) < D;
  localparam integer CHUNKS = (SIMD + 2 * HALF - 1) / (2 * HALF);
  localparam logic [63:0] FIELD = (64'd1 << WEIGHT_BITS) - 1;
  localparam logic [63:0] PAIR = FIELD | (FIELD << D);
  localparam logic [WEIGHT_BITS-1:0] OFFSET = WEIGHT_BITS'(1) << (WEIGHT_BITS - 1);

  function automatic logic signed [63:0] wide(input logic [OPERAND_BITS-1:0] operand);
    return OPERAND_SIGNED != 0 ? 64'($signed(operand)) : 64'(operand);
  endfunction

  logic [PE*PARTIAL_BITS-1:0] sums_q;

  if (PAIRED) begin : gen_pairs
    // The operand of lane s, 0 beyond the last: what is fetched there of the next PE counts nothing.
    logic [CHUNKS*2*HALF*OPERAND_BITS-1:0] operands;
    logic [(PE*SIMD+2*HALF)*WEIGHT_BITS-1:0] weights;

    logic [63:0] pairs [CHUNKS*HALF];
    logic [63:0] chunk, low, high, total, sum;
    logic signed [63:0] middle;
    logic [PE*PARTIAL_BITS-1:0] sums;

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
        middle = $signed(sum) >>> D;
        sum = middle + 64'(sum[D-1]) - (total << (WEIGHT_BITS - 1));
        sums[pe*PARTIAL_BITS +: PARTIAL_BITS] = PARTIAL_BITS'(sum);
      end
      sums_q <= sums;
    end
    // verilator lint_on BLKSEQ
  end else begin : gen_singles
    logic [63:0] sum;

    // verilator lint_off BLKSEQ
    always_ff @(posedge clk_i) begin
      for (int pe = 0; pe < PE; pe++) begin
        sum = '0;
        for (int s = 0; s < SIMD; s++) begin
          sum = sum + 64'($signed(weight_i[(pe*SIMD+s)*WEIGHT_BITS +: WEIGHT_BITS]))
                      * wide(operand_i[s*OPERAND_BITS +: OPERAND_BITS]);
        end
        sums_q[pe*PARTIAL_BITS +: PARTIAL_BITS] <= PARTIAL_BITS'(sum);
      end
    end
    // verilator lint_on BLKSEQ
  end

  logic [PE*PARTIAL_BITS-1:0] delay_q [1:LATENCY-2];

  always_ff @(posedge clk_i) delay_q[1] <= sums_q;
  for (genvar i = 2; i < LATENCY - 1; i++) begin : gen_delay
    always_ff @(posedge clk_i) delay_q[i] <= delay_q[i-1];
  end
  always_ff @(posedge clk_i) partial_o <= delay_q[LATENCY-2];
endmodule
