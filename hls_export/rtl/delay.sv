// SPDX-License-Identifier: Apache-2.0
// A value CLOCKS clocks later; RESET = 1 clears what is on its way, for valid flags.
//
// Latency: CLOCKS.  Throughput: one per clock.  Combinational: only when CLOCKS is 0.
// Back-pressure: none.
module delay #(
  parameter int WIDTH = 1,
  parameter int CLOCKS = 1,
  parameter int RESET = 0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [WIDTH-1:0] value_i,
  output logic [WIDTH-1:0] value_o
);
  if (WIDTH < 1 || CLOCKS < 0 || RESET < 0 || RESET > 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "delay: WIDTH %0d, CLOCKS %0d, RESET %0d; allowed at least 1, at least 0, 0 or 1",
      WIDTH, CLOCKS, RESET
    );
  end

  if (CLOCKS == 0) begin : gen_none
    assign value_o = value_i;
    logic unused_clock;
    assign unused_clock = clk_i ^ rst_ni;
  end else begin : gen_line
    logic [CLOCKS*WIDTH-1:0] line_q;
    assign value_o = line_q[CLOCKS*WIDTH-1 -: WIDTH];
    if (CLOCKS == 1) begin : gen_one
      always_ff @(posedge clk_i) begin
        if (RESET != 0 && !rst_ni) line_q <= '0;
        else line_q <= value_i;
      end
    end else begin : gen_more
      always_ff @(posedge clk_i) begin
        if (RESET != 0 && !rst_ni) line_q <= '0;
        else line_q <= {line_q[(CLOCKS-1)*WIDTH-1:0], value_i};
      end
    end
  end
endmodule
