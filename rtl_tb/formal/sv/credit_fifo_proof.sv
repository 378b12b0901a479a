// SPDX-License-Identifier: Apache-2.0
// The FIFO at the end of a pipeline that cannot stop, under every pipeline that reserves a place,
// when there is room, before or in the clock in which it brings a word; any stalls, a reset at any
// time.
//
// Proved: every word that comes finds its place (no overflow), words leave once, in order,
// unchanged; room is told exactly: it is there unless as many places are reserved as the FIFO has.
module credit_fifo_proof #(
  parameter integer WIDTH = 4,
  parameter integer DEPTH = 4,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             track_i,
  input logic             reserve_i,
  input logic             push_i,
  input logic [WIDTH-1:0] data_i,
  input logic             m_ready_i
);
  localparam integer LevelBits = $clog2(DEPTH + 1);

  logic room, m_valid;
  logic [WIDTH-1:0] m_data;
  logic [LevelBits-1:0] reserved;

  credit_fifo #(
    .WIDTH(WIDTH),
    .DEPTH(DEPTH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .reserve_i,
    .room_o(room),
    .push_i,
    .data_i,
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .reserved_o(reserved)
  );

  logic known, awake;
  logic [LevelBits-1:0] stored;
  logic [$clog2(DEPTH)-1:0] tracked_address;
  fifo_order #(
    .WIDTH(WIDTH),
    .DEPTH(DEPTH),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(push_i),
    .s_ready_i(u_dut.accepts),
    .s_data_i(data_i),
    .m_valid_i(u_dut.head_valid),
    .m_ready_i(u_dut.head_ready),
    .m_data_i(u_dut.head),
    .level_i(u_dut.stored),
    .head_i(u_dut.u_fifo.head_q),
    .after_head_i(u_dut.u_fifo.after_head_q),
    .write_i(u_dut.u_fifo.write_q),
    .filled_i(u_dut.u_fifo.filled_q),
    .one_i(u_dut.u_fifo.one_q),
    .one_less_i(u_dut.u_fifo.one_less_q),
    .head_word_i(u_dut.u_fifo.memory[u_dut.u_fifo.head_q]),
    .tracked_address_o(tracked_address),
    .tracked_word_i(u_dut.u_fifo.memory[tracked_address]),
    .known_o(known),
    .awake_o(awake),
    .stored_o(stored)
  );

  // Words that the skid buffer behind the FIFO holds.
  logic [1:0] waiting;
  skid_order #(
    .WIDTH(WIDTH),
    .INVARIANTS(INVARIANTS)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(u_dut.head_valid),
    .s_ready_i(u_dut.head_ready),
    .s_data_i(u_dut.head),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i(m_data),
    .skid_valid_i(u_dut.u_skid.skid_valid_q),
    .skid_data_i(u_dut.u_skid.skid_data_q)
  );
  assign waiting = 2'(m_valid) + 2'(u_dut.u_skid.skid_valid_q);

  // The pipeline: words on their way, each with a place of its own.
  logic [LevelBits-1:0] coming_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) coming_q <= '0;
    else coming_q <= coming_q + LevelBits'(reserve_i) - LevelBits'(push_i);
  end
  always_comb begin
    if (reserve_i) assume (room);
    if (push_i) assume (awake && (coming_q != '0 || reserve_i));
  end

  logic [LevelBits:0] taken;
  assign taken = (LevelBits + 1)'(coming_q) + (LevelBits + 1)'(stored) + (LevelBits + 1)'(waiting);
  always_comb begin
    if (known) begin
      if (push_i) assert (u_dut.accepts);
      assert (taken <= (LevelBits + 1)'(DEPTH));
      assert ((LevelBits + 1)'(reserved) == taken && room == (reserved != LevelBits'(DEPTH)));
      if (INVARIANTS) assert (u_dut.last_q == (reserved == LevelBits'(DEPTH - 1)));
    end
  end
endmodule
