// SPDX-License-Identifier: Apache-2.0
// The reset of the video side: low while rst_ni is, and for CLOCKS clocks after request_i.
//
// Latency: 1 clock from either.  A request during a reset begins its count anew.
// Combinational: none.  Back-pressure: none.
module soft_reset #(
  parameter integer CLOCKS = 16
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic request_i,
  output logic rst_no
);
  if (CLOCKS < 1 || CLOCKS > 255) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "soft_reset: CLOCKS %0d; allowed 1..255", CLOCKS
    );
  end

  logic [7:0] left_q;  // clocks that the reset lasts after this one
  logic running_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_q <= '0;
      running_q <= 1'b0;
    end else if (request_i) begin
      left_q <= 8'(CLOCKS - 1);
      running_q <= 1'b0;
    end else begin
      left_q <= left_q == '0 ? '0 : left_q - 8'd1;
      running_q <= left_q == '0;
    end
  end

  assign rst_no = running_q;
endmodule
