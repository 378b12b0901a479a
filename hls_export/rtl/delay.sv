// SPDX-License-Identifier: Apache-2.0
// A value CLOCKS clocks later; RESET = 1 clears what is on its way, for valid flags.
//
// LAST = 1 makes the last register a flip-flop of its own, for a value that logic follows: the shift
// register of a LUT, which a tool makes of the others, gives its bit late in a clock.
//
// Latency: CLOCKS.  Throughput: one per clock.  Combinational: only when CLOCKS is 0.
// Back-pressure: none.
module delay #(
  parameter int WIDTH = 1,
  parameter int CLOCKS = 1,
  parameter int RESET = 0,
  parameter int LAST = 0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [WIDTH-1:0] value_i,
  output logic [WIDTH-1:0] value_o
);
  if (WIDTH < 1 || CLOCKS < 0 || RESET < 0 || RESET > 1 || LAST < 0 || LAST > 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "delay: WIDTH %0d, CLOCKS %0d, RESET %0d, LAST %0d; allowed at least 1, at least 0, 0 or 1 each",
      WIDTH, CLOCKS, RESET, LAST
    );
  end

  if (CLOCKS == 0) begin : gen_none
    assign value_o = value_i;
    logic unused_clock;
    assign unused_clock = clk_i ^ rst_ni;
  end else begin : gen_line
    localparam int Earlier = LAST != 0 ? CLOCKS - 1 : CLOCKS;
    logic [WIDTH-1:0] earlier;
    if (Earlier == 0) begin : gen_one
      assign earlier = value_i;
    end else begin : gen_more
      logic [Earlier*WIDTH-1:0] line_q;
      assign earlier = line_q[Earlier*WIDTH-1 -: WIDTH];
      always_ff @(posedge clk_i) begin
        if (RESET != 0 && !rst_ni) line_q <= '0;
        else line_q <= (Earlier*WIDTH)'({line_q, value_i});
      end
    end
    if (LAST != 0) begin : gen_last
      (* shreg_extract = "no" *) logic [WIDTH-1:0] last_q;
      assign value_o = last_q;
      (* keep *) always_ff @(posedge clk_i) begin
        if (RESET != 0 && !rst_ni) last_q <= '0;
        else last_q <= earlier;
      end
    end else begin : gen_whole
      assign value_o = earlier;
    end
  end
endmodule
