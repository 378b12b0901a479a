// SPDX-License-Identifier: Apache-2.0
// Convolution K x K: window, folded multiply-accumulate, requantize.
//
//   acc[co] = bias[co] + sum over ky, kx, ci of weight[co, ci, ky, kx] * window[ky, kx, ci]
//   out[co] = requantize(acc[co])
//
// PE outputs times SIMD operands per clock, NEURON_FOLDS * SYNAPSE_FOLDS clocks per position;
// (H * W + AHEAD * (W + 1)) positions per frame.
//
// Latency: 4 + multiplier_array + requantize clocks from the last fold to the FIFO, 3 in it.
// Throughput: one fold per clock.  Combinational: m_ready_i to nothing; s_ready_o from state alone.
// Back-pressure: a position begins only when the FIFO has a place for its output.
module convolution #(
  parameter     WEIGHT_FILE = "",
  parameter     REQUANTIZE_FILE = "",
  parameter int MAX_WIDTH = 16,
  parameter int IN_CHANNELS = 1,
  parameter int OUT_CHANNELS = 1,
  parameter int KERNEL = 1,
  parameter int AHEAD = 0,
  parameter int PE = 1,
  parameter int SIMD = 1,
  parameter int NEURON_FOLDS = 1,
  parameter int SYNAPSE_FOLDS = 1,
  parameter int LANES_PER_DSP = 1,
  parameter int PACKED = 1,
  parameter int WEIGHT_BITS = 8,
  parameter int INPUT_BITS = 8,
  parameter int INPUT_SIGNED = 1,
  parameter int PRODUCT_BITS = 16,
  parameter int PARTIAL_BITS = 16,
  parameter int ACCUMULATOR_BITS = 16,
  parameter int MULTIPLIER_BITS = 18,
  parameter int SHIFT_BITS = 6,
  parameter int REQUANTIZE_BITS = 34,
  parameter int MULTIPLIES = 1,
  parameter int OUTPUT_BITS = 8,
  parameter int OUTPUT_MIN = -128,
  parameter int OUTPUT_MAX = 127,
  parameter int MULTIPLIER_LATENCY = 4,
  parameter int REQUANTIZE_LATENCY = 6,
  parameter int FIFO_DEPTH = 16
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              s_valid_i,
  output logic                              s_ready_o,
  input  logic [IN_CHANNELS*INPUT_BITS-1:0] s_data_i,
  input  logic [31:0]                       s_size_i,
  output logic                              m_valid_o,
  input  logic                              m_ready_i,
  output logic [OUT_CHANNELS*OUTPUT_BITS-1:0] m_data_o,
  output logic [31:0]                       m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]   reserved_o
);
  localparam int Operands = KERNEL * KERNEL * IN_CHANNELS;
  localparam int ToSum = 3 + MULTIPLIER_LATENCY;       // clocks from a fold to its partial sums
  localparam int ToResult = ToSum + 1 + REQUANTIZE_LATENCY;

  if (PE * NEURON_FOLDS != OUT_CHANNELS || SIMD * SYNAPSE_FOLDS != Operands
      || PE < 1 || SIMD < 1 || NEURON_FOLDS < 1 || SYNAPSE_FOLDS < 1
      || MULTIPLIER_LATENCY != 4 + ($clog2(SIMD) + 1) / 2
      || REQUANTIZE_LATENCY != (MULTIPLIES != 0 ? 6 : 5)) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "convolution: PE %0d, NEURON_FOLDS %0d; allowed at least 1, in product %0d; ",
      PE, NEURON_FOLDS, OUT_CHANNELS,
      "SIMD %0d, SYNAPSE_FOLDS %0d; allowed at least 1, in product %0d; ",
      SIMD, SYNAPSE_FOLDS, Operands,
      "MULTIPLIER_LATENCY %0d, REQUANTIZE_LATENCY %0d; ", MULTIPLIER_LATENCY, REQUANTIZE_LATENCY,
      "allowed those of multiplier_array and requantize"
    );
  end

  logic step, first, last, emit, room;
  logic [15:0] neuron, synapse, in_column, out_row, out_column;
  logic [31:0] size;
  logic [1:0] unused_control;
  position_control #(
    .NEURON_FOLDS(NEURON_FOLDS), .SYNAPSE_FOLDS(SYNAPSE_FOLDS),
    .LAG_ROWS(AHEAD), .LAG_COLUMNS(AHEAD)
  ) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(room),
    .step_o(step), .first_o(first), .last_o(last), .starts_o(unused_control[0]),
    .take_o(unused_control[1]), .emit_o(emit),
    .neuron_o(neuron), .synapse_o(synapse), .in_column_o(in_column),
    .out_row_o(out_row), .out_column_o(out_column), .size_o(size)
  );

  logic [Operands*INPUT_BITS-1:0] operands;
  window #(
    .PIXEL_BITS(IN_CHANNELS*INPUT_BITS), .SIZE(KERNEL), .AHEAD(AHEAD), .MAX_WIDTH(MAX_WIDTH)
  ) u_window (
    .clk_i, .rst_ni, .push_i(step && first), .pixel_i(s_data_i), .in_column_i(in_column),
    .out_row_i(out_row), .out_column_i(out_column), .size_i(size), .operands_o(operands)
  );

  logic [15:0] fold_at_rom, synapse_at_operands;
  delay #(.WIDTH(16), .CLOCKS(2)) u_fold (
    .clk_i, .rst_ni, .value_i(neuron * 16'(SYNAPSE_FOLDS) + synapse), .value_o(fold_at_rom)
  );
  delay #(.WIDTH(16), .CLOCKS(3)) u_synapse (
    .clk_i, .rst_ni, .value_i(synapse), .value_o(synapse_at_operands)
  );

  logic [SIMD*INPUT_BITS-1:0] operand;
  slice #(.SLICES(SYNAPSE_FOLDS), .WIDTH(SIMD*INPUT_BITS)) u_operand (
    .word_i(operands), .index_i(synapse_at_operands), .slice_o(operand)
  );

  logic [PE*SIMD*WEIGHT_BITS-1:0] weights;
  weight_rom #(
    .FILE(WEIGHT_FILE), .WIDTH(PE*SIMD*WEIGHT_BITS), .FOLDS(NEURON_FOLDS*SYNAPSE_FOLDS)
  ) u_weights (.clk_i, .fold_i(fold_at_rom), .word_o(weights));

  logic [PE*PARTIAL_BITS-1:0] partial;
  multiplier_array #(
    .PE(PE), .SIMD(SIMD), .LANES_PER_DSP(LANES_PER_DSP), .WEIGHT_BITS(WEIGHT_BITS),
    .OPERAND_BITS(INPUT_BITS), .OPERAND_SIGNED(INPUT_SIGNED), .PRODUCT_BITS(PRODUCT_BITS),
    .PARTIAL_BITS(PARTIAL_BITS), .PACKED(PACKED)
  ) u_multipliers (.clk_i, .weight_i(weights), .operand_i(operand), .partial_o(partial));

  logic begins, ends;  // the partial sums are the first, the last of their outputs
  logic [15:0] neuron_before_sum;
  delay #(.WIDTH(1), .CLOCKS(ToSum)) u_begins (
    .clk_i, .rst_ni, .value_i(synapse == '0), .value_o(begins)
  );
  delay #(.WIDTH(16), .CLOCKS(ToSum-1)) u_neuron (
    .clk_i, .rst_ni, .value_i(neuron), .value_o(neuron_before_sum)
  );

  logic [PE*ACCUMULATOR_BITS-1:0] bias, accumulator;
  logic [PE*MULTIPLIER_BITS-1:0] positive, negative;
  logic [PE*SHIFT_BITS-1:0] shift;
  requantize_rom #(
    .FILE(REQUANTIZE_FILE), .CHANNELS(OUT_CHANNELS), .LANES(PE), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
    .MULTIPLIER_BITS(MULTIPLIER_BITS), .SHIFT_BITS(SHIFT_BITS)
  ) u_requantize_rom (
    .clk_i, .neuron_i(neuron_before_sum), .bias_o(bias),
    .positive_o(positive), .negative_o(negative), .shift_o(shift)
  );
  accumulate #(
    .LANES(PE), .PARTIAL_BITS(PARTIAL_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS)
  ) u_accumulate (
    .clk_i, .begins_i(begins), .start_i(bias), .partial_i(partial), .sum_o(accumulator)
  );

  logic [PE*OUTPUT_BITS-1:0] result;
  requantize #(
    .LANES(PE), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .MULTIPLIER_BITS(MULTIPLIER_BITS),
    .PRODUCT_BITS(REQUANTIZE_BITS), .SHIFT_BITS(SHIFT_BITS), .OUTPUT_BITS(OUTPUT_BITS),
    .OUTPUT_MIN(OUTPUT_MIN), .OUTPUT_MAX(OUTPUT_MAX), .MULTIPLIES(MULTIPLIES)
  ) u_requantize (
    .clk_i, .accumulator_i(accumulator), .positive_i(positive), .negative_i(negative),
    .shift_i(shift), .result_o(result)
  );

  // The neurons of a pixel follow each other; the last completes the beat.
  logic complete;
  logic [31:0] size_at_result;
  logic [OUT_CHANNELS*OUTPUT_BITS-1:0] beat;
  delay #(.WIDTH(1), .CLOCKS(ToResult), .RESET(1)) u_complete (
    .clk_i, .rst_ni, .value_i(step && last && emit), .value_o(complete)
  );
  delay #(.WIDTH(1), .CLOCKS(ToResult)) u_ends (
    .clk_i, .rst_ni, .value_i(synapse == 16'(SYNAPSE_FOLDS - 1)), .value_o(ends)
  );
  delay #(.WIDTH(32), .CLOCKS(ToResult)) u_size (
    .clk_i, .rst_ni, .value_i(size), .value_o(size_at_result)
  );
  collect #(.PARTS(NEURON_FOLDS), .WIDTH(PE*OUTPUT_BITS)) u_collect (
    .clk_i, .take_i(ends), .part_i(result), .whole_o(beat)
  );

  credit_fifo #(.WIDTH(32 + OUT_CHANNELS*OUTPUT_BITS), .DEPTH(FIFO_DEPTH)) u_output (
    .clk_i, .rst_ni, .reserve_i(step && first && emit), .room_o(room),
    .push_i(complete), .data_i({size_at_result, beat}),
    .m_valid_o, .m_ready_i, .m_data_o({m_size_o, m_data_o}), .reserved_o
  );
endmodule
