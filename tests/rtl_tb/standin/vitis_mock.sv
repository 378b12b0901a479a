// What Vitis HLS writes for sr_top, as far as its ports and registers go (UG1399): a call begins with
// ap_start, takes one frame of the size in the registers, and ends.  Inside is the stand-in.
module sr_top (
  input  logic        ap_clk,
  input  logic        ap_rst_n,
  output logic        interrupt,
  input  logic        s_axi_control_AWVALID,
  output logic        s_axi_control_AWREADY,
  input  logic [5:0]  s_axi_control_AWADDR,
  input  logic        s_axi_control_WVALID,
  output logic        s_axi_control_WREADY,
  input  logic [31:0] s_axi_control_WDATA,
  input  logic [3:0]  s_axi_control_WSTRB,
  output logic        s_axi_control_BVALID,
  input  logic        s_axi_control_BREADY,
  output logic [1:0]  s_axi_control_BRESP,
  input  logic        s_axi_control_ARVALID,
  output logic        s_axi_control_ARREADY,
  input  logic [5:0]  s_axi_control_ARADDR,
  output logic        s_axi_control_RVALID,
  input  logic        s_axi_control_RREADY,
  output logic [31:0] s_axi_control_RDATA,
  output logic [1:0]  s_axi_control_RRESP,
  input  logic        s_axis_video_TVALID,
  output logic        s_axis_video_TREADY,
  input  logic [7:0]  s_axis_video_TDATA,
  input  logic [0:0]  s_axis_video_TKEEP,
  input  logic [0:0]  s_axis_video_TSTRB,
  input  logic [0:0]  s_axis_video_TUSER,
  input  logic [0:0]  s_axis_video_TLAST,
  output logic        m_axis_video_TVALID,
  input  logic        m_axis_video_TREADY,
  output logic [31:0] m_axis_video_TDATA,
  output logic [3:0]  m_axis_video_TKEEP,
  output logic [3:0]  m_axis_video_TSTRB,
  output logic [0:0]  m_axis_video_TUSER,
  output logic [0:0]  m_axis_video_TLAST
);
  logic [31:0] height_q, width_q;
  logic [5:0] address_q;
  logic start_q, done_q, has_address_q;
  logic [15:0] lines_q;

  // The address comes a clock before the data is taken, as Vitis's own slave does it.
  assign s_axi_control_AWREADY = !has_address_q && !s_axi_control_BVALID;
  assign s_axi_control_WREADY = has_address_q;
  assign s_axi_control_ARREADY = !s_axi_control_RVALID;
  assign s_axi_control_BRESP = 2'b00;
  assign s_axi_control_RRESP = 2'b00;
  assign interrupt = 1'b0;

  logic beat, frame_ends;
  assign beat = s_axis_video_TVALID && s_axis_video_TREADY;
  assign frame_ends = beat && s_axis_video_TLAST[0] && lines_q == height_q[15:0] - 16'd1;

  always_ff @(posedge ap_clk) begin
    if (!ap_rst_n) begin
      {start_q, done_q, has_address_q, s_axi_control_BVALID, s_axi_control_RVALID} <= '0;
      lines_q <= '0;
    end else begin
      if (s_axi_control_AWVALID && s_axi_control_AWREADY) begin
        has_address_q <= 1'b1;
        address_q <= s_axi_control_AWADDR;
      end
      if (s_axi_control_BVALID && s_axi_control_BREADY) s_axi_control_BVALID <= 1'b0;
      if (s_axi_control_WVALID && s_axi_control_WREADY) begin
        has_address_q <= 1'b0;
        s_axi_control_BVALID <= 1'b1;
        if (address_q == 6'h00 && s_axi_control_WDATA[0]) start_q <= 1'b1;
        if (address_q == 6'h10) height_q <= s_axi_control_WDATA;
        if (address_q == 6'h18) width_q <= s_axi_control_WDATA;
      end
      if (s_axi_control_RVALID && s_axi_control_RREADY) s_axi_control_RVALID <= 1'b0;
      if (s_axi_control_ARVALID && s_axi_control_ARREADY) begin
        s_axi_control_RVALID <= 1'b1;
        s_axi_control_RDATA <= s_axi_control_ARADDR == 6'h20 ? {27'd0, status} : {30'd0, done_q, start_q};
        if (s_axi_control_ARADDR == 6'h00) done_q <= 1'b0;
      end
      if (beat && s_axis_video_TLAST[0]) lines_q <= frame_ends ? '0 : lines_q + 16'd1;
      if (frame_ends) {start_q, done_q} <= 2'b01;
    end
  end

  logic [4:0] status;
  logic inner_ready;
  assign s_axis_video_TREADY = start_q && inner_ready;
  assign m_axis_video_TSTRB = m_axis_video_TKEEP;
  nearest u_inside (
    .aclk(ap_clk), .aresetn(ap_rst_n), .frame_height(height_q[15:0]), .frame_width(width_q[15:0]),
    .status, .status_clear(1'b0),
    .s_axis_video_tvalid(s_axis_video_TVALID && start_q), .s_axis_video_tready(inner_ready),
    .s_axis_video_tdata(s_axis_video_TDATA), .s_axis_video_tuser(s_axis_video_TUSER),
    .s_axis_video_tlast(s_axis_video_TLAST),
    .m_axis_video_tvalid(m_axis_video_TVALID), .m_axis_video_tready(m_axis_video_TREADY),
    .m_axis_video_tdata(m_axis_video_TDATA), .m_axis_video_tkeep(m_axis_video_TKEEP),
    .m_axis_video_tuser(m_axis_video_TUSER), .m_axis_video_tlast(m_axis_video_TLAST)
  );
endmodule
