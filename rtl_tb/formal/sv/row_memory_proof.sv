// SPDX-License-Identifier: Apache-2.0
// The row memory under every pattern of reads: what is read is what was last written at that
// column.
//
// One column of the solver's choice is followed (it never changes); it stands for every column.
module row_memory_proof #(
  parameter integer WIDTH = 4,
  parameter integer DEPTH = 4,
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
    .DEPTH(DEPTH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .read_i,
    .column_i,
    .word_o(word),
    .replace_i
  );

  logic known_q, asked_q, written_q;
  logic [15:0] chosen_q, column_q;
  logic [WIDTH-1:0] last_q;
  initial known_q = 1'b0;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    chosen_q <= chosen_q;
    asked_q <= rst_ni && read_i;
    column_q <= column_i;
    if (!rst_ni) written_q <= 1'b0;
    else if (asked_q && column_q == chosen_q) written_q <= 1'b1;
    if (asked_q && column_q == chosen_q) last_q <= replace_i;
  end
  always_comb begin
    if (!known_q) assume (!rst_ni);
    assume (chosen_q < 16'(DEPTH));
    if (read_i) assume (column_i < 16'(DEPTH));
  end

  always_comb begin
    if (known_q && asked_q && written_q && column_q == chosen_q) assert (word == last_q);
  end

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known_q) begin
        assert (u_dut.replace_q == asked_q);
        if (asked_q) assert (column_q < 16'(DEPTH) && u_dut.address_q == column_q[AddressBits-1:0]);
        if (asked_q) assert (word == u_dut.words[u_dut.address_q]);
        if (written_q) assert (u_dut.words[chosen_q[AddressBits-1:0]] == last_q);
      end
    end
  end
endmodule
