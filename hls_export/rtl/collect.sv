// SPDX-License-Identifier: Apache-2.0
// Puts the parts of a whole together that come one after the other, the first in the low bits.
//
//   whole_o = {part_i, the PARTS - 1 parts taken before it}
//
// Latency: 0 from the last part.  Throughput: one part per clock.  Combinational: part_i to whole_o.
// Back-pressure: none; a whole's parts come without another between them, and what came before is
// pushed out.
module collect #(
  parameter int PARTS = 2,
  parameter int WIDTH = 8
) (
  input  logic                   clk_i,
  input  logic                   take_i,
  input  logic [WIDTH-1:0]       part_i,
  output logic [PARTS*WIDTH-1:0] whole_o
);
  if (PARTS < 1 || WIDTH < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "collect: PARTS %0d, WIDTH %0d; allowed at least 1", PARTS, WIDTH
    );
  end

  if (PARTS == 1) begin : gen_whole
    assign whole_o = part_i;
    logic unused_take;
    assign unused_take = clk_i ^ take_i;
  end else begin : gen_parts
    logic [(PARTS-1)*WIDTH-1:0] earlier_q;
    assign whole_o = {part_i, earlier_q};
    always_ff @(posedge clk_i) if (take_i) earlier_q <= whole_o[PARTS*WIDTH-1:WIDTH];
  end
endmodule
