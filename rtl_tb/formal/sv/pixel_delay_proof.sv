// SPDX-License-Identifier: Apache-2.0
// The pixel delay under every sequence of frames: any sizes, any pixels, any stalls, a reset at any time.
//
// Proved: every pixel leaves once, in order, less 128, with the size of its own frame; it waits for nothing
// but its consumer; the source waits only while there is a pixel to take.
module pixel_delay_proof #(
  parameter integer DEPTH = 4,
  parameter integer FRAMES = 2,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        track_i,
  input logic        s_valid_i,
  input logic [7:0]  s_data_i,
  input logic [31:0] s_size_i,
  input logic        m_ready_i
);
  localparam integer AddressBits = $clog2(DEPTH);
  localparam integer PlaceBits = $clog2(FRAMES);
  localparam integer LevelBits = $clog2(DEPTH + 1);

  logic s_ready, m_valid, push, pop;
  logic [7:0] m_data;
  logic [31:0] m_size;
  logic [LevelBits-1:0] level;
  pixel_delay #(
    .DEPTH(DEPTH),
    .FRAMES(FRAMES)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o(s_ready),
    .s_data_i,
    .s_size_i,
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .m_size_o(m_size),
    .stored_o(level)
  );
  assign push = s_valid_i && s_ready;
  assign pop = m_valid && m_ready_i;

  // The source gives whole frames, the size beside every pixel.
  logic reading, ends;
  logic [31:0] size;
  logic [15:0] row, column;
  frame_reader u_source (
    .clk_i,
    .rst_ni,
    .pixel_i(push),
    .size_i(s_size_i),
    .reading_o(reading),
    .ends_o(ends),
    .size_o(size),
    .row_o(row),
    .column_o(column)
  );
  always_comb begin
    if (reading) assume (s_size_i == size);
    assume (s_size_i[31:16] != '0 && s_size_i[15:0] != '0);
  end

  // Frames that have come and gone, of which frame each stored pixel is, and the size of that frame.
  logic [7:0] come_q, gone_q;
  logic [7:0] frame_of[DEPTH];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      come_q <= '0;
      gone_q <= '0;
    end else begin
      come_q <= come_q + 8'(push && ends);
      gone_q <= gone_q + 8'(pop && u_dut.last_out);
    end
    if (push) frame_of[u_dut.u_pixels.write_q] <= come_q;
  end
  function automatic logic [31:0] size_of(input logic [7:0] frame);
    logic [7:0] place;
    place = 8'(u_dut.u_sizes.head_q) + frame - gone_q;
    return u_dut.u_sizes.memory[PlaceBits'(place >= 8'(FRAMES) ? place - 8'(FRAMES) : place)];
  endfunction

  logic known, awake;
  logic [LevelBits-1:0] stored;
  logic [AddressBits-1:0] head, tracked;
  assign head = u_dut.u_pixels.head_q;
  fifo_order #(
    .WIDTH(40),
    .DEPTH(DEPTH),
    .INVARIANTS(INVARIANTS)
  ) u_pixels (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i(push),
    .s_ready_i(u_dut.pixel_room),
    .s_data_i({s_size_i, s_data_i - 8'd128}),
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i({m_size, m_data}),
    .level_i(level),
    .head_i(head),
    .after_head_i(u_dut.u_pixels.after_head_q),
    .write_i(u_dut.u_pixels.write_q),
    .one_i(u_dut.u_pixels.one_q),
    .one_less_i(u_dut.u_pixels.one_less_q),
    .head_word_i({size_of(frame_of[head]), u_dut.u_pixels.memory[head][7:0]}),
    .tracked_address_o(tracked),
    .tracked_word_i({size_of(frame_of[tracked]), u_dut.u_pixels.memory[tracked][7:0]}),
    .known_o(known),
    .awake_o(awake),
    .stored_o(stored)
  );
  always_comb begin
    if (known && awake && !s_ready) assert (m_valid);
    if (known && push) assert (u_dut.pixel_room);
  end

  // The mark of the pixel that came last, the frame numbers that step with the marks, the sizes' places.
  function automatic logic [AddressBits-1:0] address(input int words);
    return AddressBits'(int'(head) + words >= DEPTH ? int'(head) + words - DEPTH : int'(head) + words);
  endfunction
  if (INVARIANTS) begin : gen_invariants
    logic [31:0] last_size;
    assign last_size = size_of(come_q);
    always_comb begin
      if (known) begin
        assert (u_dut.unused_level == ($clog2(FRAMES+1))'(8'(reading) + come_q - gone_q));
        assert (8'(reading) + come_q - gone_q <= 8'(FRAMES));
        assert (u_dut.starts == !reading && u_dut.unused_valid == (8'(reading) + come_q != gone_q));
        if (reading) assert (last_size == size);
        if (stored == '0) assert (come_q == gone_q);
        else assert (frame_of[head] == gone_q && u_dut.last_out == u_dut.u_pixels.memory[head][8]);
        for (int words = 0; words < DEPTH; words++) begin
          if (words < int'(stored)) begin
            assert ((words + 1 < int'(stored) ? frame_of[address(words + 1)] : come_q)
                    == frame_of[address(words)] + 8'(u_dut.u_pixels.memory[address(words)][8]));
          end
          if (words + 1 == int'(stored)) assert (u_dut.u_pixels.memory[address(words)][8] == !reading);
        end
      end
    end
    logic [PlaceBits-1:0] tracked_size;
    fifo_order #(
      .WIDTH(32),
      .DEPTH(FRAMES)
    ) u_sizes (
      .clk_i,
      .rst_ni,
      .track_i,
      .s_valid_i(push && u_dut.starts),
      .s_ready_i(u_dut.size_room),
      .s_data_i(s_size_i),
      .m_valid_i(u_dut.unused_valid),
      .m_ready_i(pop && u_dut.last_out),
      .m_data_i(m_size),
      .level_i(u_dut.unused_level),
      .head_i(u_dut.u_sizes.head_q),
      .after_head_i(u_dut.u_sizes.after_head_q),
      .write_i(u_dut.u_sizes.write_q),
      .one_i(u_dut.u_sizes.one_q),
      .one_less_i(u_dut.u_sizes.one_less_q),
      .head_word_i(u_dut.u_sizes.memory[u_dut.u_sizes.head_q]),
      .tracked_address_o(tracked_size),
      .tracked_word_i(u_dut.u_sizes.memory[tracked_size]),
      .known_o(),
      .awake_o(),
      .stored_o()
    );
    position_flags u_flags (
      .clk_i,
      .started_i(u_dut.u_control.started_q),
      .done_i(u_dut.u_control.done_q),
      .silent_i(u_dut.u_control.silent_q),
      .emit_i(u_dut.u_control.emit_q),
      .first_i(u_dut.u_control.first_q),
      .synapse_ends_i(u_dut.u_control.synapse_ends_q),
      .neuron_ends_i(u_dut.u_control.neuron_ends_q),
      .in_line_ends_i(u_dut.u_control.in_line_ends_q),
      .out_line_ends_i(u_dut.u_control.out_line_ends_q),
      .in_rows_end_i(u_dut.u_control.in_rows_end_q),
      .out_rows_end_i(u_dut.u_control.out_rows_end_q),
      .neuron_i(u_dut.u_control.neuron_q),
      .synapse_i(u_dut.u_control.synapse_q),
      .in_row_i(u_dut.u_control.in_row_q),
      .in_column_i(u_dut.u_control.in_column_q),
      .out_row_i(u_dut.u_control.out_row_q),
      .out_column_i(u_dut.u_control.out_column_q),
      .size_i(u_dut.u_control.size_q),
      .lag_i(u_dut.u_control.lag_q),
      .one_wide_i(u_dut.u_control.one_wide_q),
      .column_before_i(u_dut.u_control.column_before_q),
      .in_row_before_i(u_dut.u_control.in_row_before_q),
      .out_row_before_i(u_dut.u_control.out_row_before_q)
    );
    position_counts u_counts (
      .clk_i,
      .rst_ni,
      .s_valid_i,
      .s_ready_i(s_ready),
      .s_size_i,
      .room_i(u_dut.u_control.room_i),
      .step_i(push),
      .first_i(1'b1),
      .last_i(1'b1),
      .starts_i(u_dut.starts),
      .take_i(u_dut.u_control.take_o),
      .emit_i(u_dut.u_control.emit_o),
      .neuron_i(u_dut.u_control.neuron_o),
      .synapse_i(u_dut.u_control.synapse_o),
      .in_column_i(u_dut.u_control.in_column_o),
      .out_row_i(u_dut.row),
      .out_column_i(u_dut.column),
      .size_i(u_dut.size),
      .started_i(u_dut.u_control.started_q),
      .done_i(u_dut.u_control.done_q),
      .lag_i(u_dut.u_control.lag_q),
      .in_row_i(u_dut.u_control.in_row_q),
      .kept_size_i(u_dut.u_control.size_q),
      .known_o(),
      .running_o(),
      .begun_o(),
      .all_taken_o(),
      .taken_row_o(),
      .taken_column_o()
    );
    always_comb begin
      if (known && reading) begin
        assert (row == u_dut.row && column == u_dut.column && size == u_dut.u_control.size_q);
      end
    end
  end
endmodule
