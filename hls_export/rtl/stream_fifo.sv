// SPDX-License-Identifier: Apache-2.0
// First-in first-out buffer of DEPTH words.
//
//   m = s, in order, nothing lost or repeated; level_o = words stored
//
// Latency: 1 clock.  Throughput: 1 word per clock at any DEPTH >= 2.
// Combinational paths: none from an input to an output.
// Back-pressure: ready is low while DEPTH words are stored, and in reset.
//
// The memory is read one clock ahead, at the address that the head will have, so that it fits a
// block RAM; the word written in that very clock at that address goes beside the memory.
module stream_fifo #(
  parameter integer WIDTH = 8,
  parameter integer DEPTH = 2
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       s_valid_i,
  output logic                       s_ready_o,
  input  logic [WIDTH-1:0]           s_data_i,

  output logic                       m_valid_o,
  input  logic                       m_ready_i,
  output logic [WIDTH-1:0]           m_data_o,

  output logic [$clog2(DEPTH+1)-1:0] level_o
);
  if (WIDTH < 1 || DEPTH < 2) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "stream_fifo: WIDTH %0d, DEPTH %0d; allowed at least 1, at least 2", WIDTH, DEPTH
    );
  end

  localparam integer AddressBits = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam integer LevelBits = $clog2(DEPTH + 1);
  localparam logic [AddressBits-1:0] LastAddress = AddressBits'(DEPTH - 1);
  localparam logic [LevelBits-1:0] Full = LevelBits'(DEPTH);

  logic [WIDTH-1:0] memory [DEPTH];
  logic [WIDTH-1:0] read_data_q, passed_data_q;
  logic passed_q;
  logic [AddressBits-1:0] write_q, head_q, head_d;
  logic [LevelBits-1:0] level_q, level_d;
  logic ready_q, valid_q;
  logic push, pop;

  function automatic logic [AddressBits-1:0] next(input logic [AddressBits-1:0] address);
    return address == LastAddress ? '0 : address + 1'b1;
  endfunction

  assign push = s_valid_i && ready_q;
  assign pop = valid_q && m_ready_i;
  assign head_d = pop ? next(head_q) : head_q;
  assign level_d = level_q + LevelBits'(push) - LevelBits'(pop);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_q <= 1'b0;
      valid_q <= 1'b0;
      level_q <= '0;
      write_q <= '0;
      head_q <= '0;
    end else begin
      ready_q <= level_d != Full;
      valid_q <= level_d != '0;
      level_q <= level_d;
      if (push) write_q <= next(write_q);
      head_q <= head_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) memory[write_q] <= s_data_i;
    read_data_q <= memory[head_d];
    passed_data_q <= s_data_i;
    passed_q <= push && write_q == head_d;
  end

  assign s_ready_o = ready_q;
  assign m_valid_o = valid_q;
  assign m_data_o = passed_q ? passed_data_q : read_data_q;
  assign level_o = level_q;
endmodule
