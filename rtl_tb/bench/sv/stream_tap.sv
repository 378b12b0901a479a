// Writes every accepted beat of a stream to NAME.tap in the working directory, one line per beat:
//   epoch[1:0 hex digits], clock[7:0 hex digits], payload (ceil(WIDTH / 4) hex digits)
// epoch: resets so far.  The lines of one file have one length, so that they are read as an array.
//
// +taps=0 leaves out the files of the inner streams (ALWAYS = 0).
module stream_tap #(
  parameter NAME = "stream",
  parameter integer WIDTH = 8,
  parameter ALWAYS = 1'b0
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [31:0]      clock_i,
  input logic [7:0]       epoch_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [WIDTH-1:0] payload_i
);
  integer file, wanted;

  initial begin
    if ($value$plusargs("taps=%d", wanted) == 0) wanted = 1;
    file = 0;
    if (ALWAYS || wanted != 0) file = $fopen({NAME, ".tap"}, "w");
  end

  always @(posedge clk_i) begin
    if (rst_ni && file != 0 && valid_i && ready_i) $fwrite(file, "%02h%08h%h\n", epoch_i, clock_i, payload_i);
  end
endmodule
