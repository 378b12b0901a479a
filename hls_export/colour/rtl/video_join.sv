// SPDX-License-Identifier: Apache-2.0
// Luma and two planes of chroma become one AXI4-Stream video of three components (AMD UG934, YUV
// 4:4:4: of each pixel Y lowest, then Cb, then Cr).
//
// The planes of chroma are of a frame with REACH pixels more on each side before it was enlarged by
// SCALE: lines above and below, LEAD beats before each line and those behind luma's EOL are dropped.
// s_size_i is {height, width} of the LR frame, one word a frame, taken with its last beat of chroma.
//
// Latency: 1 clock.  Throughput: 1 beat per clock, kept or dropped.
// Combinational: from each valid to the ready of the others; none from m_axis_video_tready.
// Back-pressure: a beat waits for its partners; what is dropped waits for nothing.
module video_join #(
  parameter int BEAT_PIXELS = 4,
  parameter int SCALE = 2,
  parameter int REACH = 2,
  parameter int LEAD = 1
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      s_size_valid_i,
  output logic                      s_size_ready_o,
  input  logic [31:0]               s_size_i,
  input  logic                      s_luma_valid_i,
  output logic                      s_luma_ready_o,
  input  logic [BEAT_PIXELS*8-1:0]  s_luma_data_i,
  input  logic [BEAT_PIXELS-1:0]    s_luma_keep_i,
  input  logic                      s_luma_user_i,
  input  logic                      s_luma_last_i,
  input  logic [1:0]                s_chroma_valid_i,  // Cb, Cr
  output logic [1:0]                s_chroma_ready_o,
  input  logic [BEAT_PIXELS*16-1:0] s_chroma_data_i,   // Cr's beat above Cb's
  input  logic [1:0]                s_chroma_last_i,
  output logic                      m_axis_video_tvalid,
  input  logic                      m_axis_video_tready,
  output logic [BEAT_PIXELS*24-1:0] m_axis_video_tdata,
  output logic [BEAT_PIXELS*3-1:0]  m_axis_video_tkeep,
  output logic                      m_axis_video_tuser,
  output logic                      m_axis_video_tlast
);
  if (BEAT_PIXELS < 1 || SCALE < 1 || SCALE > 16 || REACH < 0 || REACH > 255 || LEAD < 0 || LEAD > 255
      || LEAD * BEAT_PIXELS != REACH * SCALE) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "video_join: BEAT_PIXELS %0d, SCALE %0d, REACH %0d, LEAD %0d; allowed at least 1, 1..16, 0..255, ",
      BEAT_PIXELS, SCALE, REACH, LEAD,
      "whole beats of REACH * SCALE pixels"
    );
  end

  localparam logic [19:0] Above = 20'(REACH * SCALE);

  logic [19:0] line_q, lines;  // of the larger frame; of the frame
  logic [7:0] lead_q;          // beats of the line still to be dropped before it
  logic behind_q;              // luma's line has ended
  logic unused_width;
  assign lines = 20'(s_size_i[31:16]) * 20'(SCALE);
  assign unused_width = ^s_size_i[15:0];

  logic kept, chroma, room, goes, last_line, ends;
  assign kept = line_q >= Above && line_q < Above + lines && lead_q == '0 && !behind_q;
  assign chroma = &s_chroma_valid_i && s_size_valid_i;
  assign goes = !kept || (s_luma_valid_i && room);
  assign s_chroma_ready_o =
    {2{s_size_valid_i && goes}} & {s_chroma_valid_i[0], s_chroma_valid_i[1]};
  assign s_luma_ready_o = chroma && kept && room;
  assign last_line = line_q == lines + 20'(2 * REACH * SCALE) - 20'd1;
  assign ends = chroma && goes && s_chroma_last_i[0];
  assign s_size_ready_o = ends && last_line;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      line_q <= '0;
      lead_q <= 8'(LEAD);
      behind_q <= 1'b0;
    end else if (ends) begin
      line_q <= last_line ? '0 : line_q + 20'd1;
      lead_q <= 8'(LEAD);
      behind_q <= 1'b0;
    end else if (chroma && goes) begin
      if (lead_q != '0) lead_q <= lead_q - 8'd1;
      if (kept) behind_q <= s_luma_last_i;
    end
  end

  logic unused_last;  // both planes have their lines alike
  assign unused_last = s_chroma_last_i[1];

  logic [BEAT_PIXELS*24-1:0] pixels;
  logic [BEAT_PIXELS*3-1:0] keep;
  for (genvar p = 0; p < BEAT_PIXELS; p++) begin : gen_pixel
    logic [7:0] cb, cr;
    assign cb = s_chroma_data_i[p*8 +: 8];
    assign cr = s_chroma_data_i[(BEAT_PIXELS+p)*8 +: 8];
    assign keep[p*3 +: 3] = {3{s_luma_keep_i[p]}};
    assign pixels[p*24 +: 24] =
      s_luma_keep_i[p] ? {cr, cb, s_luma_data_i[p*8 +: 8]} : 24'd0;
  end

  skid_buffer #(.WIDTH(BEAT_PIXELS*27 + 2)) u_output (
    .clk_i, .rst_ni, .s_valid_i(chroma && kept && s_luma_valid_i), .s_ready_o(room),
    .s_data_i({s_luma_last_i, s_luma_user_i, keep, pixels}),
    .m_valid_o(m_axis_video_tvalid), .m_ready_i(m_axis_video_tready),
    .m_data_o({m_axis_video_tlast, m_axis_video_tuser, m_axis_video_tkeep, m_axis_video_tdata})
  );
endmodule
