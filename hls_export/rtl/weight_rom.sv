// SPDX-License-Identifier: Apache-2.0
// The weights of one fold: FOLDS words of WIDTH bits from a .mem file (weights-layout.md).
//
// Latency: 1 clock.  Throughput: one word per clock.  Combinational: none.  Back-pressure: none.
module weight_rom #(
  parameter     FILE = "",
  parameter int WIDTH = 8,
  parameter int FOLDS = 1
) (
  input  logic             clk_i,
  input  logic [15:0]      fold_i,
  output logic [WIDTH-1:0] word_o
);
  if (WIDTH < 1 || FOLDS < 1 || FOLDS > 32768) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "weight_rom: WIDTH %0d, FOLDS %0d; allowed at least 1, 1..32768", WIDTH, FOLDS
    );
  end

  localparam int AddressBits = FOLDS > 1 ? $clog2(FOLDS) : 1;

  logic [WIDTH-1:0] words[FOLDS];
`ifdef SR_MEMORIES  // the folder of the .mem files, where it is not the simulator's own
  initial $readmemh({`SR_MEMORIES, "/", FILE}, words);
`else
  initial $readmemh(FILE, words);
`endif

  always_ff @(posedge clk_i) word_o <= words[fold_i[AddressBits-1:0]];

  logic unused_high;
  assign unused_high = ^fold_i[15:AddressBits];
endmodule
