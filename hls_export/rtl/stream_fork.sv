// SPDX-License-Identifier: Apache-2.0
// One stream to two consumers: every beat goes to each of them once, in order, as soon as it takes
// it.
//
//   m[0] = m[1] = s, whose payload goes past this module
//
// Latency: 0.  Throughput: 1 beat per clock.
// Combinational: s_valid_i to m_valid_o, m_ready_i to s_ready_o; no ready depends on a valid.
// Back-pressure: a beat stays until both have it; to the one that took it first it is not valid
// again.
module stream_fork (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       s_valid_i,
  output logic       s_ready_o,
  output logic [1:0] m_valid_o,
  input  logic [1:0] m_ready_i
);
  logic [1:0] taken_q;  // who has the beat that still waits for the other

  assign m_valid_o = {2{s_valid_i}} & ~taken_q;
  assign s_ready_o = &(taken_q | m_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) taken_q <= '0;
    else if (s_valid_i) taken_q <= s_ready_o ? '0 : taken_q | m_ready_i;
  end
endmodule
