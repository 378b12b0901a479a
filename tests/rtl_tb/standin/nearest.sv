// A stand-in for sr_top: every pixel twice in both directions, four pixels per output beat; one layer `conv0` that passes on.
//
// A row is taken, then its two output lines are written; nothing overlaps, so it is slow and has no hazards.
// Latency: the row's width + 2 clocks.  Throughput: a row of w pixels in w + 2 * ceil(w / 2) + 2 clocks.
// Combinational paths: none from an input to an output.  Back-pressure: a beat waits in its registers, the row waits behind it.
module nearest #(
  parameter integer MAX_WIDTH = 40,
  parameter integer MAX_HEIGHT = 36
) (
  input  logic        aclk,
  input  logic        aresetn,
  input  logic [15:0] frame_height,
  input  logic [15:0] frame_width,
  input  logic        status_clear,
  output logic [4:0]  status,
  input  logic        s_axis_video_tvalid,
  output logic        s_axis_video_tready,
  input  logic [7:0]  s_axis_video_tdata,
  input  logic [0:0]  s_axis_video_tuser,
  input  logic        s_axis_video_tlast,
  output logic        m_axis_video_tvalid,
  input  logic        m_axis_video_tready,
  output logic [31:0] m_axis_video_tdata,
  output logic [3:0]  m_axis_video_tkeep,
  output logic [0:0]  m_axis_video_tuser,
  output logic        m_axis_video_tlast
);
  logic tap_conv0_valid, tap_conv0_ready;
  logic [7:0] tap_conv0_data;
  logic [31:0] size, size_q;
  logic [4:0] pulses, status_q;
  logic level_to_conv0;

  video_input #(
    .MAX_WIDTH(MAX_WIDTH),
    .MAX_HEIGHT(MAX_HEIGHT)
  ) u_video_input (
    .clk_i(aclk),
    .rst_ni(aresetn),
    .frame_height_i(frame_height),
    .frame_width_i(frame_width),
    .s_axis_video_tvalid,
    .s_axis_video_tready,
    .s_axis_video_tdata,
    .s_axis_video_tuser(s_axis_video_tuser[0]),
    .s_axis_video_tlast,
    .m_valid_o(tap_conv0_valid),
    .m_ready_i(tap_conv0_ready),
    .m_data_o(tap_conv0_data),
    .m_size_o(size),
    .status_o(pulses)
  );

  localparam integer IndexBits = $clog2(MAX_WIDTH + 1);

  logic [7:0] row [0:MAX_WIDTH];
  logic [15:0] column_q, row_q, width, height;
  logic filling_q, second_q, valid_q, odd_end, ends_line, first_q;
  logic [7:0] left, right;

  assign {height, width} = size_q;
  assign tap_conv0_ready = filling_q;
  assign level_to_conv0 = tap_conv0_valid;
  assign status = status_q;
  assign left = row[IndexBits'(column_q)];
  assign right = row[IndexBits'(column_q + 16'd1)];
  assign odd_end = column_q == width - 16'd1;
  assign ends_line = column_q + 16'd2 >= width;

  assign m_axis_video_tvalid = valid_q;
  assign m_axis_video_tdata = {odd_end ? 16'd0 : {right, right}, left, left};
  assign m_axis_video_tkeep = odd_end ? 4'b0011 : 4'b1111;
  assign m_axis_video_tuser[0] = first_q;
  assign m_axis_video_tlast = ends_line;

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      status_q <= '0;
      filling_q <= 1'b1;
      valid_q <= 1'b0;
      second_q <= 1'b0;
      column_q <= '0;
      row_q <= '0;
    end else begin
      status_q <= (status_clear ? 5'd0 : status_q) | pulses;
      if (tap_conv0_valid && tap_conv0_ready) begin
        row[IndexBits'(column_q)] <= tap_conv0_data;
        size_q <= size;
        column_q <= column_q + 16'd1;
        if (column_q == size[15:0] - 16'd1) begin
          filling_q <= 1'b0;
          column_q <= '0;
          valid_q <= 1'b1;
          first_q <= row_q == '0;
        end
      end
      if (valid_q && m_axis_video_tready) begin
        first_q <= 1'b0;
        column_q <= ends_line ? '0 : column_q + 16'd2;
        if (ends_line) second_q <= !second_q;
        if (ends_line && second_q) begin
          valid_q <= 1'b0;
          filling_q <= 1'b1;
          row_q <= row_q == height - 16'd1 ? '0 : row_q + 16'd1;
        end
      end
    end
  end
endmodule
