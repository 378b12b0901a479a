// SPDX-License-Identifier: Apache-2.0
// The pair under every two streams: any words, any stalls of the three sides, a reset at any time.
//
// Proved: the two sides are taken together or not at all; what leaves is, in order and once each, the
// partners side by side with the size of the low one; nobody waits without a reason.
module stream_pair_proof #(
  parameter integer LOW_BITS = 5,
  parameter integer HIGH_BITS = 3,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 track_i,
  input logic                 s_low_valid_i,
  input logic [LOW_BITS-1:0]  s_low_data_i,
  input logic [31:0]          s_low_size_i,
  input logic                 s_high_valid_i,
  input logic [HIGH_BITS-1:0] s_high_data_i,
  input logic                 m_ready_i
);
  localparam integer Width = 32 + HIGH_BITS + LOW_BITS;

  logic low_ready, high_ready, m_valid;
  logic [HIGH_BITS+LOW_BITS-1:0] m_data, wanted;
  logic [31:0] m_size;

  stream_pair #(
    .LOW_BITS(LOW_BITS),
    .HIGH_BITS(HIGH_BITS)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_low_valid_i,
    .s_low_ready_o(low_ready),
    .s_low_data_i,
    .s_low_size_i,
    .s_high_valid_i,
    .s_high_ready_o(high_ready),
    .s_high_data_i,
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .m_size_o(m_size)
  );

  // Bit by bit: the low word below, the high word above.
  always_comb begin
    for (int i = 0; i < LOW_BITS; i++) wanted[i] = s_low_data_i[i];
    for (int i = 0; i < HIGH_BITS; i++) wanted[LOW_BITS+i] = s_high_data_i[i];
  end

  skid_order #(
    .WIDTH(Width),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(s_low_valid_i && s_high_valid_i),
    .s_ready_i(u_dut.room),
    .s_data_i({s_low_size_i, wanted}),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i({m_size, m_data}),
    .skid_valid_i(u_dut.u_output.skid_valid_q),
    .skid_data_i(u_dut.u_output.skid_data_q)
  );

  always_comb begin
    assert (low_ready == (u_dut.room && s_high_valid_i));
    assert ((s_low_valid_i && low_ready) == (s_high_valid_i && high_ready));
  end
endmodule
