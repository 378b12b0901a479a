// SPDX-License-Identifier: Apache-2.0
// Skid buffer: a stream register whose ready is registered too.
//
//   m = s, in order, nothing lost or repeated
//
// Latency: 1 clock.  Throughput: 1 beat per clock.
// Combinational paths: none from an input to an output.
// Back-pressure: when the consumer stops, the one beat that ready had already invited goes to the
// skid register; ready drops at the same edge and returns when that beat has moved on.  In reset
// ready is low, so that no beat is taken and then forgotten.
module skid_buffer #(
  parameter integer WIDTH = 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             s_valid_i,
  output logic             s_ready_o,
  input  logic [WIDTH-1:0] s_data_i,

  output logic             m_valid_o,
  input  logic             m_ready_i,
  output logic [WIDTH-1:0] m_data_o
);
  if (WIDTH < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "skid_buffer: WIDTH %0d; allowed at least 1", WIDTH
    );
  end

  logic ready_q;
  logic valid_q, valid_d;
  logic skid_valid_q, skid_valid_d;
  logic [WIDTH-1:0] data_q, skid_data_q;
  logic push, vacant;

  assign push = s_valid_i && ready_q;
  assign vacant = !valid_q || m_ready_i;  // the output register can take a beat

  // A beat in the skid register goes first; ready is low while it waits.
  always_comb begin
    valid_d = valid_q;
    skid_valid_d = skid_valid_q;
    if (vacant) begin
      valid_d = skid_valid_q || push;
      skid_valid_d = 1'b0;
    end else if (push) begin
      skid_valid_d = 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_q <= 1'b0;
      valid_q <= 1'b0;
      skid_valid_q <= 1'b0;
    end else begin
      ready_q <= !skid_valid_d;
      valid_q <= valid_d;
      skid_valid_q <= skid_valid_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (vacant) data_q <= skid_valid_q ? skid_data_q : s_data_i;
    if (push) skid_data_q <= s_data_i;
  end

  assign s_ready_o = ready_q;
  assign m_valid_o = valid_q;
  assign m_data_o = data_q;
endmodule
