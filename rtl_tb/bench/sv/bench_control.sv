// SPDX-License-Identifier: Apache-2.0
// Time, and every way in which a bench ends.
//
//   clock_o counts clocks, epoch_o resets.  The bench ends `+drain` clocks after the script (beats that come too many are seen
//   in them), or as "WATCHDOG" when no beat moved for `+watchdog` clocks or more than `+most` output beats came after a reset.
//   report_o is high in the clock before the end.
//
// The last line is "DONE clocks": a run without it did not end by itself.
module bench_control (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        moved_i,
  input  logic        script_ended_i,
  input  logic [31:0] output_beats_i,
  output logic [31:0] clock_o,
  output logic [7:0]  epoch_o,
  output logic        report_o
);
  integer watchdog, drain, most;
  logic [31:0] clock_q, idle_q, drained_q;
  logic [7:0] epoch_q;
  logic was_reset_q, report_q;

  initial begin
    if ($value$plusargs("watchdog=%d", watchdog) == 0) watchdog = 100000;
    if ($value$plusargs("drain=%d", drain) == 0) drain = 1000;
    if ($value$plusargs("most=%d", most) == 0) most = 1000000000;
    clock_q = '0;
    idle_q = '0;
    drained_q = '0;
    epoch_q = '0;
    was_reset_q = 1'b1;
    report_q = 1'b0;
  end

  assign clock_o = clock_q;
  assign epoch_o = epoch_q;
  assign report_o = report_q;

  always @(posedge clk_i) begin
    clock_q <= clock_q + 32'd1;
    was_reset_q <= !rst_ni;
    if (!rst_ni && !was_reset_q) epoch_q <= epoch_q + 8'd1;
    // An unknown ready moves nothing, and must not make the watchdog's own count unknown.
    if (moved_i === 1'b1 || !rst_ni) idle_q <= '0;
    else idle_q <= idle_q + 32'd1;
    if (script_ended_i === 1'b1) drained_q <= drained_q + 32'd1;
    else drained_q <= '0;
    if (report_q) begin
      $display("DONE %0d", clock_q);
      $finish;
    end else if (script_ended_i && drained_q >= drain) begin
      report_q <= 1'b1;
    end else if (!script_ended_i && idle_q >= watchdog) begin
      $display("WATCHDOG no beat moved up to clock %0d", clock_q);
      report_q <= 1'b1;
    end else if (output_beats_i > most) begin
      $display("WATCHDOG output without end, clock %0d", clock_q);
      report_q <= 1'b1;
    end
  end
endmodule
