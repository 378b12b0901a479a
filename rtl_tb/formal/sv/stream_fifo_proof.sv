// SPDX-License-Identifier: Apache-2.0
// The FIFO under every input: any words, any stalls, a reset at any time.
module stream_fifo_proof #(
  parameter integer WIDTH = 8,
  parameter integer DEPTH = 2,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             track_i,
  input logic             s_valid_i,
  input logic [WIDTH-1:0] s_data_i,
  input logic             m_ready_i
);
  localparam integer LevelBits = $clog2(DEPTH + 1);

  logic s_ready, m_valid;
  logic [WIDTH-1:0] m_data;
  logic [LevelBits-1:0] level;

  stream_fifo #(
    .WIDTH(WIDTH),
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
    .level_o(level)
  );

  logic [$clog2(DEPTH)-1:0] tracked_address;
  fifo_order #(
    .WIDTH(WIDTH),
    .DEPTH(DEPTH),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i,
    .s_ready_i(s_ready),
    .s_data_i,
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i(m_data),
    .level_i(level),
    .head_i(u_dut.head_q),
    .after_head_i(u_dut.after_head_q),
    .write_i(u_dut.write_q),
    .filled_i(u_dut.filled_q),
    .one_i(u_dut.one_q),
    .one_less_i(u_dut.one_less_q),
    .head_word_i(u_dut.memory[u_dut.head_q]),
    .tracked_address_o(tracked_address),
    .tracked_word_i(u_dut.memory[tracked_address]),
    .known_o(),
    .awake_o(),
    .stored_o()
  );
endmodule
