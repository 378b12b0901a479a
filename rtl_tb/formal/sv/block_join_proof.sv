// SPDX-License-Identifier: Apache-2.0
// The join under every pair of streams: any blocks, any stalls of the three sides, a reset at any time.
//
// Proved: the two sides are taken together or not at all; what leaves is, in order and once each, the sum
// of the partners, each times its power of two; nobody waits without a reason.
module block_join_proof #(
  parameter integer LANES = 2,
  parameter integer SUM_BITS = 4,
  parameter integer SUM_SHIFT = 0,
  parameter integer PIXEL_BITS = 3,
  parameter integer PIXEL_SHIFT = 0,
  parameter integer ACCUMULATOR_BITS = 7,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic                        clk_i,
  input logic                        rst_ni,
  input logic                        track_i,
  input logic                        s_sum_valid_i,
  input logic [LANES*SUM_BITS-1:0]   s_sum_data_i,
  input logic [31:0]                 s_sum_size_i,
  input logic                        s_pixel_valid_i,
  input logic [LANES*PIXEL_BITS-1:0] s_pixel_data_i,
  input logic                        m_ready_i
);
  localparam integer Width = 32 + LANES * ACCUMULATOR_BITS;

  logic sum_ready, pixel_ready, m_valid;
  logic [LANES*ACCUMULATOR_BITS-1:0] m_data, wanted;
  logic [31:0] m_size;

  block_join #(
    .LANES(LANES),
    .SUM_BITS(SUM_BITS),
    .SUM_SHIFT(SUM_SHIFT),
    .PIXEL_BITS(PIXEL_BITS),
    .PIXEL_SHIFT(PIXEL_SHIFT),
    .ACCUMULATOR_BITS(ACCUMULATOR_BITS)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_sum_valid_i,
    .s_sum_ready_o(sum_ready),
    .s_sum_data_i,
    .s_sum_size_i,
    .s_pixel_valid_i,
    .s_pixel_ready_o(pixel_ready),
    .s_pixel_data_i,
    .s_pixel_size_i(s_sum_size_i),
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .m_size_o(m_size)
  );

  // Lane by lane as integers, wide enough for every sum.
  always_comb begin
    for (int lane = 0; lane < LANES; lane++) begin
      wanted[lane*ACCUMULATOR_BITS +: ACCUMULATOR_BITS] = ACCUMULATOR_BITS'(
        32'($signed(s_sum_data_i[lane*SUM_BITS +: SUM_BITS])) * 32'(2**SUM_SHIFT)
        + 32'($signed(s_pixel_data_i[lane*PIXEL_BITS +: PIXEL_BITS])) * 32'(2**PIXEL_SHIFT));
    end
  end

  skid_order #(
    .WIDTH(Width),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(s_sum_valid_i && s_pixel_valid_i),
    .s_ready_i(u_dut.room),
    .s_data_i({s_sum_size_i, wanted}),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i({m_size, m_data}),
    .skid_valid_i(u_dut.u_output.skid_valid_q),
    .skid_data_i(u_dut.u_output.skid_data_q)
  );

  always_comb begin
    assert (sum_ready == (u_dut.room && s_pixel_valid_i));
    assert ((s_sum_valid_i && sum_ready) == (s_pixel_valid_i && pixel_ready));
  end
endmodule
