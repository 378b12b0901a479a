// SPDX-License-Identifier: Apache-2.0
// Requantizes the STRIDE x (STRIDE * PIXELS) sub-pixels of each position, a word of PIXELS LR pixels,
// LANES per clock, and sorts them into one FIFO per row of a band.
//
// A band is the STRIDE output rows that one LR row completes; its row k is output row
// band * STRIDE + k - FIRST_ROW and is dropped where that lies outside the frame.
// (H + EXTRA_BANDS) * W positions per frame, FOLDS clocks each; GROUPS positions fill a word of a
// FIFO. A frame's size goes to m_size_o with its first position.
//
// Latency: 2 + requantize clocks from the last fold to the FIFO, 3 in it.  Throughput: one fold per
// clock.
// Combinational: s_size_i to s_ready_o, with a frame's first position.  Back-pressure: a position
// that completes words begins only when each of their FIFOs has a place.
module block_requantize #(
  parameter              REQUANTIZE_FILE = "",
  parameter int          STRIDE = 2,
  parameter int          PIXELS = 1,
  parameter int          LANES = 4,
  parameter int          FOLDS = 1,
  parameter int          GROUPS = 1,
  parameter int          FIRST_ROW = 4,
  parameter int          EXTRA_BANDS = 2,
  parameter int          ACCUMULATOR_BITS = 24,
  parameter int          MULTIPLIER_BITS = 18,
  parameter int          SHIFT_BITS = 6,
  parameter int          REQUANTIZE_BITS = 34,
  parameter int          MULTIPLIES = 1,
  parameter int          OUTPUT_MIN = 0,
  parameter int          OUTPUT_MAX = 255,
  parameter int          REQUANTIZE_LATENCY = 6,
  parameter int          WORD_BITS = STRIDE * PIXELS * GROUPS * 8,
  parameter [STRIDE*32-1:0] ROW_DEPTHS = {STRIDE{32'd16}}  // row 0 in the low bits
) (
  input  logic                                        clk_i,
  input  logic                                        rst_ni,
  input  logic                                        s_valid_i,
  output logic                                        s_ready_o,
  input  logic [STRIDE*STRIDE*PIXELS*ACCUMULATOR_BITS-1:0] s_data_i,  // lane py * STRIDE * PIXELS + px
  input  logic [31:0]                                 s_size_i,  // {height, width + PIXELS - 1}
  output logic                                        m_size_valid_o,
  input  logic                                        m_size_ready_i,
  output logic [31:0]                                 m_size_o,
  output logic [STRIDE-1:0]                           m_row_valid_o,
  input  logic [STRIDE-1:0]                           m_row_ready_i,
  output logic [STRIDE*WORD_BITS-1:0]                 m_row_data_o,
  output logic [STRIDE*32-1:0]                        reserved_o  // of each row's FIFO
);
  localparam int Columns = STRIDE * PIXELS;

  if (STRIDE < 1 || STRIDE > 16 || GROUPS < 1 || GROUPS > 256 || WORD_BITS != Columns * GROUPS * 8
      || LANES < 1 || FOLDS < 1 || FOLDS > 32768 || LANES * FOLDS < STRIDE * Columns
      || EXTRA_BANDS < 0 || EXTRA_BANDS > 15 || FIRST_ROW < 0 || FIRST_ROW > EXTRA_BANDS * STRIDE
      || REQUANTIZE_LATENCY != (MULTIPLIES != 0 ? 6 : 5)) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "block_requantize: STRIDE %0d, GROUPS %0d, WORD_BITS %0d; allowed 1..16, 1..256, STRIDE * PIXELS * GROUPS * 8; ",
      STRIDE, GROUPS, WORD_BITS,
      "LANES %0d, FOLDS %0d; allowed 1.., 1..32768, together all sub-pixels; ", LANES, FOLDS,
      "EXTRA_BANDS %0d, FIRST_ROW %0d; allowed 0..15, 0..EXTRA_BANDS * STRIDE; ",
      EXTRA_BANDS, FIRST_ROW,
      "REQUANTIZE_LATENCY %0d; allowed that of requantize", REQUANTIZE_LATENCY
    );
  end

  localparam int SizeDepth = 16;  // frames whose lines may wait to be written, and one more
  localparam int ToResult = 1 + REQUANTIZE_LATENCY;

  logic step, first, last, starts, room;
  logic [15:0] fold, band, column;
  logic [31:0] size;
  logic [33:0] unused_control;
  position_control #(
    .NEURON_FOLDS(FOLDS), .IN_EXTRA_ROWS(EXTRA_BANDS), .EXTRA_ROWS(EXTRA_BANDS), .PIXELS(PIXELS)
  ) u_control (
    .clk_i, .rst_ni, .s_valid_i, .s_ready_o, .s_size_i, .room_i(room),
    .step_o(step), .first_o(first), .last_o(last), .starts_o(starts), .take_o(unused_control[0]),
    .emit_o(unused_control[1]), .neuron_o(fold), .synapse_o(unused_control[17:2]),
    .in_column_o(unused_control[33:18]), .out_row_o(band), .out_column_o(column), .size_o(size)
  );

  logic [STRIDE-1:0] writes, row_room;
  logic [7:0] group_q;
  row_writes #(
    .STRIDE(STRIDE), .GROUPS(GROUPS), .FIRST_ROW(FIRST_ROW), .EXTRA_BANDS(EXTRA_BANDS),
    .PIXELS(PIXELS)
  ) u_writes (
    .clk_i, .rst_ni, .step_i(step), .last_i(last), .starts_i(starts), .band_i(band),
    .column_i(column), .size_i(s_size_i), .group_o(group_q), .writes_o(writes)
  );

  // The size is pushed a clock after its place is taken: whether a position begins is known late.
  logic size_room, pushes_size_q;
  logic [31:0] size_q;
  logic [$clog2(SizeDepth+1)-1:0] unused_sizes;
  assign room = &(row_room | ~writes) && size_room;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) pushes_size_q <= 1'b0;
    else pushes_size_q <= step && starts;
  end
  always_ff @(posedge clk_i) size_q <= size;
  credit_fifo #(.WIDTH(32), .DEPTH(SizeDepth)) u_size (
    .clk_i, .rst_ni, .reserve_i(step && starts), .room_o(size_room), .push_i(pushes_size_q),
    .data_i(size_q), .m_valid_o(m_size_valid_o), .m_ready_i(m_size_ready_i), .m_data_o(m_size_o),
    .reserved_o(unused_sizes)
  );

  logic [FOLDS*LANES*ACCUMULATOR_BITS-1:0] block_q;
  logic [LANES*ACCUMULATOR_BITS-1:0] accumulators;
  logic [15:0] fold_q;
  always_ff @(posedge clk_i) begin
    if (first) block_q <= (FOLDS*LANES*ACCUMULATOR_BITS)'(s_data_i);
    fold_q <= fold;
  end
  slice #(.SLICES(FOLDS), .WIDTH(LANES*ACCUMULATOR_BITS)) u_accumulators (
    .word_i(block_q), .index_i(fold_q), .slice_o(accumulators)
  );

  logic [ACCUMULATOR_BITS-1:0] unused_bias;
  logic [MULTIPLIER_BITS-1:0] positive, negative;
  logic [SHIFT_BITS-1:0] shift;
  requantize_rom #(
    .FILE(REQUANTIZE_FILE), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .MULTIPLIER_BITS(MULTIPLIER_BITS),
    .SHIFT_BITS(SHIFT_BITS)
  ) u_requantize_rom (
    .clk_i, .neuron_i('0), .bias_o(unused_bias), .positive_o(positive), .negative_o(negative),
    .shift_o(shift)
  );
  logic [LANES*8-1:0] result;
  requantize #(
    .LANES(LANES), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .MULTIPLIER_BITS(MULTIPLIER_BITS),
    .PRODUCT_BITS(REQUANTIZE_BITS), .SHIFT_BITS(SHIFT_BITS), .OUTPUT_BITS(8),
    .OUTPUT_MIN(OUTPUT_MIN), .OUTPUT_MAX(OUTPUT_MAX), .MULTIPLIES(MULTIPLIES)
  ) u_requantize (
    .clk_i, .accumulator_i(accumulators), .positive_i({LANES{positive}}), .negative_i({LANES{negative}}),
    .shift_i({LANES{shift}}), .result_o(result)
  );

  logic [FOLDS*LANES*8-1:0] block;  // sub-pixels; the last fold's come last
  collect #(.PARTS(FOLDS), .WIDTH(LANES*8)) u_collect (
    .clk_i, .take_i(1'b1), .part_i(result), .whole_o(block)
  );

  logic complete;
  logic [7:0] group;
  logic [STRIDE-1:0] push, push_q;
  delay #(.WIDTH(STRIDE+1), .CLOCKS(ToResult), .RESET(1)) u_push (
    .clk_i, .rst_ni, .value_i({{STRIDE{step && last}} & writes, step && last}),
    .value_o({push, complete})
  );
  delay #(.WIDTH(8), .CLOCKS(ToResult)) u_group (
    .clk_i, .rst_ni, .value_i(group_q), .value_o(group)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) push_q <= '0;
    else push_q <= push;
  end

  for (genvar k = 0; k < STRIDE; k++) begin : gen_row
    localparam int Depth = int'(ROW_DEPTHS[k*32 +: 32]);
    logic [WORD_BITS-1:0] word_q;
    for (genvar g = 0; g < GROUPS; g++) begin : gen_group
      always_ff @(posedge clk_i) begin
        if (complete && group == 8'(g)) begin
          word_q[g*Columns*8 +: Columns*8] <= block[k*Columns*8 +: Columns*8];
        end
      end
    end
    logic [$clog2(Depth+1)-1:0] reserved;
    assign reserved_o[k*32 +: 32] = 32'(reserved);
    credit_fifo #(.WIDTH(WORD_BITS), .DEPTH(Depth)) u_fifo (
      .clk_i, .rst_ni, .reserve_i(step && first && writes[k]), .room_o(row_room[k]),
      .push_i(push_q[k]), .data_i(word_q), .m_valid_o(m_row_valid_o[k]),
      .m_ready_i(m_row_ready_i[k]), .m_data_o(m_row_data_o[k*WORD_BITS +: WORD_BITS]),
      .reserved_o(reserved)
    );
  end

  logic unused_block;  // lanes of the last fold beyond the last sub-pixel
  assign unused_block = ^block;
endmodule
