// SPDX-License-Identifier: Apache-2.0
// UNTESTED with Verilog of Vitis HLS (none was at hand); tested with a stand-in of its ports.
// Gives the Verilog that Vitis HLS writes for sr_top the ports of the RTL's sr_top, so that
//   python -m rtl_tb --network network.npz --dut DIR --top vitis_wrapper
// simulates it: DIR holds Vitis's Verilog (solution/syn/verilog) and this file.
//
// Before each frame it writes height, width and ap_start through s_axi_control, then lets the frame pass
// and polls the control register until the call has taken it (UG1399: ap_ctrl_hs over AXI4-Lite; 0x00 is
// control with ap_start in bit 0 and ap_done in bit 1, 0x10 height, 0x18 width, 0x20 status).
//
// Latency: some ten clocks a frame for the registers, nothing in the streams.
// Combinational: the streams are wired through, the input gated while no call is under way.
// Back-pressure: that of the wrapped module.
module vitis_wrapper #(
  parameter int INPUT_PIXELS = @pixels@,
  parameter int BEAT_PIXELS = @beat_pixels@
) (
  input  logic                     aclk,
  input  logic                     aresetn,
  input  logic [15:0]              frame_height,
  input  logic [15:0]              frame_width,
  output logic [4:0]               status,
  input  logic                     status_clear,
  input  logic                     s_axis_video_tvalid,
  output logic                     s_axis_video_tready,
  input  logic [8*INPUT_PIXELS-1:0] s_axis_video_tdata,
  input  logic [0:0]               s_axis_video_tuser,
  input  logic                     s_axis_video_tlast,
  output logic                     m_axis_video_tvalid,
  input  logic                     m_axis_video_tready,
  output logic [8*BEAT_PIXELS-1:0] m_axis_video_tdata,
  output logic [BEAT_PIXELS-1:0]   m_axis_video_tkeep,
  output logic [0:0]               m_axis_video_tuser,
  output logic                     m_axis_video_tlast
);
  typedef enum logic [2:0] {Idle, Height, Width, Start, Poll, Status} state_t;
  state_t state_q, state_d;
  logic sent_address_q, sent_data_q, asked_q;  // of the access under way

  logic writes, reads, ended;
  logic [5:0] address;
  logic [31:0] write_data, read_data;
  logic aw_ready, w_ready, b_valid, ar_ready, r_valid;
  assign writes = state_q == Height || state_q == Width || state_q == Start;
  assign reads = state_q == Poll || state_q == Status;
  assign ended = writes ? b_valid : reads && r_valid;

  always_comb begin
    unique case (state_q)
      Height: {address, write_data} = {6'h10, 16'd0, frame_height};
      Width: {address, write_data} = {6'h18, 16'd0, frame_width};
      Status: {address, write_data} = {6'h20, 32'd0};
      default: {address, write_data} = {6'h00, 32'd1};
    endcase
    state_d = state_q;
    unique case (state_q)
      Idle: if (s_axis_video_tvalid) state_d = Height;
      Height: if (ended) state_d = Width;
      Width: if (ended) state_d = Start;
      Start: if (ended) state_d = Poll;
      Poll: if (ended && read_data[1]) state_d = Status;
            else if (ended && !read_data[0]) state_d = Idle;
      Status: if (ended) state_d = Poll;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      state_q <= Idle;
      {sent_address_q, sent_data_q, asked_q} <= '0;
      status <= '0;
    end else begin
      state_q <= state_d;
      sent_address_q <= !ended && (sent_address_q || (writes && aw_ready));
      sent_data_q <= !ended && (sent_data_q || (writes && w_ready));
      asked_q <= !ended && (asked_q || (reads && ar_ready));
      status <= (status_clear ? '0 : status) | (state_q == Status && ended ? read_data[4:0] : '0);
    end
  end

  // A call is under way from its start until it has taken its frame.
  logic open, valid, ready;
  assign open = reads;
  assign valid = s_axis_video_tvalid && open;
  assign s_axis_video_tready = ready && open;

  logic [BEAT_PIXELS-1:0] unused_strb;
  logic [1:0] unused_bresp, unused_rresp;
  logic unused_interrupt;
  sr_top u_vitis (
    .ap_clk(aclk), .ap_rst_n(aresetn), .interrupt(unused_interrupt),
    .s_axi_control_AWVALID(writes && !sent_address_q), .s_axi_control_AWREADY(aw_ready),
    .s_axi_control_AWADDR(address),
    .s_axi_control_WVALID(writes && !sent_data_q), .s_axi_control_WREADY(w_ready),
    .s_axi_control_WDATA(write_data), .s_axi_control_WSTRB(4'hf),
    .s_axi_control_BVALID(b_valid), .s_axi_control_BREADY(1'b1), .s_axi_control_BRESP(unused_bresp),
    .s_axi_control_ARVALID(reads && !asked_q), .s_axi_control_ARREADY(ar_ready),
    .s_axi_control_ARADDR(address),
    .s_axi_control_RVALID(r_valid), .s_axi_control_RREADY(1'b1), .s_axi_control_RDATA(read_data),
    .s_axi_control_RRESP(unused_rresp),
    .s_axis_video_TVALID(valid), .s_axis_video_TREADY(ready), .s_axis_video_TDATA(s_axis_video_tdata),
    .s_axis_video_TKEEP(1'b1), .s_axis_video_TSTRB(1'b1), .s_axis_video_TUSER(s_axis_video_tuser),
    .s_axis_video_TLAST(s_axis_video_tlast),
    .m_axis_video_TVALID(m_axis_video_tvalid), .m_axis_video_TREADY(m_axis_video_tready),
    .m_axis_video_TDATA(m_axis_video_tdata), .m_axis_video_TKEEP(m_axis_video_tkeep),
    .m_axis_video_TSTRB(unused_strb), .m_axis_video_TUSER(m_axis_video_tuser),
    .m_axis_video_TLAST(m_axis_video_tlast)
  );
endmodule
