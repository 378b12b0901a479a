// SPDX-License-Identifier: Apache-2.0
// Counts the positions and folds of one engine, frame after frame.
//
// A frame of H x W takes (H + EXTRA_ROWS) * W + lag positions of NEURON_FOLDS * SYNAPSE_FOLDS
// clocks, lag = LAG_ROWS * W + LAG_COLUMNS.  The first (H + IN_EXTRA_ROWS) * W positions take a
// beat each; all but the first `lag` emit an output.  The frame's size comes with its pixels; after
// the last position the next frame begins without a clock between.
//
// A word holds PIXELS neighbouring pixels of a line: W, the lag and all columns are in words.
//
// What a frame's size decides is registered with its first position, so that no path leads from the
// size through a comparison to what an engine does.
//
// Latency: 0, the outputs tell what the engine does in this very clock when step_o is high.
// Throughput: one fold per clock while pixels come (s_valid_i) and there is room (room_i).
// Combinational: s_valid_i, s_size_i, room_i to the outputs; s_ready_o never depends on s_valid_i.
// Back-pressure: a position waits, whole, at its first fold; once begun it runs to its last.
module position_control #(
  parameter int NEURON_FOLDS = 1,
  parameter int SYNAPSE_FOLDS = 1,
  parameter int LAG_ROWS = 0,
  parameter int LAG_COLUMNS = 0,
  parameter int EXTRA_ROWS = 0,
  parameter int IN_EXTRA_ROWS = 0,
  parameter int PIXELS = 1  // of a word: 1, 2 or 4
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        s_valid_i,
  output logic        s_ready_o,
  input  logic [31:0] s_size_i,     // {height, width + PIXELS - 1}, constant during a frame
  input  logic        room_i,       // the output can hold what the position emits
  output logic        step_o,       // a fold is done in this clock
  output logic        first_o,      // it is the first of its position
  output logic        last_o,       // it is the last of its position
  output logic        starts_o,     // it is the first of its frame
  output logic        take_o,       // the position takes a pixel, in its first fold
  output logic        emit_o,       // the position emits an output
  output logic [15:0] neuron_o,
  output logic [15:0] synapse_o,
  output logic [15:0] in_column_o,  // of the pixel taken; goes on counting when none is left
  output logic [15:0] out_row_o,    // of the output emitted
  output logic [15:0] out_column_o,
  output logic [31:0] size_o
);
  if (NEURON_FOLDS < 1 || SYNAPSE_FOLDS < 1 || NEURON_FOLDS * SYNAPSE_FOLDS > 32768
      || LAG_ROWS < 0 || LAG_ROWS > 15 || LAG_COLUMNS < 0 || LAG_COLUMNS > 15
      || EXTRA_ROWS < 0 || EXTRA_ROWS > 15 || IN_EXTRA_ROWS < 0 || IN_EXTRA_ROWS > EXTRA_ROWS + LAG_ROWS
      || (PIXELS != 1 && PIXELS != 2 && PIXELS != 4))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "position_control: NEURON_FOLDS %0d, SYNAPSE_FOLDS %0d; allowed at least 1, in product at most 32768; ",
      NEURON_FOLDS, SYNAPSE_FOLDS,
      "LAG_ROWS %0d, LAG_COLUMNS %0d, EXTRA_ROWS %0d; allowed 0..15; ",
      LAG_ROWS, LAG_COLUMNS, EXTRA_ROWS,
      "IN_EXTRA_ROWS %0d; allowed 0..%0d; ", IN_EXTRA_ROWS, EXTRA_ROWS + LAG_ROWS,
      "PIXELS %0d; allowed 1, 2, 4", PIXELS
    );
  end

  localparam int LagBits = 20;  // LAG_ROWS <= 15 rows of 16 bits of width
  localparam bit LagsNone = LAG_ROWS == 0 && LAG_COLUMNS == 0;

  // Flags of the position or fold that is next, each made with its counter's next value.
  logic started_q;  // a frame is under way
  logic done_q;     // all its pixels are taken
  logic silent_q;   // a frame is under way, and the position emits nothing
  logic emit_q, first_q, synapse_ends_q, neuron_ends_q;
  logic in_line_ends_q, out_line_ends_q, in_rows_end_q, out_rows_end_q;
  logic [15:0] neuron_q, synapse_q, in_row_q, in_column_q, out_row_q, out_column_q;

  // Constants where there is one fold, so that no register of them is left.
  logic first, synapse_ends, neuron_ends;
  assign first = NEURON_FOLDS * SYNAPSE_FOLDS == 1 || first_q;
  assign synapse_ends = SYNAPSE_FOLDS == 1 || synapse_ends_q;
  assign neuron_ends = NEURON_FOLDS == 1 || neuron_ends_q;
  // The frame's descriptor: its size, and the places before the last of its lines and rows.
  logic [31:0] size_q;
  logic [LagBits-1:0] lag_q;
  logic one_wide_q;
  logic [15:0] column_before_q, in_row_before_q, out_row_before_q;

  // Only the first position needs it before it is registered; there all counters are 0.
  logic [15:0] height, width;  // in words
  logic one_wide, two_wide;  // what the pixel says of its frame
  assign height = s_size_i[31:16];
  assign width = s_size_i[15:0] >> $clog2(PIXELS);
  assign one_wide = width == 16'd1;
  assign two_wide = width == 16'd2;

  logic emit, in_line_ends, out_line_ends, in_rows_end, out_rows_end, frame_ends;
  assign emit = started_q ? emit_q : LagsNone;
  assign in_line_ends = started_q ? in_line_ends_q : one_wide;
  assign out_line_ends = started_q ? out_line_ends_q : one_wide;
  assign in_rows_end = started_q ? in_rows_end_q : IN_EXTRA_ROWS == 0 && height == 16'd1;
  assign out_rows_end = started_q ? out_rows_end_q : EXTRA_ROWS == 0 && height == 16'd1;
  assign frame_ends = emit && out_line_ends && out_rows_end;

  // Where a step inside a line or down a row leads to.
  logic to_last_in_column, to_last_out_column, to_last_in_row, to_last_out_row, to_emit, still_wide;
  assign still_wide = started_q ? one_wide_q : one_wide;
  assign to_last_in_column = started_q ? in_column_q == column_before_q : two_wide;
  assign to_last_out_column = started_q ? out_column_q == column_before_q : two_wide;
  assign to_last_in_row =
    started_q ? in_row_q == in_row_before_q : height == 16'(2 - IN_EXTRA_ROWS);
  assign to_last_out_row =
    started_q ? out_row_q == out_row_before_q : height == 16'(2 - EXTRA_ROWS);
  assign to_emit = emit || (started_q ? lag_q == LagBits'(1)
                                      : LAG_ROWS == 0 ? LAG_COLUMNS == 1
                                      : LAG_ROWS == 1 && LAG_COLUMNS == 0 && one_wide);

  assign size_o = started_q ? size_q : s_size_i;
  assign first_o = first;
  assign last_o = neuron_ends && synapse_ends;
  assign starts_o = !started_q;
  assign take_o = !done_q;
  assign emit_o = emit;
  assign neuron_o = neuron_q;
  assign synapse_o = synapse_q;
  assign in_column_o = in_column_q;
  assign out_row_o = out_row_q;
  assign out_column_o = out_column_q;

  // A frame's first position asks for room in any case, so that s_ready_o is free of s_size_i.
  assign s_ready_o = first && !done_q && (room_i || silent_q);
  assign step_o = !first || (done_q ? room_i : s_valid_i && (room_i || silent_q));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
      synapse_ends_q <= SYNAPSE_FOLDS == 1;
      neuron_ends_q <= NEURON_FOLDS == 1;
      neuron_q <= '0;
      synapse_q <= '0;
    end else if (step_o) begin
      first_q <= last_o;
      synapse_q <= synapse_ends ? '0 : synapse_q + 16'd1;
      synapse_ends_q <=
        synapse_ends_q ? SYNAPSE_FOLDS == 1 : synapse_q == 16'(SYNAPSE_FOLDS - 2);
      if (synapse_ends) begin
        neuron_q <= neuron_ends ? '0 : neuron_q + 16'd1;
        neuron_ends_q <= neuron_ends_q ? NEURON_FOLDS == 1 : neuron_q == 16'(NEURON_FOLDS - 2);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      started_q <= 1'b0;
      done_q <= 1'b0;
      silent_q <= 1'b0;
      in_row_q <= '0;
      in_column_q <= '0;
      out_row_q <= '0;
      out_column_q <= '0;
    end else if (step_o) begin
      started_q <= !(last_o && frame_ends);
      silent_q <= !(last_o ? to_emit : emit);
      if (last_o) begin
        in_column_q <= in_line_ends || frame_ends ? '0 : in_column_q + 16'd1;
        if (in_line_ends) in_row_q <= in_row_q + 16'd1;
        if (in_line_ends && in_rows_end) done_q <= 1'b1;
        if (emit) out_column_q <= out_line_ends ? '0 : out_column_q + 16'd1;
        if (emit && out_line_ends) out_row_q <= out_row_q + 16'd1;
        if (frame_ends) begin
          done_q <= 1'b0;
          in_row_q <= '0;
          out_row_q <= '0;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_o) begin
      emit_q <= last_o ? to_emit : emit;
      in_line_ends_q <= !last_o ? in_line_ends : in_line_ends ? still_wide : to_last_in_column;
      in_rows_end_q <= last_o && in_line_ends ? to_last_in_row : in_rows_end;
      out_line_ends_q <=
        !(last_o && emit) ? out_line_ends : out_line_ends ? still_wide : to_last_out_column;
      out_rows_end_q <= last_o && emit && out_line_ends ? to_last_out_row : out_rows_end;
      if (started_q) lag_q <= lag_q - LagBits'(last_o && !emit_q);
      else lag_q <= LagBits'(LAG_ROWS) * LagBits'(width)
                    + (last_o && !LagsNone ? LagBits'(LAG_COLUMNS - 1) : LagBits'(LAG_COLUMNS));
      if (!started_q) begin
        size_q <= s_size_i;
        one_wide_q <= one_wide;
        column_before_q <= width - 16'd2;
        in_row_before_q <= height + 16'(IN_EXTRA_ROWS) - 16'd2;
        out_row_before_q <= height + 16'(EXTRA_ROWS) - 16'd2;
      end
    end
  end
endmodule
