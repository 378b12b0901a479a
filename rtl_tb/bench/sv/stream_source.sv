// SPDX-License-Identifier: Apache-2.0
// The AXI4-Stream video source, driven by a script that Python writes: beats, resets, waits, readings of the status.
//
//   One command per line of +stimulus=FILE, in hexadecimal digits, from the high ones on:
//   {kind (4 bits), height (16), width (16), count (32), 0 (2), last, user, data (8 for each of PIXELS)}
//   BEAT after `count` idle clocks, IDLE for `count` clocks, RESET for `count` clocks, AWAIT `count` output beats since the
//   reset, STATUS prints and clears it, END.
//
// Throughput: one beat per clock; other commands take a clock more than they wait.
// tvalid and its payload follow from registers alone and never change before tready.  Random stalls come between beats.
// frame_height_o and frame_width_o are the command's own: what a beat does not carry is not on the ports.
module stream_source #(
  parameter integer PIXELS = 1  // of a beat
) (
  input  logic                clk_i,
  input  logic [31:0]         clock_i,
  output logic                rst_no,
  output logic [15:0]         frame_height_o,
  output logic [15:0]         frame_width_o,
  output logic                valid_o,
  input  logic                ready_i,
  output logic [8*PIXELS-1:0] data_o,
  output logic                user_o,
  output logic                last_o,
  input  logic [4:0]          status_i,
  output logic                status_clear_o,
  input  logic [31:0]         output_beats_i,
  output logic                ended_o
);
  if (PIXELS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "stream_source: PIXELS %0d; allowed at least 1", PIXELS
    );
  end

  localparam integer CommandBits = 72 + 8 * PIXELS;
  localparam logic [3:0] Beat = 4'd0, Reset = 4'd2, Await = 4'd3, Status = 4'd4, End = 4'd5;  // IDLE is 1

  integer file;
  logic [CommandBits-1:0] command_q;
  logic [31:0] waited_q, count;
  logic [3:0] kind;
  logic [1:0] unused;
  logic due, stalled, done;

  function automatic logic [CommandBits-1:0] next_command();
    logic [CommandBits-1:0] word;
    integer found;
    found = $fscanf(file, "%h", word);
    if (found != 1) begin
      $display("VIOLATION source 0 the stimulus has no end");
      word = {End, (CommandBits - 4)'(0)};
    end
    return word;
  endfunction

  initial begin
    string name;
    if ($value$plusargs("stimulus=%s", name) == 0) name = "stimulus.hex";
    file = $fopen(name, "r");
    if (file == 0) $fatal(1, "no stimulus");
    command_q = {Reset, 32'd0, 32'd4, (4 + 8 * PIXELS)'(0)};
    waited_q = '0;
  end

  stall_pattern #(.NAME("source"), .SALT(1)) u_stalls (.clk_i, .step_i(!valid_o || ready_i), .stalled_o(stalled));

  assign {kind, frame_height_o, frame_width_o, count, unused, last_o, user_o, data_o} = command_q;
  assign due = waited_q >= count;
  assign rst_no = kind != Reset;
  assign status_clear_o = kind == Status && due;
  assign ended_o = kind == End;
  assign valid_o = kind == Beat && due && !stalled;

  always_comb begin
    case (kind)
      Beat: done = valid_o && ready_i;
      Await: done = output_beats_i >= count;
      End: done = 1'b0;
      default: done = due;
    endcase
  end

  always @(posedge clk_i) begin
    waited_q <= due ? waited_q : waited_q + 32'd1;
    if (kind == Status && due) $display("STATUS %0d %b", clock_i, status_i);
    if (done) begin
      command_q <= next_command();
      waited_q <= '0;
    end
  end
endmodule
