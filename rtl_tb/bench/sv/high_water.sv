// SPDX-License-Identifier: Apache-2.0
// The most words that a FIFO held, printed when the bench ends: "LEVEL name words".
module high_water #(
  parameter NAME = "fifo",
  parameter integer WIDTH = 8
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             report_i,
  input logic [WIDTH-1:0] level_i
);
  if (WIDTH < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "high_water: WIDTH %0d; allowed at least 1", WIDTH
    );
  end

  logic [WIDTH-1:0] most_q;

  initial most_q = '0;

  always @(posedge clk_i) begin
    if (rst_ni && level_i > most_q) most_q <= level_i;
    if (report_i) $display("LEVEL %s %0d", NAME, most_q);
  end
endmodule
