// SPDX-License-Identifier: Apache-2.0
// The rows of an overlap-add: kernel row ky of this LR row meets kernel row ky + STRIDE of the row
// above.
//
//   total[ky] = (the row above's total[ky + STRIDE] at this column, or bias) + leaving[ky]
//   block = total[0..STRIDE-1]; the other KERNEL - STRIDE rows are kept for the row below
//
// Latency: 3 clocks from read_i to block_o; leaving_i and is_top_i are read 2 clocks after read_i.
// Throughput: one column per clock.  Combinational: none from input to output.  Back-pressure:
// none.
module row_sums #(
  parameter int KERNEL = 9,
  parameter int STRIDE = 2,
  parameter int MAX_WIDTH = 16,
  parameter int PIXELS = 1,
  parameter int COLUMN_SUM_BITS = 20,
  parameter int SUM_BITS = 24
) (
  input  logic                                            clk_i,
  input  logic                                            rst_ni,
  input  logic                                            read_i,
  input  logic [15:0]                                     column_i,   // of the word of PIXELS pixels
  input  logic                                            is_top_i,   // nothing is kept from above
  input  logic [SUM_BITS-1:0]                             bias_i,
  input  logic [KERNEL*STRIDE*PIXELS*COLUMN_SUM_BITS-1:0] leaving_i,  // lane ky * Step + px
  output logic [STRIDE*STRIDE*PIXELS*SUM_BITS-1:0]        block_o     // lane py * Step + px
);
  if (KERNEL < 1 || STRIDE < 1 || MAX_WIDTH < 1 || MAX_WIDTH > 32768
      || PIXELS < 1 || COLUMN_SUM_BITS < 1 || SUM_BITS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "row_sums: KERNEL %0d, STRIDE %0d, MAX_WIDTH %0d; allowed at least 1, at least 1, 1..32768; ",
      KERNEL, STRIDE, MAX_WIDTH,
      "PIXELS %0d, COLUMN_SUM_BITS %0d, SUM_BITS %0d; allowed at least 1",
      PIXELS, COLUMN_SUM_BITS, SUM_BITS
    );
  end

  localparam int Kept = KERNEL > STRIDE ? KERNEL - STRIDE : 0;
  localparam int Step = STRIDE * PIXELS;
  localparam int Lanes = KERNEL * Step;
  localparam int BlockLanes = STRIDE * Step;
  localparam int TotalLanes = Lanes > BlockLanes ? Lanes : BlockLanes;

  logic [TotalLanes*SUM_BITS-1:0] above, total;

  if (Kept > 0) begin : gen_kept
    localparam int LineWords = (MAX_WIDTH + PIXELS - 1) / PIXELS;
    logic [Kept*Step*SUM_BITS-1:0] word;
    row_memory #(
      .WIDTH(Kept*Step*SUM_BITS), .DEPTH(LineWords), .REGISTERED(1)
    ) u_memory (
      .clk_i, .rst_ni, .read_i, .column_i, .word_o(word),
      .replace_i(total[BlockLanes*SUM_BITS +: Kept*Step*SUM_BITS])
    );
    always_comb begin
      above = {TotalLanes{bias_i}};
      if (!is_top_i) above[Kept*Step*SUM_BITS-1:0] = word;
    end
  end else begin : gen_none_kept
    assign above = {TotalLanes{bias_i}};
    logic unused_memory;
    assign unused_memory = ^{column_i, is_top_i, read_i, rst_ni};
  end

  always_comb begin
    total = above;
    for (int lane = 0; lane < Lanes; lane++) begin
      total[lane*SUM_BITS +: SUM_BITS] = above[lane*SUM_BITS +: SUM_BITS]
        + SUM_BITS'($signed(leaving_i[lane*COLUMN_SUM_BITS +: COLUMN_SUM_BITS]));
    end
  end

  always_ff @(posedge clk_i) block_o <= total[BlockLanes*SUM_BITS-1:0];
endmodule
