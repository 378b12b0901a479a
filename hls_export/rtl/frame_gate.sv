// SPDX-License-Identifier: Apache-2.0
// Lets frames of an AXI4-Stream video in whole or not at all; the payload goes beside it.
//
// A SOF beat passes while enable_i and room_i are high, and once offered until it is taken.  Other
// beats pass since enable_i was high, so that a frame let in ends whole when enable_i falls; the
// next SOF beat then waits, and with it all behind it.  In reset nothing passes.
//
// Latency: 0.  Throughput: 1 beat per clock.
// Combinational: s_valid_i, s_sof_i, enable_i, room_i, m_ready_i to the outputs.
// Back-pressure: s_ready_o is m_ready_i where the beat passes.
module frame_gate (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic enable_i,
  input  logic room_i,
  input  logic s_valid_i,
  output logic s_ready_o,
  input  logic s_sof_i,
  output logic m_valid_o,
  input  logic m_ready_i,
  output logic begins_o  // a SOF beat is taken in this clock
);
  logic open_q;     // beats that are no SOF pass
  logic offered_q;  // the SOF beat was offered and not taken yet
  logic pass;

  assign pass = rst_ni && (s_sof_i ? offered_q || (enable_i && room_i) : open_q);
  assign m_valid_o = s_valid_i && pass;
  assign s_ready_o = m_ready_i && pass;
  assign begins_o = m_valid_o && m_ready_i && s_sof_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q <= 1'b0;
      offered_q <= 1'b0;
    end else begin
      open_q <= enable_i || (open_q && !(s_valid_i && s_sof_i && !pass));
      offered_q <= m_valid_o && s_sof_i && !m_ready_i;
    end
  end
endmodule
