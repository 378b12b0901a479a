// SPDX-License-Identifier: Apache-2.0
// The sink of the output stream: ready by a seeded pattern; counts the beats it takes since the last reset.
//
// Latency: none; throughput: one beat per clock where the pattern runs.
// Combinational paths: with +sink_waits=1 ready follows valid (the other order that AXI4-Stream allows), otherwise none.
// +sink_rate, +sink_run: see stall_pattern.
module stream_sink (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  output logic        ready_o,
  output logic [31:0] beats_o
);
  integer waits;
  logic stalled;
  logic [31:0] beats_q;

  initial begin
    if ($value$plusargs("sink_waits=%d", waits) == 0) waits = 0;
    beats_q = '0;
  end

  stall_pattern #(.NAME("sink"), .SALT(2)) u_stalls (.clk_i, .step_i(1'b1), .stalled_o(stalled));

  assign ready_o = !stalled && (waits == 0 || valid_i);
  assign beats_o = beats_q;

  always @(posedge clk_i) begin
    if (!rst_ni) beats_q <= '0;
    else if (valid_i && ready_o) beats_q <= beats_q + 32'd1;
  end
endmodule
