// SPDX-License-Identifier: Apache-2.0
// The handshake rules that every stream keeps; each breach is one line "VIOLATION name clock what".
//
//   In reset valid is low (from the second clock on).  valid, once high, stays until ready; the payload does not change
//   meanwhile.  Outside reset valid and ready are known, and so is the payload of a valid beat (four-state simulators see this).
//
// Only looks; a breach is printed eight times at most.
module stream_checker #(
  parameter NAME = "stream",
  parameter integer WIDTH = 8
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [31:0]      clock_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [WIDTH-1:0] payload_i
);
  if (WIDTH < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "stream_checker: WIDTH %0d; allowed at least 1", WIDTH
    );
  end

  localparam integer Most = 8;

  integer told;
  logic reset_q, awake_q, waiting_q;
  logic [WIDTH-1:0] payload_q;

  initial begin
    told = 0;
    reset_q = 1'b0;
    awake_q = 1'b0;
    waiting_q = 1'b0;
  end

  task automatic breach(input integer rule);
    if (told < Most) begin
      case (rule)
        0: $display("VIOLATION %s %0d valid in reset", NAME, clock_i);
        1: $display("VIOLATION %s %0d valid dropped before ready", NAME, clock_i);
        2: $display("VIOLATION %s %0d payload changed before ready", NAME, clock_i);
        3: $display("VIOLATION %s %0d valid or ready unknown", NAME, clock_i);
        default: $display("VIOLATION %s %0d payload unknown", NAME, clock_i);
      endcase
    end
    told = told + 1;
  endtask

  always @(posedge clk_i) begin
    reset_q <= !rst_ni;
    awake_q <= rst_ni;
    waiting_q <= rst_ni && valid_i && !ready_i;
    payload_q <= payload_i;
    if (reset_q && !rst_ni && valid_i !== 1'b0) breach(0);
    if (rst_ni && waiting_q && !valid_i) breach(1);
    if (rst_ni && waiting_q && valid_i && payload_i !== payload_q) breach(2);
    if (rst_ni && awake_q && (valid_i ^ ready_i) === 1'bx) breach(3);
    if (rst_ni && valid_i === 1'b1 && ^payload_i === 1'bx) breach(4);
  end
endmodule
