// SPDX-License-Identifier: Apache-2.0
// The row memory under every pattern of reads: what is read is what was last written at that
// column.
//
// One column of the solver's choice is followed (it never changes); it stands for every column.
module row_memory_proof #(
  parameter integer WIDTH = 4,
  parameter integer DEPTH = 4,
  parameter integer REGISTERED = 0,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             read_i,
  input logic [15:0]      column_i,
  input logic [WIDTH-1:0] replace_i
);
  localparam integer AddressBits = DEPTH > 1 ? $clog2(DEPTH) : 1;

  logic [WIDTH-1:0] word;
  row_memory #(
    .WIDTH(WIDTH),
    .DEPTH(DEPTH),
    .REGISTERED(REGISTERED)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .read_i,
    .column_i,
    .word_o(word),
    .replace_i
  );

  // The read in the clock before, and the one whose word comes.
  logic known_q, before_q, asked_q, asked, written_q;
  logic [15:0] chosen_q, before_column_q, column_q, column;
  logic [WIDTH-1:0] last_q;
  initial known_q = 1'b0;
  assign {asked, column} = REGISTERED != 0 ? {asked_q, column_q} : {before_q, before_column_q};
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    chosen_q <= chosen_q;
    before_q <= rst_ni && read_i;
    before_column_q <= column_i;
    asked_q <= rst_ni && before_q;
    column_q <= before_column_q;
    if (!rst_ni) written_q <= 1'b0;
    else if (asked && column == chosen_q) written_q <= 1'b1;
    if (asked && column == chosen_q) last_q <= replace_i;
  end
  always_comb begin
    if (!known_q) assume (!rst_ni);
    assume (chosen_q < 16'(DEPTH));
    if (read_i) assume (column_i < 16'(DEPTH));
  end

  always_comb begin
    if (known_q && asked && written_q && column == chosen_q) assert (word == last_q);
  end

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known_q) begin
        assert (u_dut.replace_q == before_q && u_dut.replace == asked);
        if (before_q) begin
          assert (before_column_q < 16'(DEPTH));
          assert (u_dut.address_q == before_column_q[AddressBits-1:0]);
          assert (u_dut.word == u_dut.words[u_dut.address_q]);
        end
        if (asked) assert (column < 16'(DEPTH));
        if (asked) assert (u_dut.write_address == column[AddressBits-1:0]);
        if (asked) assert (word == u_dut.words[u_dut.write_address]);
        if (written_q) assert (u_dut.words[chosen_q[AddressBits-1:0]] == last_q);
      end
    end
  end

  if (INVARIANTS && REGISTERED != 0) begin : gen_same
    always_comb begin
      if (known_q && before_q) begin
        assert (u_dut.gen_registered.same_q == (asked_q && before_column_q == column_q));
      end
    end
  end
endmodule
