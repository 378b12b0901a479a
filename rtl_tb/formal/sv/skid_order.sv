// SPDX-License-Identifier: Apache-2.0
// ordered_stream for a skid buffer, with the invariants that make one step of induction enough.
module skid_order #(
  parameter integer WIDTH = 8,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             track_i,

  input logic             s_valid_i,
  input logic             s_ready_i,
  input logic [WIDTH-1:0] s_data_i,
  input logic             m_valid_i,
  input logic             m_ready_i,
  input logic [WIDTH-1:0] m_data_i,

  input logic             skid_valid_i,  // the buffer's registers
  input logic [WIDTH-1:0] skid_data_i
);
  logic known, awake, tracked;
  logic [1:0] stored, ahead;
  logic [WIDTH-1:0] data;

  ordered_stream #(
    .WIDTH(WIDTH),
    .CAPACITY(2)
  ) u_stream (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i,
    .s_ready_i,
    .s_data_i,
    .m_valid_i,
    .m_ready_i,
    .m_data_i,
    .known_o(known),
    .awake_o(awake),
    .stored_o(stored),
    .tracked_o(tracked),
    .ahead_o(ahead),
    .data_o(data)
  );

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known) begin
        assert (skid_valid_i == (stored == 2'd2));
        if (!awake) assert (stored == '0);
        if (tracked && ahead == 2'd1) assert (stored == 2'd2 && skid_data_i == data);
      end
    end
  end
endmodule
