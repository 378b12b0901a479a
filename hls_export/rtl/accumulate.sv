// SPDX-License-Identifier: Apache-2.0
// Sums of partial sums: LANES accumulators, each started anew by begins_i.
//
//   sum[lane] = (begins_i ? start[lane] : sum[lane]) + partial[lane]
//
// Latency: 1 clock.  Throughput: one partial sum per lane and clock; a clock without meaning is
// harmless, the next begins_i starts anew.  Combinational: none.  Back-pressure: none.
module accumulate #(
  parameter int LANES = 1,
  parameter int PARTIAL_BITS = 16,
  parameter int ACCUMULATOR_BITS = 20
) (
  input  logic                              clk_i,
  input  logic                              begins_i,
  input  logic [LANES*ACCUMULATOR_BITS-1:0] start_i,
  input  logic [LANES*PARTIAL_BITS-1:0]     partial_i,
  output logic [LANES*ACCUMULATOR_BITS-1:0] sum_o
);
  if (LANES < 1 || PARTIAL_BITS < 1 || ACCUMULATOR_BITS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "accumulate: LANES %0d, PARTIAL_BITS %0d, ACCUMULATOR_BITS %0d; allowed at least 1",
      LANES, PARTIAL_BITS, ACCUMULATOR_BITS
    );
  end

  always_ff @(posedge clk_i) begin
    for (int lane = 0; lane < LANES; lane++) begin
      sum_o[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS] <=
        (begins_i ? start_i[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS]
                  : sum_o[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS])
        + ACCUMULATOR_BITS'($signed(partial_i[lane*PARTIAL_BITS +: PARTIAL_BITS]));
    end
  end
endmodule
