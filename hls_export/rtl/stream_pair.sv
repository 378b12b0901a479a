// SPDX-License-Identifier: Apache-2.0
// Two streams become one of both words side by side: of a pixel's channels and its own value, for
// each of the PIXELS pixels of a word.
//
//   m = {high, low} of each pixel, in order, nothing lost or repeated, with the size of the low one
//
// Latency: 1 clock.  Throughput: 1 pair per clock.  Combinational: each valid to the other's ready;
// no ready depends on its own valid.  Back-pressure: a word waits for its partner.
module stream_pair #(
  parameter int LOW_BITS = 8,   // of one pixel
  parameter int HIGH_BITS = 8,
  parameter int PIXELS = 1
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     s_low_valid_i,
  output logic                                     s_low_ready_o,
  input  logic [PIXELS*LOW_BITS-1:0]               s_low_data_i,
  input  logic [31:0]                              s_low_size_i,
  input  logic                                     s_high_valid_i,
  output logic                                     s_high_ready_o,
  input  logic [PIXELS*HIGH_BITS-1:0]              s_high_data_i,
  output logic                                     m_valid_o,
  input  logic                                     m_ready_i,
  output logic [PIXELS*(HIGH_BITS+LOW_BITS)-1:0]   m_data_o,
  output logic [31:0]                              m_size_o
);
  localparam int PairBits = HIGH_BITS + LOW_BITS;

  if (LOW_BITS < 1 || HIGH_BITS < 1 || PIXELS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "stream_pair: LOW_BITS %0d, HIGH_BITS %0d, PIXELS %0d; allowed at least 1",
      LOW_BITS, HIGH_BITS, PIXELS
    );
  end

  logic room;
  assign s_low_ready_o = room && s_high_valid_i;
  assign s_high_ready_o = room && s_low_valid_i;

  logic [PIXELS*PairBits-1:0] pairs;
  for (genvar p = 0; p < PIXELS; p++) begin : gen_pixel
    assign pairs[p*PairBits +: PairBits] =
      {s_high_data_i[p*HIGH_BITS +: HIGH_BITS], s_low_data_i[p*LOW_BITS +: LOW_BITS]};
  end

  skid_buffer #(.WIDTH(32 + PIXELS * PairBits)) u_output (
    .clk_i, .rst_ni, .s_valid_i(s_low_valid_i && s_high_valid_i), .s_ready_o(room),
    .s_data_i({s_low_size_i, pairs}), .m_valid_o, .m_ready_i,
    .m_data_o({m_size_o, m_data_o})
  );
endmodule
