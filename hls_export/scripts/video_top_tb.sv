// SPDX-License-Identifier: Apache-2.0
// Self-checking bench of video_top in SystemVerilog alone, for any simulator with delays: network @hash@.
//
// Reads @vectors@/index.txt below the folder that it runs in (+vectors=DIR: another).  Every frame goes through the registers and the
// streams with random pauses of both sides (+seed=N); every output sample, SOF, EOL and tkeep is compared.  Ends by $fatal after
// the first difference, else prints how many samples were compared.
`timescale 1ns / 1ps
module video_top_tb;
  localparam int Components = @components@;  // samples of a pixel
  localparam int SamplesIn = @pixels@ * Components, SamplesOut = @beat_pixels@ * Components;  // of a beat
  localparam int Scale = @scale@, Clocks = @clocks@;
  localparam logic [11:0] Control = 12'h00, Height = 12'h10, Width = 12'h18, Status = 12'h20, Frames = 12'h28;

  logic clk = 1'b0, rst_n = 1'b0;
  always #2 clk = !clk;

  logic interrupt;
  logic awvalid = 0, awready, wvalid = 0, wready, bvalid, arvalid = 0, arready, rvalid;
  logic [11:0] awaddr = 0, araddr = 0;
  logic [31:0] wdata = 0, rdata;
  logic [1:0] bresp, rresp;
  logic s_valid = 0, s_ready, s_last = 0, m_valid, m_ready = 0, m_last;
  logic [8*SamplesIn-1:0] s_data = 0;
  logic [0:0] s_user = 0, m_user;
  logic [8*SamplesOut-1:0] m_data;
  logic [SamplesOut-1:0] m_keep;

  video_top dut (
    .aclk(clk), .aresetn(rst_n), .interrupt(interrupt),
    .s_axi_control_awvalid(awvalid), .s_axi_control_awready(awready), .s_axi_control_awaddr(awaddr),
    .s_axi_control_wvalid(wvalid), .s_axi_control_wready(wready), .s_axi_control_wdata(wdata), .s_axi_control_wstrb(4'hF),
    .s_axi_control_bvalid(bvalid), .s_axi_control_bready(1'b1), .s_axi_control_bresp(bresp),
    .s_axi_control_arvalid(arvalid), .s_axi_control_arready(arready), .s_axi_control_araddr(araddr),
    .s_axi_control_rvalid(rvalid), .s_axi_control_rready(1'b1), .s_axi_control_rdata(rdata), .s_axi_control_rresp(rresp),
    .s_axis_video_tvalid(s_valid), .s_axis_video_tready(s_ready), .s_axis_video_tdata(s_data),
    .s_axis_video_tuser(s_user), .s_axis_video_tlast(s_last),
    .m_axis_video_tvalid(m_valid), .m_axis_video_tready(m_ready), .m_axis_video_tdata(m_data),
    .m_axis_video_tkeep(m_keep), .m_axis_video_tuser(m_user), .m_axis_video_tlast(m_last)
  );

  string folder, name, first, last;
  integer index, source, golden, seed, height, width, compared = 0, frames = 0, idle = 0;
  logic [31:0] word;

  // Signals are driven and read while the clock is low; a beat moves at the rising edge between.
  task automatic write(input [11:0] address, input [31:0] value);
    logic taken_aw, taken_w;
    awvalid = 1; awaddr = address; wvalid = 1; wdata = value;
    while (awvalid || wvalid) begin
      taken_aw = awvalid && awready; taken_w = wvalid && wready;
      @(negedge clk);
      if (taken_aw) awvalid = 0;
      if (taken_w) wvalid = 0;
    end
    while (!bvalid) @(negedge clk);
    @(negedge clk);
  endtask

  task automatic read(input [11:0] address);
    logic taken;
    arvalid = 1; araddr = address; taken = 0;
    while (!taken) begin
      taken = arready;
      @(negedge clk);
    end
    arvalid = 0;
    while (!rvalid) @(negedge clk);
    word = rdata;
    @(negedge clk);
  endtask

  task automatic send();
    integer row, column, lane;
    logic taken;
    for (row = 0; row < height; row = row + 1)
      for (column = 0; column < width * Components; column = column + SamplesIn) begin
        while ($random(seed) & 1) @(negedge clk);
        s_data = 0;
        for (lane = 0; lane < SamplesIn; lane = lane + 1)
          if (column + lane < width * Components) s_data[8*lane+:8] = $fgetc(source);
        s_valid = 1; s_user = row == 0 && column == 0; s_last = column + SamplesIn >= width * Components; taken = 0;
        while (!taken) begin
          taken = s_ready;
          @(negedge clk);
        end
        s_valid = 0;
      end
  endtask

  task automatic receive();
    integer row, column, lane, sample, line;
    line = Scale * width * Components;
    for (row = 0; row < Scale * height; row = row + 1)
      for (column = 0; column < line; column = column + SamplesOut) begin
        idle = 0;
        m_ready = 0;
        while (!(m_ready && m_valid)) begin
          @(negedge clk);
          m_ready = $random(seed) & 1;
          idle = idle + 1;
          if (idle > 2000 + 40 * Clocks * (height + 16) * (width + 16)) fail("no beat", row, column, 0, 0);
        end
        if (m_user !== (row == 0 && column == 0)) fail("SOF", row, column, row == 0 && column == 0, m_user);
        if (m_last !== (column + SamplesOut >= line)) fail("EOL", row, column, column + SamplesOut >= line, m_last);
        for (lane = 0; lane < SamplesOut; lane = lane + 1) begin
          if (m_keep[lane] !== (column + lane < line)) fail("tkeep", row, (column + lane) / Components, column + lane < line, m_keep[lane]);
          if (column + lane < line) begin
            sample = $fgetc(golden);
            if (m_data[8*lane+:8] !== sample[7:0]) fail("pixel", row, (column + lane) / Components, sample, m_data[8*lane+:8]);
            compared = compared + 1;
          end
        end
        @(negedge clk);
        m_ready = 0;
      end
  endtask

  task automatic fail(input string what, input integer row, input integer column, input integer wanted, input integer got);
    $fatal(1, "frame '%0s', row %0d, column %0d: %0s %0d; golden %0d", name, row, column, what, got, wanted);
  endtask

  task automatic one_frame();
    source = $fopen({folder, "/", first, ".bin"}, "rb");
    golden = $fopen({folder, "/", last, ".bin"}, "rb");
    if (source == 0 || golden == 0) $fatal(1, "%0s/%0s.bin or %0s.bin cannot be read", folder, first, last);
    write(Control, 0);
    word = 32'h100;
    while (word[8]) read(Status);
    write(Height, height);
    write(Width, width);
    write(Control, 1);
    fork
      send();
      receive();
    join
    if ($fgetc(golden) != -1) $fatal(1, "%0s.bin is longer than the frame", last);
    $fclose(source);
    $fclose(golden);
    frames = frames + 1;
  endtask

  task automatic every_frame();
    string kind, text;
    integer number, found;
    first = "";
    found = $fscanf(index, "%s", kind);
    while (found == 1) begin
      if (kind == "frame" || kind == "end") begin
        if (first != "") one_frame();
        first = "";
      end
      if (kind == "frame") found = $fscanf(index, "%s %d %d", name, height, width);
      else if (kind == "tensor") begin
        found = $fscanf(index, "%s %d %d %d %d %s %s %s", text, number, number, number, number, text, text, last);
        if (first == "") first = last;
      end else found = $fscanf(index, "%s", text);
      found = $fscanf(index, "%s", kind);
    end
  endtask

  initial begin
    if ($value$plusargs("vectors=%s", folder) == 0) folder = "@vectors@";
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    index = $fopen({folder, "/index.txt"}, "r");
    if (index == 0) $fatal(1, "%0s/index.txt cannot be read", folder);
    repeat (8) @(negedge clk);
    rst_n = 1;
    @(negedge clk);
    every_frame();
    repeat (100) @(negedge clk) if (m_valid) $fatal(1, "beats behind the last frame");
    read(Status);
    if (word !== 0) $fatal(1, "status %0h; needed 0", word);
    read(Frames);
    if (word !== frames || compared == 0) $fatal(1, "frame_count %0d of %0d frames, %0d samples compared", word, frames, compared);
    $display("video_top_tb: %0d frames, %0d pixels compared, 0 mismatches", frames, compared / Components);
    $finish;
  end
endmodule
