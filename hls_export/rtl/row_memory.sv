// SPDX-License-Identifier: Apache-2.0
// One word per column: read in one clock, replaced when it has come.
//
//   word_o = the word last written at column_i of the clock of the read; replace_i is written there
//   in the clock of word_o.
//
// REGISTERED = 1 puts a register behind the block RAM, whose own output comes late in a clock.
//
// Latency: 1 + REGISTERED clocks from read_i to word_o.  Throughput: a read and a replacement per
// clock, also of the same column in consecutive clocks (a frame of one column): the words on their
// way are forwarded.
// Combinational: none from input to output.  Back-pressure: none, a read is always answered.
// Words are unknown until written.  Maps to a block RAM with one read and one write port.
module row_memory #(
  parameter int WIDTH = 8,
  parameter int DEPTH = 16,
  parameter int REGISTERED = 0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             read_i,
  input  logic [15:0]      column_i,
  output logic [WIDTH-1:0] word_o,
  input  logic [WIDTH-1:0] replace_i
);
  if (WIDTH < 1 || DEPTH < 1 || DEPTH > 32768 || REGISTERED < 0 || REGISTERED > 1)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "row_memory: WIDTH %0d, DEPTH %0d, REGISTERED %0d; allowed at least 1, 1..32768, 0..1",
      WIDTH, DEPTH, REGISTERED
    );
  end

  localparam int AddressBits = DEPTH > 1 ? $clog2(DEPTH) : 1;

  logic [WIDTH-1:0] words[DEPTH];
  logic [WIDTH-1:0] read_q, forward_q;
  logic [AddressBits-1:0] address, address_q, write_address;
  logic replace_q, replace, forwards_q;  // forwards_q: written in the clock of the read

  assign address = column_i[AddressBits-1:0];
  logic unused_high;
  assign unused_high = ^column_i[15:AddressBits];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) replace_q <= 1'b0;
    else replace_q <= read_i;
  end

  always_ff @(posedge clk_i) begin
    if (replace) words[write_address] <= replace_i;
    if (read_i) read_q <= words[address];
    address_q <= address;
    forward_q <= replace_i;
    forwards_q <= replace && address == write_address;
  end

  logic [WIDTH-1:0] word;  // as it was when the read's clock ended
  assign word = forwards_q ? forward_q : read_q;

  if (REGISTERED == 0) begin : gen_direct
    assign replace = replace_q;
    assign write_address = address_q;
    assign word_o = word;
  end else begin : gen_registered
    logic replace_qq, same_q;  // same_q: the read before this one is of the same column
    logic [AddressBits-1:0] address_qq;
    logic [WIDTH-1:0] word_q;
    assign replace = replace_qq;
    assign write_address = address_qq;
    assign word_o = word_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) replace_qq <= 1'b0;
      else replace_qq <= replace_q;
    end
    always_ff @(posedge clk_i) begin
      address_qq <= address_q;
      same_q <= replace_q && address == address_q;
      word_q <= same_q ? replace_i : word;
    end
  end
endmodule
