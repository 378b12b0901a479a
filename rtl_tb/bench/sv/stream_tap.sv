// SPDX-License-Identifier: Apache-2.0
// Writes every accepted beat of a stream to NAME.tap in the working directory, one line per beat:
//   epoch[1:0 hex digits], clock[7:0 hex digits], payload (ceil(WIDTH / 4) hex digits)
// epoch: resets so far.  The lines of one file have one length, so that they are read as an array.
//
// +taps=0 leaves out the files of the inner streams (ALWAYS = 0).
module stream_tap #(
  parameter NAME = "stream",
  parameter integer WIDTH = 8,
  parameter integer ALWAYS = 0
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [31:0]      clock_i,
  input logic [7:0]       epoch_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [WIDTH-1:0] payload_i
);
  if (WIDTH < 1 || ALWAYS < 0 || ALWAYS > 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "stream_tap: WIDTH %0d, ALWAYS %0d; allowed at least 1, 0..1", WIDTH, ALWAYS
    );
  end

  integer file, wanted;

  initial begin
    if ($value$plusargs("taps=%d", wanted) == 0) wanted = 1;
    file = 0;
    if (ALWAYS != 0 || wanted != 0) file = $fopen({NAME, ".tap"}, "w");
  end

  always @(posedge clk_i) begin
    if (rst_ni && file != 0 && valid_i && ready_i) $fwrite(file, "%02h%08h%h\n", epoch_i, clock_i, payload_i);
  end
endmodule
