// SPDX-License-Identifier: Apache-2.0
// Two streams of blocks become one: the sums over a layer's inputs and those over the LR pixels, each
// brought to the finer grid of the two.
//
//   m[lane] = 2^SUM_SHIFT * sum[lane] + 2^PIXEL_SHIFT * pixel[lane]
//
// Latency: 1 clock.  Throughput: 1 block per clock.  Combinational: each valid to the other's ready;
// no ready depends on its own valid.  Back-pressure: a block waits for its partner.
module block_join #(
  parameter int LANES = 4,
  parameter int SUM_BITS = 24,
  parameter int SUM_SHIFT = 0,
  parameter int PIXEL_BITS = 18,
  parameter int PIXEL_SHIFT = 0,
  parameter int ACCUMULATOR_BITS = 25
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              s_sum_valid_i,
  output logic                              s_sum_ready_o,
  input  logic [LANES*SUM_BITS-1:0]         s_sum_data_i,
  input  logic [31:0]                       s_sum_size_i,
  input  logic                              s_pixel_valid_i,
  output logic                              s_pixel_ready_o,
  input  logic [LANES*PIXEL_BITS-1:0]       s_pixel_data_i,
  input  logic [31:0]                       s_pixel_size_i,
  output logic                              m_valid_o,
  input  logic                              m_ready_i,
  output logic [LANES*ACCUMULATOR_BITS-1:0] m_data_o,
  output logic [31:0]                       m_size_o
);
  if (LANES < 1 || SUM_BITS < 1 || PIXEL_BITS < 1 || ACCUMULATOR_BITS < 1
      || SUM_SHIFT < 0 || PIXEL_SHIFT < 0) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "block_join: LANES %0d, SUM_BITS %0d, PIXEL_BITS %0d, ACCUMULATOR_BITS %0d; allowed at least 1; ",
      LANES, SUM_BITS, PIXEL_BITS, ACCUMULATOR_BITS,
      "SUM_SHIFT %0d, PIXEL_SHIFT %0d; allowed at least 0", SUM_SHIFT, PIXEL_SHIFT
    );
  end

  logic room;
  assign s_sum_ready_o = room && s_pixel_valid_i;
  assign s_pixel_ready_o = room && s_sum_valid_i;

  logic [LANES*ACCUMULATOR_BITS-1:0] accumulators;
  for (genvar lane = 0; lane < LANES; lane++) begin : gen_lane
    logic [ACCUMULATOR_BITS-1:0] sum, pixel;
    assign sum = ACCUMULATOR_BITS'($signed(s_sum_data_i[lane*SUM_BITS +: SUM_BITS]));
    assign pixel = ACCUMULATOR_BITS'($signed(s_pixel_data_i[lane*PIXEL_BITS +: PIXEL_BITS]));
    assign accumulators[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS] =
      (sum << SUM_SHIFT) + (pixel << PIXEL_SHIFT);
  end

  logic unused_size;  // partners are of the same frame
  assign unused_size = ^s_pixel_size_i;

  skid_buffer #(.WIDTH(32 + LANES*ACCUMULATOR_BITS)) u_output (
    .clk_i, .rst_ni, .s_valid_i(s_sum_valid_i && s_pixel_valid_i), .s_ready_o(room),
    .s_data_i({s_sum_size_i, accumulators}), .m_valid_o, .m_ready_i, .m_data_o({m_size_o, m_data_o})
  );
endmodule
