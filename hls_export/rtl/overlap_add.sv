// SPDX-License-Identifier: Apache-2.0
// Transposed convolution by overlap-add: every position's channels are multiplied with all K x K
// taps, whose products tap_rows adds.  Where the LR pixel has taps of its own (LUMA_BITS > 0), a
// graph of adders stands beside the engine and gives their products LUMA_LATENCY clocks after luma_o.
//
//   product[ky, kx] = 2^OWN_SHIFT * (sum over ci of weight[ci, ky, kx] * pixel[ci])
//     + 2^LUMA_SHIFT * luma_products[ky, kx]
//   block[py, px] at LR position (r, c) = bias + the products of all pixels that fall on
//     output row r * STRIDE + py - PADDING and column c * STRIDE + px
//
// PE taps times SIMD channels per clock; (H + AHEAD) * W + AHEAD positions per frame and (H +
// AHEAD) * W blocks.  A product whose column lies outside the frame is dropped; there is no zero
// insertion.
//
// Latency: 4 + multiplier_array clocks from the last fold to the FIFO, 3 in it; with a graph 1 more,
// and as many as it takes longer than multiplier_array and a clock.
// Throughput: one fold per clock.  Combinational: none from input to output.
// Back-pressure: a position begins only when the FIFO has a place for its block.
module overlap_add #(
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
  parameter int LANES_PER_DSP = 1,
  parameter int PACKED = 1,
  parameter int WEIGHT_BITS = 8,
  parameter int INPUT_BITS = 8,
  parameter int INPUT_SIGNED = 1,
  parameter int PRODUCT_BITS = 16,
  parameter int PARTIAL_BITS = 16,
  parameter int OWN_SHIFT = 0,
  parameter int LUMA_SHIFT = 0,
  parameter int LUMA_BITS = 0,     // of a tap's product of the LR pixel, signed, 0 where it has none
  parameter int LUMA_LATENCY = 0,
  parameter int TAP_BITS = 16,     // of a tap's product in all
  parameter int COLUMN_SUM_BITS = 20,
  parameter int ACCUMULATOR_BITS = 24,
  parameter int MULTIPLIER_BITS = 18,
  parameter int SHIFT_BITS = 6,
  parameter int MULTIPLIER_LATENCY = 4,
  parameter int FIFO_DEPTH = 16
) (
  input  logic                                      clk_i,
  input  logic                                      rst_ni,
  input  logic                                      s_valid_i,
  output logic                                      s_ready_o,
  // The channels, and above them the LR pixel - 128 where it has taps.
  input  logic [IN_CHANNELS*INPUT_BITS+(LUMA_BITS>0?8:0)-1:0] s_data_i,
  input  logic [31:0]                               s_size_i,
  output logic [7:0]                                luma_o,
  input  logic [KERNEL*KERNEL*(LUMA_BITS>0?LUMA_BITS:1)-1:0] luma_products_i,
  output logic                                      m_valid_o,
  input  logic                                      m_ready_i,
  output logic [STRIDE*STRIDE*ACCUMULATOR_BITS-1:0] m_data_o,  // lane py * STRIDE + px
  output logic [31:0]                               m_size_o,
  output logic [$clog2(FIFO_DEPTH+1)-1:0]           reserved_o
);
  localparam int Taps = KERNEL * KERNEL;
  localparam int ChannelBits = IN_CHANNELS * INPUT_BITS;
  localparam int ToSum = 1 + MULTIPLIER_LATENCY;  // clocks from a fold to its partial sums
  localparam int Waits = LUMA_LATENCY > ToSum ? LUMA_LATENCY - ToSum : 0;  // products, for the graph
  localparam int ToProducts = ToSum + 1 + (LUMA_BITS > 0 ? Waits + 1 : 0);

  if (PE * NEURON_FOLDS != Taps || SIMD * SYNAPSE_FOLDS != IN_CHANNELS
      || PE < 1 || SIMD < 1 || NEURON_FOLDS < 1 || SYNAPSE_FOLDS < 1
      || MULTIPLIER_LATENCY != 4 + ($clog2(SIMD) + 1) / 2
      || OWN_SHIFT < 0 || OWN_SHIFT > 24 || LUMA_SHIFT < 0 || LUMA_SHIFT > 24 || LUMA_BITS < 0 || LUMA_LATENCY < 0 || TAP_BITS < 1
      || (LUMA_BITS == 0 && (OWN_SHIFT + LUMA_SHIFT + LUMA_LATENCY != 0 || TAP_BITS != PARTIAL_BITS)))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "overlap_add: PE %0d, NEURON_FOLDS %0d; allowed at least 1, in product %0d; ",
      PE, NEURON_FOLDS, Taps,
      "SIMD %0d, SYNAPSE_FOLDS %0d; allowed at least 1, in product %0d; ",
      SIMD, SYNAPSE_FOLDS, IN_CHANNELS,
      "MULTIPLIER_LATENCY %0d; allowed that of multiplier_array; ", MULTIPLIER_LATENCY,
      "OWN_SHIFT %0d, LUMA_SHIFT %0d, LUMA_BITS %0d, LUMA_LATENCY %0d, TAP_BITS %0d; allowed 0..24, 0..24, ",
      OWN_SHIFT, LUMA_SHIFT, LUMA_BITS, LUMA_LATENCY, TAP_BITS,
      "at least 0, 0, 1; where LUMA_BITS is 0 none but TAP_BITS, which is PARTIAL_BITS"
    );
  end

  logic step, first, last, take, emit, room;
  logic [15:0] neuron, synapse, in_column, out_row, out_column;
  logic [31:0] size;
  logic unused_starts;
  position_control #(
    .NEURON_FOLDS(NEURON_FOLDS), .SYNAPSE_FOLDS(SYNAPSE_FOLDS),
    .LAG_COLUMNS(AHEAD), .EXTRA_ROWS(AHEAD)
  ) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(room),
    .step_o(step), .first_o(first), .last_o(last), .starts_o(unused_starts), .take_o(take),
    .emit_o(emit), .neuron_o(neuron), .synapse_o(synapse), .in_column_o(in_column),
    .out_row_o(out_row), .out_column_o(out_column), .size_o(size)
  );

  logic [ChannelBits-1:0] pixel_q;
  logic [15:0] synapse_q;
  logic [SIMD*INPUT_BITS-1:0] operand;
  always_ff @(posedge clk_i) begin
    if (first) pixel_q <= s_data_i[ChannelBits-1:0];
    synapse_q <= synapse;
  end
  slice #(.SLICES(SYNAPSE_FOLDS), .WIDTH(SIMD*INPUT_BITS)) u_operand (
    .word_i(pixel_q), .index_i(synapse_q), .slice_o(operand)
  );

  logic [PE*SIMD*WEIGHT_BITS-1:0] weights;
  weight_rom #(
    .FILE(WEIGHT_FILE), .WIDTH(PE*SIMD*WEIGHT_BITS), .FOLDS(NEURON_FOLDS*SYNAPSE_FOLDS)
  ) u_weights (.clk_i, .fold_i(neuron * 16'(SYNAPSE_FOLDS) + synapse), .word_o(weights));

  logic [PE*PARTIAL_BITS-1:0] partial, tap_sums;
  multiplier_array #(
    .PE(PE), .SIMD(SIMD), .LANES_PER_DSP(LANES_PER_DSP), .WEIGHT_BITS(WEIGHT_BITS),
    .OPERAND_BITS(INPUT_BITS), .OPERAND_SIGNED(INPUT_SIGNED), .PRODUCT_BITS(PRODUCT_BITS),
    .PARTIAL_BITS(PARTIAL_BITS), .PACKED(PACKED)
  ) u_multipliers (.clk_i, .weight_i(weights), .operand_i(operand), .partial_o(partial));

  logic begins, ends;  // the partial sums are the first, the last of their taps
  delay #(.WIDTH(1), .CLOCKS(ToSum)) u_begins (
    .clk_i, .rst_ni, .value_i(synapse == '0), .value_o(begins)
  );
  delay #(.WIDTH(1), .CLOCKS(ToSum+1)) u_ends (
    .clk_i, .rst_ni, .value_i(synapse == 16'(SYNAPSE_FOLDS - 1)), .value_o(ends)
  );
  accumulate #(
    .LANES(PE), .PARTIAL_BITS(PARTIAL_BITS), .ACCUMULATOR_BITS(PARTIAL_BITS)
  ) u_accumulate (
    .clk_i, .begins_i(begins), .start_i('0), .partial_i(partial), .sum_o(tap_sums)
  );

  logic [Taps*PARTIAL_BITS-1:0] products;
  collect #(.PARTS(NEURON_FOLDS), .WIDTH(PE*PARTIAL_BITS)) u_collect (
    .clk_i, .take_i(ends), .part_i(tap_sums), .whole_o(products)
  );

  logic [Taps*TAP_BITS-1:0] taps;
  if (LUMA_BITS > 0) begin : gen_luma
    logic [7:0] luma_q;
    logic [Taps*PARTIAL_BITS-1:0] own;
    always_ff @(posedge clk_i) if (first) luma_q <= s_data_i[ChannelBits +: 8];
    delay #(.WIDTH(8), .CLOCKS(ToProducts - 2 - LUMA_LATENCY)) u_luma (
      .clk_i, .rst_ni, .value_i(luma_q), .value_o(luma_o)
    );
    delay #(.WIDTH(Taps*PARTIAL_BITS), .CLOCKS(Waits)) u_own (
      .clk_i, .rst_ni, .value_i(products), .value_o(own)
    );
    always_ff @(posedge clk_i) begin
      for (int tap = 0; tap < Taps; tap++) begin
        taps[tap*TAP_BITS +: TAP_BITS] <=
          (TAP_BITS'($signed(own[tap*PARTIAL_BITS +: PARTIAL_BITS])) << OWN_SHIFT)
          + (TAP_BITS'($signed(luma_products_i[tap*LUMA_BITS +: LUMA_BITS])) << LUMA_SHIFT);
      end
    end
  end else begin : gen_no_luma
    logic unused_luma;
    assign unused_luma = ^luma_products_i;
    assign luma_o = '0;
    assign taps = products;
  end

  logic [ACCUMULATOR_BITS-1:0] bias;
  logic [2*MULTIPLIER_BITS+SHIFT_BITS-1:0] unused_requantize;
  requantize_rom #(
    .FILE(REQUANTIZE_FILE), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .MULTIPLIER_BITS(MULTIPLIER_BITS),
    .SHIFT_BITS(SHIFT_BITS)
  ) u_requantize_rom (
    .clk_i, .neuron_i('0), .bias_o(bias),
    .positive_o(unused_requantize[0 +: MULTIPLIER_BITS]),
    .negative_o(unused_requantize[MULTIPLIER_BITS +: MULTIPLIER_BITS]),
    .shift_o(unused_requantize[2*MULTIPLIER_BITS +: SHIFT_BITS])
  );

  tap_rows #(
    .MAX_WIDTH(MAX_WIDTH), .KERNEL(KERNEL), .STRIDE(STRIDE), .PADDING(PADDING), .AHEAD(AHEAD),
    .PRODUCT_BITS(TAP_BITS), .COLUMN_SUM_BITS(COLUMN_SUM_BITS),
    .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .TO_PRODUCTS(ToProducts), .FIFO_DEPTH(FIFO_DEPTH)
  ) u_taps (
    .clk_i, .rst_ni, .reserve_i(step && first && emit), .room_o(room), .complete_i(step && last),
    .emit_i(emit), .take_i(take), .in_column_i(in_column), .out_row_i(out_row),
    .out_column_i(out_column), .size_i(size), .bias_i(bias), .products_i(taps),
    .m_valid_o, .m_ready_i, .m_data_o, .m_size_o, .reserved_o
  );
endmodule
