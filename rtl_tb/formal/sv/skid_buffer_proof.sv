// SPDX-License-Identifier: Apache-2.0
// The skid buffer under every input: any words, any stalls, a reset at any time.
module skid_buffer_proof #(
  parameter integer WIDTH = 8,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             track_i,
  input logic             s_valid_i,
  input logic [WIDTH-1:0] s_data_i,
  input logic             m_ready_i
);
  logic s_ready, m_valid;
  logic [WIDTH-1:0] m_data;

  skid_buffer #(
    .WIDTH(WIDTH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o(s_ready),
    .s_data_i,
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data)
  );

  skid_order #(
    .WIDTH(WIDTH),
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
    .skid_valid_i(u_dut.skid_valid_q),
    .skid_data_i(u_dut.skid_data_q)
  );
endmodule
