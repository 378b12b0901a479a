// SPDX-License-Identifier: Apache-2.0
// The rules of AXI4-Stream video that need no frame size; each breach is one line "VIOLATION name clock what".
//
//   SOF stands on a first beat of a line only, and on the first beat after reset.  tkeep is all ones but at EOL, where it is
//   low lanes without a gap, at least one.
//
// Only looks; whether each frame has its lines and each line its beats is compared with the expected frames afterwards.
module video_checker #(
  parameter NAME = "video",
  parameter integer LANES = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [31:0]      clock_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [LANES-1:0] keep_i,
  input logic             user_i,
  input logic             last_i
);
  if (LANES < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "video_checker: LANES %0d; allowed at least 1", LANES
    );
  end

  localparam integer Most = 8;

  integer told;
  logic fresh_q;       // nothing came since reset
  logic line_start_q;  // the next beat begins a line
  logic [LANES:0] above;

  initial begin
    told = 0;
    fresh_q = 1'b1;
    line_start_q = 1'b1;
  end

  assign above = {1'b0, keep_i} + {{LANES{1'b0}}, 1'b1};  // one bit where the kept lanes are low and without a gap

  task automatic breach(input integer rule);
    if (told < Most) begin
      case (rule)
        0: $display("VIOLATION %s %0d SOF inside a line", NAME, clock_i);
        1: $display("VIOLATION %s %0d the first beat is no SOF", NAME, clock_i);
        2: $display("VIOLATION %s %0d tkeep has a gap or is empty", NAME, clock_i);
        default: $display("VIOLATION %s %0d tkeep is not full inside a line", NAME, clock_i);
      endcase
    end
    told = told + 1;
  endtask

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      fresh_q <= 1'b1;
      line_start_q <= 1'b1;
    end else if (valid_i && ready_i) begin
      fresh_q <= 1'b0;
      line_start_q <= last_i;
      if (user_i && !line_start_q) breach(0);
      if (fresh_q && !user_i) breach(1);
      if (keep_i == '0 || (above & {1'b0, keep_i}) != '0) breach(2);
      if (!last_i && !(&keep_i)) breach(3);
    end
  end
endmodule
