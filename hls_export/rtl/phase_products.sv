// SPDX-License-Identifier: Apache-2.0
// The products of one fold of a transposed convolution by phases, summed into their sub-pixels.
//
//   sums[py * STRIDE + px] = sum over the PE taps of this fold that belong to phase (py, px) and over
//                            the SIMD channels s of weight[tap, s] * window pixel of the tap[s]
//
// Latency: 2 + multiplier_array clocks from operands_i.  Throughput: one fold per clock.
// Combinational: none from input to output.  Back-pressure: none, it runs freely.
// The sum over the taps of a phase is one long addition before a register: at a high clock a tool
// has to balance it, or the plan has to take a smaller PE.
module phase_products #(
  parameter int IN_CHANNELS = 1,
  parameter int KERNEL = 9,
  parameter int STRIDE = 2,
  parameter int PADDING = 4,
  parameter int BEHIND = 2,
  parameter int SIZE = 5,
  parameter int PE = 1,
  parameter int SIMD = 1,
  parameter int NEURON_FOLDS = 81,
  parameter int SYNAPSE_FOLDS = 1,
  parameter int PACKED = 1,
  parameter int WEIGHT_BITS = 8,
  parameter int INPUT_BITS = 8,
  parameter int INPUT_SIGNED = 1,
  parameter int PRODUCT_BITS = 16,
  parameter int PARTIAL_BITS = 16,
  parameter int SUM_BITS = 24,
  parameter int MULTIPLIER_LATENCY = 4
) (
  input  logic                                       clk_i,
  input  logic                                       rst_ni,
  input  logic [SIZE*SIZE*IN_CHANNELS*INPUT_BITS-1:0] operands_i,
  input  logic [15:0]                                neuron_i,   // fold of operands_i
  input  logic [15:0]                                synapse_i,
  input  logic [PE*SIMD*WEIGHT_BITS-1:0]             weights_i,  // 1 clock after operands_i
  output logic [STRIDE*STRIDE*SUM_BITS-1:0]          sums_o
);
  localparam int PixelBits = IN_CHANNELS * INPUT_BITS;
  localparam int Blocks = STRIDE * STRIDE;

  // The sub-pixel row (or column) of a tap, and the window row (or column) that it meets.
  function automatic int phase(int tap);
    return (tap + PADDING * (STRIDE - 1)) % STRIDE;
  endfunction
  function automatic int window_row(int tap);
    return (phase(tap) + PADDING - tap) / STRIDE + BEHIND;
  endfunction

  if (PE * NEURON_FOLDS != KERNEL * KERNEL || SIMD * SYNAPSE_FOLDS != IN_CHANNELS
      || PE < 1 || SIMD < 1 || NEURON_FOLDS < 1 || SYNAPSE_FOLDS < 1
      || STRIDE < 1 || PADDING < 0 || PADDING >= KERNEL || SUM_BITS < 1
      || MULTIPLIER_LATENCY != 4 + ($clog2(SIMD) + 1) / 2
      || window_row(0) >= SIZE || window_row(KERNEL - 1) < 0) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "phase_products: PE %0d, NEURON_FOLDS %0d; allowed at least 1, in product %0d; ",
      PE, NEURON_FOLDS, KERNEL * KERNEL,
      "SIMD %0d, SYNAPSE_FOLDS %0d; allowed at least 1, in product %0d; ",
      SIMD, SYNAPSE_FOLDS, IN_CHANNELS,
      "STRIDE %0d, PADDING %0d, SUM_BITS %0d; allowed at least 1, 0..KERNEL - 1, at least 1; ",
      STRIDE, PADDING, SUM_BITS,
      "MULTIPLIER_LATENCY %0d; allowed that of multiplier_array; ", MULTIPLIER_LATENCY,
      "BEHIND %0d, SIZE %0d; allowed what the taps reach", BEHIND, SIZE
    );
  end

  logic [15:0] neuron_at_sum;
  delay #(.WIDTH(16), .CLOCKS(1 + MULTIPLIER_LATENCY)) u_neuron (
    .clk_i, .rst_ni, .value_i(neuron_i), .value_o(neuron_at_sum)
  );

  // Of tap neuron * PE + pe: the pixel it meets, and the sub-pixel it belongs to.
  logic [PE*PARTIAL_BITS-1:0] partial;
  logic [PE*Blocks-1:0] belongs;
  for (genvar pe = 0; pe < PE; pe++) begin : gen_pe
    logic [PixelBits-1:0] pixel_q;
    logic [15:0] synapse_q;
    logic [SIMD*INPUT_BITS-1:0] operand;
    always_ff @(posedge clk_i) begin
      synapse_q <= synapse_i;
      pixel_q <= '0;
      for (int n = 0; n < NEURON_FOLDS; n++) begin
        if (neuron_i == 16'(n)) begin
          pixel_q <= operands_i[(window_row((n*PE+pe) / KERNEL) * SIZE
                               + window_row((n*PE+pe) % KERNEL)) * PixelBits +: PixelBits];
        end
      end
    end
    slice #(.SLICES(SYNAPSE_FOLDS), .WIDTH(SIMD*INPUT_BITS)) u_operand (
      .word_i(pixel_q), .index_i(synapse_q), .slice_o(operand)
    );
    multiplier_array #(
      .PE(1), .SIMD(SIMD), .LANES_PER_DSP(1),
      .WEIGHT_BITS(WEIGHT_BITS),
      .OPERAND_BITS(INPUT_BITS), .OPERAND_SIGNED(INPUT_SIGNED), .PRODUCT_BITS(PRODUCT_BITS),
      .PARTIAL_BITS(PARTIAL_BITS), .PACKED(PACKED)
    ) u_multipliers (
      .clk_i, .weight_i(weights_i[pe*SIMD*WEIGHT_BITS +: SIMD*WEIGHT_BITS]), .operand_i(operand),
      .partial_o(partial[pe*PARTIAL_BITS +: PARTIAL_BITS])
    );
    always_comb begin
      belongs[pe*Blocks +: Blocks] = '0;
      for (int n = 0; n < NEURON_FOLDS; n++) begin
        if (neuron_at_sum == 16'(n)) begin
          belongs[pe*Blocks + phase((n*PE+pe) / KERNEL) * STRIDE
                  + phase((n*PE+pe) % KERNEL)] = 1'b1;
        end
      end
    end
  end

  // A function, since Icarus runs a combinational process again for every part that it reads back.
  function automatic logic [SUM_BITS-1:0] sum_of(logic [PE*PARTIAL_BITS-1:0] terms, logic [PE*Blocks-1:0] own, int p);
    logic [SUM_BITS-1:0] sum;
    sum = '0;
    for (int pe = 0; pe < PE; pe++) begin
      if (own[pe*Blocks + p]) sum = sum + SUM_BITS'($signed(terms[pe*PARTIAL_BITS +: PARTIAL_BITS]));
    end
    return sum;
  endfunction

  always_ff @(posedge clk_i) begin
    for (int p = 0; p < Blocks; p++) sums_o[p*SUM_BITS +: SUM_BITS] <= sum_of(partial, belongs, p);
  end
endmodule
