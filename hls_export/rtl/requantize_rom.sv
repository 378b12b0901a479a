// SPDX-License-Identifier: Apache-2.0
// Bias, multipliers and shift of the LANES output channels of one neuron fold, from a .mem file
// (weights-layout.md: one word per channel, {shift, negative, positive, bias}).
//
// Latency: 1 clock from neuron_i to bias_o, 2 to the others: what an accumulator starts from is
// needed before what its sum is multiplied with.  Throughput: one fold per clock.
// Combinational: none.  Back-pressure: none.
module requantize_rom #(
  parameter     FILE = "",
  parameter int CHANNELS = 1,
  parameter int LANES = 1,
  parameter int ACCUMULATOR_BITS = 16,
  parameter int MULTIPLIER_BITS = 18,
  parameter int SHIFT_BITS = 6
) (
  input  logic                              clk_i,
  input  logic [15:0]                       neuron_i,
  output logic [LANES*ACCUMULATOR_BITS-1:0] bias_o,
  output logic [LANES*MULTIPLIER_BITS-1:0]  positive_o,
  output logic [LANES*MULTIPLIER_BITS-1:0]  negative_o,
  output logic [LANES*SHIFT_BITS-1:0]       shift_o
);
  localparam int Bits = ACCUMULATOR_BITS + 2 * MULTIPLIER_BITS + SHIFT_BITS;
  localparam int Folds = CHANNELS / LANES;
  localparam int FoldBits = Folds > 1 ? $clog2(Folds) : 1;

  if (CHANNELS < 1 || LANES < 1 || CHANNELS % LANES != 0 || Folds > 32768
      || ACCUMULATOR_BITS < 1 || MULTIPLIER_BITS < 1 || SHIFT_BITS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "requantize_rom: CHANNELS %0d, LANES %0d; allowed at least 1, LANES a divisor, at most 32768 folds; ",
      CHANNELS, LANES,
      "ACCUMULATOR_BITS %0d, MULTIPLIER_BITS %0d, SHIFT_BITS %0d; allowed at least 1",
      ACCUMULATOR_BITS, MULTIPLIER_BITS, SHIFT_BITS
    );
  end

  logic [Bits-1:0] words[CHANNELS];
`ifdef SR_MEMORIES  // the folder of the .mem files, where it is not the simulator's own
  initial $readmemh({`SR_MEMORIES, "/", FILE}, words);
`else
  initial $readmemh(FILE, words);
`endif

  logic [FoldBits-1:0] fold;
  assign fold = neuron_i[FoldBits-1:0];
  logic unused_high;
  assign unused_high = ^neuron_i[15:FoldBits];

  for (genvar lane = 0; lane < LANES; lane++) begin : gen_lane
    logic [Bits-1:0] word_q;
    always_ff @(posedge clk_i) begin
      word_q <= words[int'(fold) * LANES + lane];
      {shift_o[lane*SHIFT_BITS +: SHIFT_BITS],
       negative_o[lane*MULTIPLIER_BITS +: MULTIPLIER_BITS],
       positive_o[lane*MULTIPLIER_BITS +: MULTIPLIER_BITS]} <= word_q[Bits-1:ACCUMULATOR_BITS];
    end
    assign bias_o[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS] = word_q[ACCUMULATOR_BITS-1:0];
  end
endmodule
