// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by its STRIDE x STRIDE phases: small convolutions over one window of LR
// pixels.
//
//   block[py, px] = bias + sum over ci and the taps ky = py + PADDING, kx = px + PADDING (mod STRIDE)
//     of weight[ci, ky, kx] * pixel[ci] at row + (py + PADDING - ky) / STRIDE, column alike
//
// PE taps times SIMD channels per clock; H * W + AHEAD * (W + 1) positions per frame.  The taps of
// one clock meet different pixels, so every PE has operands of its own and no two products share a
// DSP.
//
// Latency: 6 + multiplier_array clocks from the last fold to the FIFO, 1 in it.
// Throughput: one fold per clock.  Combinational: none from input to output.
// Back-pressure: a position begins only when the FIFO has a place for its block.
module phases #(
  parameter     WEIGHT_FILE = "",
  parameter     REQUANTIZE_FILE = "",
  parameter int MAX_WIDTH = 16,
  parameter int IN_CHANNELS = 1,
  parameter int KERNEL = 9,
  parameter int STRIDE = 2,
  parameter int PADDING = 4,
  parameter int AHEAD = 2,
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
  parameter int ACCUMULATOR_BITS = 24,
  parameter int MULTIPLIER_BITS = 18,
  parameter int SHIFT_BITS = 6,
  parameter int MULTIPLIER_LATENCY = 4,
  parameter int FIFO_DEPTH = 16
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  input  logic                                    s_valid_i,
  output logic                                    s_ready_o,
  input  logic [IN_CHANNELS*INPUT_BITS-1:0]       s_data_i,
  input  logic [31:0]                             s_size_i,
  output logic                                    m_valid_o,
  input  logic                                    m_ready_i,
  output logic [STRIDE*STRIDE*ACCUMULATOR_BITS-1:0] m_data_o,  // lane py * STRIDE + px
  output logic [31:0]                             m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]         reserved_o
);
  if (PE * NEURON_FOLDS != KERNEL * KERNEL || SIMD * SYNAPSE_FOLDS != IN_CHANNELS
      || PE < 1 || SIMD < 1 || NEURON_FOLDS < 1 || SYNAPSE_FOLDS < 1
      || STRIDE < 1 || STRIDE > 16 || PADDING < 0 || PADDING >= KERNEL
      || AHEAD * STRIDE < PADDING || MULTIPLIER_LATENCY != 4 + ($clog2(SIMD) + 1) / 2)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "phases: PE %0d, NEURON_FOLDS %0d; allowed at least 1, in product %0d; ",
      PE, NEURON_FOLDS, KERNEL * KERNEL,
      "SIMD %0d, SYNAPSE_FOLDS %0d; allowed at least 1, in product %0d; ",
      SIMD, SYNAPSE_FOLDS, IN_CHANNELS,
      "STRIDE %0d, PADDING %0d, AHEAD %0d; allowed 1..16, 0..KERNEL - 1, what the taps reach; ",
      STRIDE, PADDING, AHEAD,
      "MULTIPLIER_LATENCY %0d; allowed that of multiplier_array", MULTIPLIER_LATENCY
    );
  end

  localparam int Behind = (KERNEL - 1 - PADDING) / STRIDE;
  localparam int Size = Behind + 1 + AHEAD;
  localparam int PixelBits = IN_CHANNELS * INPUT_BITS;
  localparam int Blocks = STRIDE * STRIDE;
  localparam int ToSums = 5 + MULTIPLIER_LATENCY;  // clocks from a fold to its share of the block

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
    .take_o(unused_control[1]), .emit_o(emit), .neuron_o(neuron), .synapse_o(synapse),
    .in_column_o(in_column), .out_row_o(out_row), .out_column_o(out_column), .size_o(size)
  );

  logic [Size*Size*PixelBits-1:0] operands;
  window #(.PIXEL_BITS(PixelBits), .SIZE(Size), .AHEAD(AHEAD), .MAX_WIDTH(MAX_WIDTH)) u_window (
    .clk_i, .rst_ni, .push_i(step && first), .pixel_i(s_data_i), .in_column_i(in_column),
    .out_row_i(out_row), .out_column_i(out_column), .size_i(size), .operands_o(operands)
  );

  logic [15:0] fold_at_rom, neuron_at_operands, synapse_at_operands;
  delay #(.WIDTH(16), .CLOCKS(3)) u_fold (
    .clk_i, .rst_ni, .value_i(neuron * 16'(SYNAPSE_FOLDS) + synapse), .value_o(fold_at_rom)
  );
  delay #(.WIDTH(32), .CLOCKS(3)) u_operand_fold (
    .clk_i, .rst_ni, .value_i({neuron, synapse}),
    .value_o({neuron_at_operands, synapse_at_operands})
  );

  logic [PE*SIMD*WEIGHT_BITS-1:0] weights;
  weight_rom #(
    .FILE(WEIGHT_FILE), .WIDTH(PE*SIMD*WEIGHT_BITS), .FOLDS(NEURON_FOLDS*SYNAPSE_FOLDS)
  ) u_weights (.clk_i, .fold_i(fold_at_rom), .word_o(weights));

  logic [Blocks*ACCUMULATOR_BITS-1:0] sums, bias, block;
  phase_products #(
    .IN_CHANNELS(IN_CHANNELS), .KERNEL(KERNEL), .STRIDE(STRIDE), .PADDING(PADDING), .BEHIND(Behind),
    .SIZE(Size), .PE(PE), .SIMD(SIMD), .NEURON_FOLDS(NEURON_FOLDS), .SYNAPSE_FOLDS(SYNAPSE_FOLDS),
    .PACKED(PACKED), .WEIGHT_BITS(WEIGHT_BITS), .INPUT_BITS(INPUT_BITS),
    .INPUT_SIGNED(INPUT_SIGNED), .PRODUCT_BITS(PRODUCT_BITS), .PARTIAL_BITS(PARTIAL_BITS),
    .SUM_BITS(ACCUMULATOR_BITS), .MULTIPLIER_LATENCY(MULTIPLIER_LATENCY)
  ) u_products (
    .clk_i, .rst_ni, .operands_i(operands), .neuron_i(neuron_at_operands),
    .synapse_i(synapse_at_operands), .weights_i(weights), .sums_o(sums)
  );

  logic [2*MULTIPLIER_BITS+SHIFT_BITS-1:0] unused_requantize;
  requantize_rom #(
    .FILE(REQUANTIZE_FILE), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .MULTIPLIER_BITS(MULTIPLIER_BITS),
    .SHIFT_BITS(SHIFT_BITS)
  ) u_requantize_rom (
    .clk_i, .neuron_i('0), .bias_o(bias[ACCUMULATOR_BITS-1:0]),
    .positive_o(unused_requantize[0 +: MULTIPLIER_BITS]),
    .negative_o(unused_requantize[MULTIPLIER_BITS +: MULTIPLIER_BITS]),
    .shift_o(unused_requantize[2*MULTIPLIER_BITS +: SHIFT_BITS])
  );
  if (Blocks > 1) begin : gen_bias
    assign bias[Blocks*ACCUMULATOR_BITS-1:ACCUMULATOR_BITS] =
      {(Blocks-1){bias[ACCUMULATOR_BITS-1:0]}};
  end

  logic begins, complete;
  logic [31:0] size_at_block;
  delay #(.WIDTH(1), .CLOCKS(ToSums)) u_begins (
    .clk_i, .rst_ni, .value_i(first), .value_o(begins)
  );
  delay #(.WIDTH(1), .CLOCKS(ToSums+1), .RESET(1)) u_complete (
    .clk_i, .rst_ni, .value_i(step && last && emit), .value_o(complete)
  );
  delay #(.WIDTH(32), .CLOCKS(ToSums+1)) u_size (
    .clk_i, .rst_ni, .value_i(size), .value_o(size_at_block)
  );
  accumulate #(
    .LANES(Blocks), .PARTIAL_BITS(ACCUMULATOR_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS)
  ) u_accumulate (
    .clk_i, .begins_i(begins), .start_i(bias), .partial_i(sums), .sum_o(block)
  );

  credit_fifo #(.WIDTH(32 + Blocks*ACCUMULATOR_BITS), .DEPTH(FIFO_DEPTH)) u_output (
    .clk_i, .rst_ni, .reserve_i(step && first && emit), .room_o(room),
    .push_i(complete), .data_i({size_at_block, block}),
    .m_valid_o, .m_ready_i, .m_data_o({m_size_o, m_data_o}), .reserved_o
  );
endmodule
