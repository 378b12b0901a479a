// SPDX-License-Identifier: Apache-2.0
// The pixel delay under every sequence of pixels: any stalls, a reset at any time.
//
// Proved: every pixel leaves once, in order, less 128, stable while it waits; ready exactly while there
// is a place.
module pixel_delay_proof #(
  parameter integer DEPTH = 4,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       track_i,
  input logic       s_valid_i,
  input logic [7:0] s_data_i,
  input logic       m_ready_i
);
  localparam integer LevelBits = $clog2(DEPTH + 1);

  logic s_ready, m_valid, push;
  logic [7:0] m_data;
  logic [LevelBits-1:0] level;
  pixel_delay #(
    .DEPTH(DEPTH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o(s_ready),
    .s_data_i,
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .stored_o(level)
  );
  assign push = s_valid_i && s_ready;

  logic known, awake;
  logic [LevelBits-1:0] stored;
  logic [$clog2(DEPTH)-1:0] tracked;
  fifo_order #(
    .WIDTH(8),
    .DEPTH(DEPTH),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(push),
    .s_ready_i(u_dut.u_pixels.accepts),
    .s_data_i(s_data_i - 8'd128),
    .m_valid_i(u_dut.u_pixels.head_valid),
    .m_ready_i(u_dut.u_pixels.head_ready),
    .m_data_i(u_dut.u_pixels.head),
    .level_i(u_dut.u_pixels.stored),
    .head_i(u_dut.u_pixels.u_fifo.head_q),
    .after_head_i(u_dut.u_pixels.u_fifo.after_head_q),
    .write_i(u_dut.u_pixels.u_fifo.write_q),
    .filled_i(u_dut.u_pixels.u_fifo.filled_q),
    .one_i(u_dut.u_pixels.u_fifo.one_q),
    .one_less_i(u_dut.u_pixels.u_fifo.one_less_q),
    .head_word_i(u_dut.u_pixels.u_fifo.memory[u_dut.u_pixels.u_fifo.head_q]),
    .tracked_address_o(tracked),
    .tracked_word_i(u_dut.u_pixels.u_fifo.memory[tracked]),
    .known_o(known),
    .awake_o(awake),
    .stored_o(stored)
  );
  skid_order #(
    .WIDTH(8),
    .INVARIANTS(INVARIANTS)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(u_dut.u_pixels.head_valid),
    .s_ready_i(u_dut.u_pixels.head_ready),
    .s_data_i(u_dut.u_pixels.head),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i(m_data),
    .skid_valid_i(u_dut.u_pixels.u_skid.skid_valid_q),
    .skid_data_i(u_dut.u_pixels.u_skid.skid_data_q)
  );

  logic [LevelBits:0] held;
  assign held = (LevelBits + 1)'(stored) + (LevelBits + 1)'(m_valid)
                  + (LevelBits + 1)'(u_dut.u_pixels.u_skid.skid_valid_q);
  always_comb begin
    if (known) begin
      if (push) assert (u_dut.u_pixels.accepts);
      assert ((LevelBits + 1)'(level) == held && held <= (LevelBits + 1)'(DEPTH));
      assert (s_ready == (awake && held != (LevelBits + 1)'(DEPTH)));
      if (INVARIANTS) assert (u_dut.u_pixels.last_q == (level == LevelBits'(DEPTH - 1)));
      if (INVARIANTS) assert (u_dut.room == (level != LevelBits'(DEPTH)));
    end
  end
endmodule
