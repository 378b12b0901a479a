// SPDX-License-Identifier: Apache-2.0
// One of the SLICES parts of a word: slice_o = word_i[index_i], index_i < SLICES.
//
// Latency: 0.  Combinational: both inputs to slice_o.  Back-pressure: none.
module slice #(
  parameter int SLICES = 2,
  parameter int WIDTH = 8
) (
  input  logic [SLICES*WIDTH-1:0] word_i,
  input  logic [15:0]             index_i,
  output logic [WIDTH-1:0]        slice_o
);
  if (WIDTH < 1 || SLICES < 1 || SLICES > 32768) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "slice: SLICES %0d, WIDTH %0d; allowed 1..32768, at least 1", SLICES, WIDTH
    );
  end

  if (SLICES == 1) begin : gen_whole
    assign slice_o = word_i;
    logic unused_index;
    assign unused_index = ^index_i;
  end else begin : gen_slice
    // A multiplexer, not word_i[index_i * WIDTH +: WIDTH], for whose product a tool may take a DSP.
    localparam int IndexBits = $clog2(SLICES);
    logic [IndexBits-1:0] index;
    assign index = index_i[IndexBits-1:0];
    always_comb begin
      slice_o = word_i[0 +: WIDTH];
      for (int i = 1; i < SLICES; i++) begin
        if (index == IndexBits'(i)) slice_o = word_i[i*WIDTH +: WIDTH];
      end
    end
    logic unused_high;
    assign unused_high = ^index_i[15:IndexBits];
  end
endmodule
