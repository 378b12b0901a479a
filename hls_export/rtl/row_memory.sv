// SPDX-License-Identifier: Apache-2.0
// One word per column: read in one clock, replaced in the next.
//
//   word_o = the word last written at column_i of the clock before; replace_i is written there.
//
// Latency: 1 clock from read_i to word_o.  Throughput: a read and a replacement per clock, also of
// the same column in consecutive clocks (a frame of one column): the word on its way is forwarded.
// Combinational: none from input to output.  Back-pressure: none, a read is always answered.
// Words are unknown until written.  Maps to a block RAM with one read and one write port.
module row_memory #(
  parameter int WIDTH = 8,
  parameter int DEPTH = 16
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             read_i,
  input  logic [15:0]      column_i,
  output logic [WIDTH-1:0] word_o,
  input  logic [WIDTH-1:0] replace_i
);
  if (WIDTH < 1 || DEPTH < 1 || DEPTH > 32768) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "row_memory: WIDTH %0d, DEPTH %0d; allowed at least 1, 1..32768", WIDTH, DEPTH
    );
  end

  localparam int AddressBits = DEPTH > 1 ? $clog2(DEPTH) : 1;

  logic [WIDTH-1:0] words[DEPTH];
  logic [WIDTH-1:0] read_q, forward_q;
  logic [AddressBits-1:0] address, address_q;
  logic replace_q, forwards_q;

  assign address = column_i[AddressBits-1:0];
  logic unused_high;
  assign unused_high = ^column_i[15:AddressBits];

  assign word_o = forwards_q ? forward_q : read_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) replace_q <= 1'b0;
    else replace_q <= read_i;
  end

  always_ff @(posedge clk_i) begin
    if (replace_q) words[address_q] <= replace_i;
    if (read_i) read_q <= words[address];
    address_q <= address;
    forward_q <= replace_i;
    forwards_q <= replace_q && address == address_q;
  end
endmodule
