// SPDX-License-Identifier: Apache-2.0
// First-in first-out buffer of DEPTH words.
//
//   m = s, in order, nothing lost or repeated; level_o = words stored
//
// Latency: 2 clocks.  Throughput: 1 word per clock at any DEPTH >= 3.
// Combinational paths: none from an input to an output.
// Back-pressure: ready is low while DEPTH words are stored, and in reset.
//
// The memory is read one clock ahead, at the address that the head will have, so that it fits a
// block RAM; a word is valid once it could be read, the clock after the one in which it is stored.
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

  logic [WIDTH-1:0] memory [DEPTH];
  logic [WIDTH-1:0] read_data_q;
  logic [AddressBits-1:0] write_q, head_q, after_head_q, head_d;  // after_head_q: the one next to head_q
  logic [LevelBits-1:0] level_q;
  logic ready_q, valid_q;
  logic filled_q, one_q, one_less_q;  // level_q is not 0, is 1, is DEPTH - 1
  logic push, pop;

  function automatic logic [AddressBits-1:0] next(input logic [AddressBits-1:0] address);
    return address == LastAddress ? '0 : address + 1'b1;
  endfunction

  assign push = s_valid_i && ready_q;
  assign pop = valid_q && m_ready_i;
  assign head_d = pop ? after_head_q : head_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_q <= 1'b0;
      valid_q <= 1'b0;
      filled_q <= 1'b0;
      one_q <= 1'b0;
      one_less_q <= 1'b0;
      level_q <= '0;
      write_q <= '0;
      head_q <= '0;
      after_head_q <= next('0);
    end else begin
      ready_q <= pop || !(push ? one_less_q : level_q == LevelBits'(DEPTH));
      valid_q <= filled_q && !(pop && one_q);
      filled_q <= push || (filled_q && !(pop && one_q));
      if (push != pop) begin
        level_q <= push ? level_q + LevelBits'(1) : level_q - LevelBits'(1);
        one_q <= level_q == (push ? LevelBits'(0) : LevelBits'(2));
        one_less_q <= level_q == (push ? LevelBits'(DEPTH - 2) : LevelBits'(DEPTH));
      end
      if (push) write_q <= next(write_q);
      if (pop) begin
        head_q <= after_head_q;
        after_head_q <= next(after_head_q);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) memory[write_q] <= s_data_i;
    read_data_q <= memory[head_d];
  end

  assign s_ready_o = ready_q;
  assign m_valid_o = valid_q;
  assign m_data_o = read_data_q;
  assign level_o = level_q;
endmodule
