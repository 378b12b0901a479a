// SPDX-License-Identifier: Apache-2.0
// The video input under every sequence of beats, sizes and stalls, and a reset at any time.
//
// Beats are read by video_source, pixels by frame_reader, where they enter the output's skid
// buffer; skid_order proves that buffer in place.  Proved: a frame is one SOF pixel and then its
// size's pixels, each beat that is a pixel comes out at its place, every other pixel is black and
// the source gave none for it; a clean frame has no black; each status bit pulses for its fault,
// once, and for nothing else; nothing waits without a reason.
module video_input_proof #(
  parameter integer MAX_WIDTH = 1920,
  parameter integer MAX_HEIGHT = 1080,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        track_i,
  input logic [15:0] frame_height_i,
  input logic [15:0] frame_width_i,
  input logic        valid_i,
  input logic [7:0]  data_i,
  input logic        sof_i,
  input logic        eol_i,
  input logic        m_ready_i
);
  logic tready, m_valid;
  logic [7:0] m_data;
  logic [31:0] m_size;
  logic [4:0] status;

  video_input #(
    .MAX_WIDTH(MAX_WIDTH),
    .MAX_HEIGHT(MAX_HEIGHT)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .frame_height_i,
    .frame_width_i,
    .s_axis_video_tvalid(valid_i),
    .s_axis_video_tready(tready),
    .s_axis_video_tdata(data_i),
    .s_axis_video_tuser(sof_i),
    .s_axis_video_tlast(eol_i),
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .m_size_o(m_size),
    .status_o(status)
  );

  logic known_q, awake_q;
  initial known_q = 1'b0;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    awake_q <= rst_ni;
  end
  always_comb if (!known_q) assume (!rst_ni);

  // The pixels, where they enter the output's skid buffer.
  logic pixel, room;
  logic [7:0] pixel_data;
  logic [31:0] pixel_size;
  assign pixel = u_dut.pixel && u_dut.room;
  assign room = u_dut.room;
  assign pixel_data = u_dut.pixel_data;
  assign pixel_size = {u_dut.height_q, u_dut.width_q};

  skid_order #(
    .WIDTH(40),
    .INVARIANTS(INVARIANTS)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(u_dut.pixel),
    .s_ready_i(room),
    .s_data_i({pixel_size, pixel_data}),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i({m_size, m_data}),
    .skid_valid_i(u_dut.u_output.skid_valid_q),
    .skid_data_i(u_dut.u_output.skid_data_q)
  );

  logic take, opens, refused, is_pixel, open, overdue;
  logic before_sof, early_sof, early_eol, late_eol;
  logic [15:0] source_row, source_column;
  assign take = valid_i && tready;

  video_source #(
    .MAX_WIDTH(MAX_WIDTH),
    .MAX_HEIGHT(MAX_HEIGHT)
  ) u_source (
    .clk_i,
    .rst_ni,
    .take_i(take),
    .sof_i,
    .eol_i,
    .height_i(frame_height_i),
    .width_i(frame_width_i),
    .opens_o(opens),
    .refused_o(refused),
    .pixel_o(is_pixel),
    .open_o(open),
    .overdue_o(overdue),
    .row_o(source_row),
    .column_o(source_column),
    .before_sof_o(before_sof),
    .early_sof_o(early_sof),
    .early_eol_o(early_eol),
    .late_eol_o(late_eol)
  );

  logic reading;
  logic [31:0] size;
  logic [15:0] row, column;
  frame_reader u_reader (
    .clk_i,
    .rst_ni,
    .pixel_i(pixel),
    .size_i(pixel_size),
    .reading_o(reading),
    .ends_o(),
    .size_o(size),
    .row_o(row),
    .column_o(column)
  );

  // The SOF beat whose frame has not begun to come out, and what its EOL has to report then.
  logic opening_q, refusing_q;
  logic [7:0] first_data_q;
  logic first_last_q, first_early_q, first_late_q;
  logic [31:0] first_size_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      opening_q <= 1'b0;
      refusing_q <= 1'b0;
    end else begin
      opening_q <= opens || (opening_q && !(pixel && !reading));
      refusing_q <= refused || (refusing_q && reading);
    end
    if (opens) begin
      first_data_q <= data_i;
      first_size_q <= {frame_height_i, frame_width_i};
      {first_early_q, first_late_q} <= {early_eol, late_eol};
    end
    if (opens || refused) first_last_q <= eol_i;
  end

  // The source has no beat for the next pixel: it has gone past its place, or to another frame.
  logic passed, first;
  assign first = pixel && !reading;
  assign passed = opening_q || refusing_q || !open || (take && sof_i) || source_row > row ||
                  (source_row == row && source_column > column);

  // A frame without a fault since its SOF.
  logic clean_q;
  always_ff @(posedge clk_i) begin
    if (first) clean_q <= !first_early_q && !first_late_q;
    else if (early_sof || early_eol || late_eol) clean_q <= 1'b0;
  end

  always_comb begin
    if (known_q) begin
      if (first) assert (opening_q && pixel_size == first_size_q && pixel_data == first_data_q);
      if (pixel && reading) assert (pixel_size == size);
      if (is_pixel) begin
        assert (pixel && reading && !opening_q && !refusing_q);
        assert (row == source_row && column == source_column && pixel_data == data_i);
      end
      if (pixel && reading && !is_pixel) begin
        assert (pixel_data == 8'd0 && passed && (!clean_q || early_sof));
      end
      if (take) assert (!opening_q && !refusing_q);
    end
  end

  // Status: expected_q is what the last clock has to raise in this one.
  logic [4:0] expected_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) expected_q <= '0;
    else expected_q <= {(late_eol && !opens) || (first && first_late_q),
                        (early_eol && !opens) || (first && first_early_q),
                        early_sof, before_sof, refusing_q && !reading};
  end
  always_comb if (known_q) assert (status == expected_q);

  // Progress.  Every clock waits for a beat, gives a pixel, has a pixel waiting at the output, or
  // is the one clock between a frame's SOF beat and its first pixel (or its refusal).
  logic idle, idle_q;
  logic [31:0] starved_q, filled_q;  // clocks the source waited with m_ready_i high; their pixels
  assign idle = awake_q && !tready && !pixel && !m_valid;
  always_ff @(posedge clk_i) begin
    idle_q <= rst_ni && idle;
    if (!rst_ni || tready || !m_ready_i) {starved_q, filled_q} <= '0;
    else {starved_q, filled_q} <= {starved_q + 32'd1, filled_q + 32'(pixel)};
  end
  always_comb begin
    if (known_q) begin
      if (idle) assert ((opening_q || refusing_q) && !reading && !idle_q);
      assert (starved_q - filled_q <= 32'd2);
    end
  end

  // Invariants that make one step of induction enough: the DUT's registers, told by what the source
  // and the reader know.
  if (INVARIANTS) begin : gen_invariants
    logic active, at_start, at_line, at_black, at_cut;  // outside a frame; where the DUT is in one
    logic [15:0] height, width, done_rows, done_columns;
    assign active = u_dut.active_q;
    assign at_start = active && u_dut.open_q;
    assign at_black = active && u_dut.black_q;
    assign at_cut = active && u_dut.cut_q;
    assign at_line = active && !u_dut.open_q && !u_dut.black_q && !u_dut.cut_q && !u_dut.discard_q;
    assign {height, width} = pixel_size;
    assign done_rows = height - 16'd1 - u_dut.rows_left_q;
    assign done_columns = width - 16'd1 - u_dut.columns_left_q;

    // One held beat at most, and it opens what the source says.
    always_comb begin
      if (known_q) begin
        assert (u_dut.awake_q == awake_q);
        assert (!(opening_q && refusing_q));
        assert (u_dut.held_q == (opening_q || refusing_q));
        assert (u_source.refused_q == (active || u_dut.held_q ? refusing_q : u_dut.refused_q));
        if (active) assert (!u_dut.refused_q);
        if (u_dut.held_q) assert (u_dut.held_last_q == first_last_q);
        if (u_dut.held_q) begin
          assert (u_dut.fits_q == (u_dut.held_height_q - 16'd1 < 16'(MAX_HEIGHT) &&
                                   u_dut.held_width_q - 16'd1 < 16'(MAX_WIDTH)));
        end
        if (refusing_q) assert (!u_dut.fits_q && !open);
        if (opening_q) begin
          assert (u_dut.fits_q && first_size_q == {u_dut.held_height_q, u_dut.held_width_q});
          assert (u_dut.held_data_q == first_data_q);
          assert (first_early_q == (first_last_q && first_size_q[15:0] != 16'd1));
          assert (first_late_q == (!first_last_q && first_size_q[15:0] == 16'd1));
          assert (open == !(first_last_q && first_size_q[31:16] == 16'd1));
          assert (overdue == first_late_q);
        end
        if (!open) assert (!overdue);
        if (opening_q && open) begin
          assert ({u_source.height_q, u_source.width_q} == first_size_q);
          assert ({source_row, source_column} == (first_last_q ? {16'd1, 16'd0} : {16'd0, 16'd1}));
        end
      end
    end

    // Between frames, and the five places in one.
    always_comb begin
      if (known_q) begin
        if (!active) assert (!reading && !u_dut.open_q && !u_dut.black_q && !u_dut.cut_q);
        if (!active) assert (!u_dut.discard_q && (u_dut.held_q || !open));
        if (active) assert ($onehot({at_start, at_line, at_black, at_cut, u_dut.discard_q}));
        if (active) assert (u_dut.rows_left_q < height && u_dut.columns_left_q < width);
        if (active && !at_cut && !at_start) assert (!u_dut.held_q);
        if (at_start) assert (opening_q && !reading && pixel_size == first_size_q);
        if (at_start) assert (done_rows == 16'd0 && done_columns == 16'd0);
        if (at_cut) assert (u_dut.held_q);
        if (at_line || at_black || at_cut) begin
          assert (reading && row == done_rows && column == done_columns);
        end
        if (reading) assert (active && size == pixel_size);
        if (active && !u_dut.held_q && open) begin
          assert (pixel_size == {u_source.height_q, u_source.width_q});
        end
        if (at_line) assert (open && !overdue && source_row == row && source_column == column);
        if (at_black && !open) assert (u_dut.rows_left_q == 16'd0);
        if (at_black && open) assert (!overdue && u_dut.rows_left_q != 16'd0);
        if (at_black && open) assert (source_row == row + 16'd1 && source_column == 16'd0);
        if (u_dut.discard_q) begin
          assert (open && overdue && source_row == done_rows && u_dut.columns_left_q == 16'd0);
          assert (reading == (u_dut.rows_left_q != 16'd0));
          if (reading) assert (row == source_row + 16'd1 && column == 16'd0);
        end
        if (reading && clean_q) assert (!at_black && !at_cut && !u_dut.discard_q);
      end
    end

    always_comb begin
      if (known_q) begin
        if (starved_q != 32'd0) assert (room);
        if (at_cut || (!active && u_dut.held_q)) assert (starved_q - filled_q <= 32'd1);
      end
    end
  end
endmodule
