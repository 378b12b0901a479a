// SPDX-License-Identifier: Apache-2.0
// LR pixels, centred, kept until the layers beside them have come as far.
//
//   m = s - 128, in order, nothing lost or repeated
//
// Of a frame's size they carry nothing: the features that they are paired with have it.
//
// Latency: 3 clocks.  Throughput: 1 word of pixels per clock.  Combinational: none from an input to an
// output.
// Back-pressure: ready is low while DEPTH words are stored, and in reset.  DEPTH may be a block RAM's.
module pixel_delay #(
  parameter int DEPTH = 16,
  parameter int PIXELS = 1  // of a word: 1, 2 or 4
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       s_valid_i,
  output logic                       s_ready_o,
  input  logic [PIXELS*8-1:0]        s_data_i,
  output logic                       m_valid_o,
  input  logic                       m_ready_i,
  output logic [PIXELS*8-1:0]        m_data_o,  // signed
  output logic [$clog2(DEPTH+1)-1:0] stored_o
);
  if (DEPTH < 2 || (PIXELS != 1 && PIXELS != 2 && PIXELS != 4)) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "pixel_delay: DEPTH %0d, PIXELS %0d; allowed at least 2, 1, 2 or 4", DEPTH, PIXELS
    );
  end

  logic awake_q, room, push;
  logic [PIXELS*8-1:0] centered;
  always_ff @(posedge clk_i) awake_q <= rst_ni;
  assign s_ready_o = room && awake_q;
  assign push = s_valid_i && s_ready_o;
  assign centered = s_data_i ^ {PIXELS{8'h80}};

  credit_fifo #(.WIDTH(PIXELS*8), .DEPTH(DEPTH)) u_pixels (
    .clk_i, .rst_ni, .reserve_i(push), .room_o(room), .push_i(push), .data_i(centered),
    .m_valid_o, .m_ready_i, .m_data_o, .reserved_o(stored_o)
  );
endmodule
