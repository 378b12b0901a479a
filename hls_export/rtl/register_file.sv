// SPDX-License-Identifier: Apache-2.0
// The registers of video_top, as registers/registers.rdl states them; a test holds each field here
// against its field there.
//
//   a sticky bit = (bit and not written 1) or what happens in this clock
//
// so that a clear never loses a fault of the same clock.  A word that is no register reads 0, and
// what is written to it, to a reserved bit or to a bit that is only read is ignored.
//
// Latency: a write acts the clock after; interrupt_o follows what is pending by 1 clock.
// Throughput: a write and a read per clock.
// Combinational: read_word_i and busy_i, resetting_i to read_data_o.  Back-pressure: none.
module register_file (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         write_i,
  input  logic [9:0]   write_word_i,
  input  logic [31:0]  write_data_i,
  input  logic [3:0]   write_strobe_i,
  input  logic [9:0]   read_word_i,
  output logic [31:0]  read_data_o,

  input  logic [31:0]  capabilities_i,  // constant, as the next two
  input  logic [31:0]  max_size_i,      // {rows, columns}, where the frame's size starts
  input  logic [255:0] network_hash_i,  // first word highest

  output logic         enable_o,
  output logic         soft_reset_o,    // for one clock
  output logic [15:0]  frame_height_o,
  output logic [15:0]  frame_width_o,
  input  logic         resetting_i,     // the soft reset is under way
  input  logic         busy_i,
  input  logic [4:0]   faults_i,        // each for one clock
  input  logic         frame_done_i,    // for one clock
  output logic         interrupt_o
);
  localparam logic [31:0] Version = 32'h0001_0000;
  localparam logic [9:0] Control = 10'h00, InterruptEnable = 10'h02, InterruptPending = 10'h03;
  localparam logic [9:0] FrameHeight = 10'h04, FrameWidth = 10'h06, Status = 10'h08;
  localparam logic [9:0] FrameCount = 10'h0a, ErrorCount = 10'h0b;
  localparam logic [9:0] VersionWord = 10'h0c, Capabilities = 10'h0d, MaxSize = 10'h0e;
  localparam logic [6:0] NetworkHash = 7'h02;  // and the word of the hash below it

  logic enable_q, soft_reset_q, interrupt_q;
  logic [1:0] interrupt_enable_q, pending_q, happens;  // {fault, frame_done}
  logic [4:0] status_q;
  logic [15:0] frame_height_q, frame_width_q;
  logic [31:0] frame_count_q, error_count_q;

  // What is written: ones that are set, and old values with the marked bytes replaced.
  // No register takes more than the lower half.
  logic [15:0] mask, ones;
  logic unused_half;
  assign mask = {{8{write_strobe_i[1]}}, {8{write_strobe_i[0]}}};
  assign ones = write_data_i[15:0] & mask;
  assign unused_half = ^{write_data_i[31:16], write_strobe_i[3:2]};

  logic [1:0] pending_clear;
  logic [4:0] status_clear;
  logic [2:0] num_faults;
  assign happens = {|faults_i, frame_done_i};
  assign pending_clear = write_i && write_word_i == InterruptPending ? ones[1:0] : '0;
  assign status_clear = write_i && write_word_i == Status ? ones[4:0] : '0;
  always_comb begin
    num_faults = '0;
    for (int i = 0; i < 5; i++) num_faults = num_faults + 3'(faults_i[i]);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {enable_q, soft_reset_q, interrupt_enable_q, pending_q, interrupt_q} <= '0;
      {status_q, frame_count_q, error_count_q} <= '0;
      {frame_height_q, frame_width_q} <= max_size_i;
    end else begin
      soft_reset_q <= write_i && write_word_i == Control && ones[1];
      status_q <= (status_q & ~status_clear) | faults_i;
      pending_q <= (pending_q & ~pending_clear) | happens;
      interrupt_q <= |(pending_q & interrupt_enable_q);
      frame_count_q <= frame_count_q + 32'(frame_done_i);
      error_count_q <= error_count_q + 32'(num_faults);
      if (write_i) begin
        case (write_word_i)
          Control: if (mask[0]) enable_q <= ones[0];
          InterruptEnable: if (mask[0]) interrupt_enable_q <= ones[1:0];
          FrameHeight: frame_height_q <= (frame_height_q & ~mask) | ones;
          FrameWidth: frame_width_q <= (frame_width_q & ~mask) | ones;
          default: ;
        endcase
      end
    end
  end

  always_comb begin
    case (read_word_i)
      Control: read_data_o = {30'd0, soft_reset_q || resetting_i, enable_q};
      InterruptEnable: read_data_o = {30'd0, interrupt_enable_q};
      InterruptPending: read_data_o = {30'd0, pending_q};
      FrameHeight: read_data_o = {16'd0, frame_height_q};
      FrameWidth: read_data_o = {16'd0, frame_width_q};
      Status: read_data_o = {23'd0, busy_i, 3'd0, status_q};
      FrameCount: read_data_o = frame_count_q;
      ErrorCount: read_data_o = error_count_q;
      VersionWord: read_data_o = Version;
      Capabilities: read_data_o = capabilities_i;
      MaxSize: read_data_o = max_size_i;
      default: read_data_o = '0;
    endcase
    for (int i = 0; i < 8; i++) begin
      if (read_word_i == {NetworkHash, 3'(i)}) read_data_o = network_hash_i[32*(7-i) +: 32];
    end
  end

  assign enable_o = enable_q;
  assign soft_reset_o = soft_reset_q;
  assign frame_height_o = frame_height_q;
  assign frame_width_o = frame_width_q;
  assign interrupt_o = interrupt_q;
endmodule
