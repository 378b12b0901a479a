// SPDX-License-Identifier: Apache-2.0
// Runs of stalled and running clocks, drawn from a seeded LFSR: a clock counts only where `step_i` is high.
//
//   stalled_o for 1 .. run clocks with probability rate / 256, else running for 1 .. run clocks; rate 0: never stalled.
//
// Latency: none; the next run is drawn in the clock in which the one before ends.
// Combinational paths: none from an input to an output.
// +NAME_rate=0..255 and +NAME_run=2^k choose the pattern, +seed the sequence.
module stall_pattern #(
  parameter NAME = "stall",
  parameter integer SALT = 1
) (
  input  logic clk_i,
  input  logic step_i,
  output logic stalled_o
);
  if (SALT < 0 || SALT > 65535) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "stall_pattern: SALT %0d; allowed 0..65535", SALT
    );
  end

  integer rate, run, seed;
  logic [31:0] lfsr_q, next;
  logic [15:0] left_q;
  logic stalled_q;

  // Galois, x^32 + x^22 + x^2 + x + 1, eight steps: the byte that decides is new each time.
  function automatic logic [31:0] advanced(input logic [31:0] state);
    logic [31:0] s;
    s = state;
    for (int i = 0; i < 8; i++) s = {1'b0, s[31:1]} ^ (s[0] ? 32'h8020_0003 : 32'h0);
    return s;
  endfunction

  initial begin
    if ($value$plusargs({NAME, "_rate=%d"}, rate) == 0) rate = 0;
    if ($value$plusargs({NAME, "_run=%d"}, run) == 0) run = 1;
    if ($value$plusargs("seed=%d", seed) == 0) seed = 0;
    lfsr_q = advanced(32'h9e37_79b9 ^ (seed * 2654435 + SALT * 40503 + 1));
    left_q = '0;
    stalled_q = 1'b0;
  end

  assign next = advanced(lfsr_q);
  assign stalled_o = stalled_q;

  always @(posedge clk_i) begin
    if (step_i && rate != 0) begin
      if (left_q == '0) begin
        lfsr_q <= next;
        stalled_q <= {24'd0, next[7:0]} < rate;
        left_q <= next[23:8] & 16'(run - 1);
      end else begin
        left_q <= left_q - 16'd1;
      end
    end
  end
endmodule
