// SPDX-License-Identifier: Apache-2.0
// The video output under every frame size, any stalls of the rows and of the port, a reset at any
// time.
//
// Counted in pixels and lines, where the DUT counts beats.  Proved: a frame is exactly H * STRIDE
// lines of exactly W * STRIDE kept pixels; SOF is on its first beat alone, EOL on each line's last;
// each pixel is the next of its own row's words, each word is taken once, and the size with the
// frame's last beat; nothing waits when there are a size, a row's word and room.  skid_order proves
// the output buffer.
module video_output_proof #(
  parameter integer STRIDE = 2,
  parameter integer BEAT_PIXELS = 2,
  parameter integer WORD_PIXELS = 4,
  parameter integer FIRST_ROW = 4,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic                            clk_i,
  input logic                            rst_ni,
  input logic                            track_i,
  input logic                            size_valid_i,
  input logic [31:0]                     size_i,
  input logic [STRIDE-1:0]               row_valid_i,
  input logic [STRIDE*WORD_PIXELS*8-1:0] row_data_i,
  input logic                            m_ready_i
);
  localparam integer WordBits = WORD_PIXELS * 8;
  localparam integer BeatBits = BEAT_PIXELS * 9 + 2;

  logic size_ready, m_valid, m_sof, m_eol;
  logic [STRIDE-1:0] row_ready;
  logic [BEAT_PIXELS*8-1:0] m_data;
  logic [BEAT_PIXELS-1:0] m_keep;

  video_output #(
    .STRIDE(STRIDE),
    .BEAT_PIXELS(BEAT_PIXELS),
    .WORD_PIXELS(WORD_PIXELS),
    .FIRST_ROW(FIRST_ROW)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_size_valid_i(size_valid_i),
    .s_size_ready_o(size_ready),
    .s_size_i(size_i),
    .s_row_valid_i(row_valid_i),
    .s_row_ready_o(row_ready),
    .s_row_data_i(row_data_i),
    .m_axis_video_tvalid(m_valid),
    .m_axis_video_tready(m_ready_i),
    .m_axis_video_tdata(m_data),
    .m_axis_video_tkeep(m_keep),
    .m_axis_video_tuser(m_sof),
    .m_axis_video_tlast(m_eol)
  );

  // A beat, where it enters the output's skid buffer.
  logic beat, room, sof, eol;
  logic [BEAT_PIXELS-1:0] keep;
  logic [BEAT_PIXELS*8-1:0] data;
  assign room = u_dut.u_output.s_ready_o;
  assign beat = u_dut.u_output.s_valid_i && room;
  assign {sof, eol, keep, data} = u_dut.u_output.s_data_i;

  skid_order #(
    .WIDTH(BeatBits),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(u_dut.u_output.s_valid_i),
    .s_ready_i(room),
    .s_data_i({sof, eol, keep, data}),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i({m_sof, m_eol, m_keep, m_data}),
    .skid_valid_i(u_dut.u_output.skid_valid_q),
    .skid_data_i(u_dut.u_output.skid_data_q)
  );

  // The size stays until it is taken, as from a FIFO.
  logic known_q, pending_q;
  logic [31:0] size_q;
  initial known_q = 1'b0;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    pending_q <= rst_ni && size_valid_i && !size_ready;
    size_q <= size_i;
  end
  always_comb begin
    if (pending_q) assume (size_valid_i && size_i == size_q);
    if (size_valid_i) assume (size_i[31:16] != 16'd0 && size_i[15:0] != 16'd0);
  end

  // Kept pixels of this line and whole lines of this frame that have left; the line's row, and how
  // many pixels of its word.
  logic [19:0] pixels_q, lines_q, width, height, kept;
  logic [7:0] bank_q, offset_q;
  logic word_ends;
  assign width = 20'(size_i[15:0]) * 20'(STRIDE);
  assign height = 20'(size_i[31:16]) * 20'(STRIDE);
  always_comb begin
    kept = '0;
    for (int lane = 0; lane < BEAT_PIXELS; lane++) kept = kept + 20'(keep[lane]);
  end
  assign word_ends = pixels_q + kept == width || 32'(offset_q) + 32'(kept) == WORD_PIXELS;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {pixels_q, lines_q, offset_q} <= '0;
      bank_q <= 8'(FIRST_ROW % STRIDE);
    end else if (beat) begin
      pixels_q <= pixels_q + kept == width ? 20'd0 : pixels_q + kept;
      offset_q <= word_ends ? 8'd0 : offset_q + kept[7:0];
      if (eol) begin
        lines_q <= lines_q + 20'd1 == height ? 20'd0 : lines_q + 20'd1;
        bank_q <= 32'(bank_q) == STRIDE - 1 ? 8'd0 : bank_q + 8'd1;
        if (lines_q + 20'd1 == height) bank_q <= 8'(FIRST_ROW % STRIDE);
      end
    end
  end

  always_comb begin
    if (known_q) begin
      if (size_valid_i && row_valid_i[bank_q[$clog2(STRIDE)-1:0]] && room) assert (beat);
      assert (size_ready == (beat && eol && lines_q + 20'd1 == height));
      for (int row = 0; row < STRIDE; row++) begin
        assert ((row_valid_i[row] && row_ready[row]) == (beat && 32'(bank_q) == row && word_ends));
      end
      if (beat) begin
        assert (size_valid_i && row_valid_i[bank_q[$clog2(STRIDE)-1:0]]);
        assert (sof == (pixels_q == '0 && lines_q == '0));
        assert (eol == (pixels_q + kept == width) && pixels_q + kept <= width);
        assert (keep[0] && (eol || &keep));
      end
      for (int lane = 0; lane < BEAT_PIXELS; lane++) begin
        if (beat && lane > 0 && keep[lane]) assert (keep[lane-1]);
        if (beat && !keep[lane]) assert (data[lane*8 +: 8] == 8'd0);
        for (int row = 0; row < STRIDE; row++) begin
          for (int offset = 0; offset < WORD_PIXELS; offset += BEAT_PIXELS) begin
            if (beat && keep[lane] && 32'(bank_q) == row && 32'(offset_q) == offset) begin
              assert (data[lane*8 +: 8] == row_data_i[row*WordBits + (offset+lane)*8 +: 8]);
            end
          end
        end
      end
    end
  end

  // Invariants: the DUT's counters, told by these.
  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known_q) begin
        assert (u_dut.fresh_q == (pixels_q == '0) && u_dut.line_q == lines_q);
        assert (u_dut.first_line_q == (lines_q == '0));
        if (pixels_q != '0) begin
          assert (u_dut.left_q == width - pixels_q);
          assert (u_dut.line_ends_q == (u_dut.left_q <= 20'(BEAT_PIXELS)));
          for (int lane = 0; lane < BEAT_PIXELS; lane++) begin
            assert (u_dut.keep_q[lane] == (u_dut.left_q > 20'(lane)));
          end
        end
        if (lines_q != '0) begin
          assert (u_dut.line_before_q == height - 20'd2);
          assert (u_dut.last_line_q == (lines_q == height - 20'd1));
        end
        assert (8'(u_dut.bank_q) == bank_q && 32'(bank_q) < STRIDE);
        assert (32'(u_dut.part_q) * BEAT_PIXELS == 32'(offset_q) && 32'(offset_q) < WORD_PIXELS);
        if (pixels_q != '0 || lines_q != '0) assert (pending_q);
        if (pending_q) assert (pixels_q < 20'(size_q[15:0]) * 20'(STRIDE));
        if (pending_q) assert (lines_q < 20'(size_q[31:16]) * 20'(STRIDE));
        if (pending_q) assert (size_q[15:0] != 16'd0 && size_q[31:16] != 16'd0);
        if (pixels_q == '0) assert (offset_q == '0);
        if (pixels_q == '0 && lines_q == '0) assert (32'(bank_q) == FIRST_ROW % STRIDE);
      end
    end
  end
endmodule
