// One of the SLICES parts of a word: slice_o = word_i[index_i].
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
  if (SLICES == 1) begin : gen_whole
    assign slice_o = word_i;
    logic unused_index;
    assign unused_index = ^index_i;
  end else begin : gen_slice
    assign slice_o = word_i[int'(index_i)*WIDTH +: WIDTH];
  end
endmodule
