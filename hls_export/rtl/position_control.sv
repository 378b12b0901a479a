// SPDX-License-Identifier: Apache-2.0
// Counts the positions and folds of one engine, frame after frame.
//
// A frame of H x W takes (H + EXTRA_ROWS) * W + lag positions of NEURON_FOLDS * SYNAPSE_FOLDS
// clocks, lag = LAG_ROWS * W + LAG_COLUMNS.  The first (H + IN_EXTRA_ROWS) * W positions take a
// beat each; all but the first `lag` emit an output.  The frame's size comes with its pixels; after
// the last position the next frame begins without a clock between.
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
  parameter int IN_EXTRA_ROWS = 0
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        s_valid_i,
  output logic        s_ready_o,
  input  logic [31:0] s_size_i,     // {height, width}, constant during a frame
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
      || EXTRA_ROWS < 0 || EXTRA_ROWS > 15 || IN_EXTRA_ROWS < 0 || IN_EXTRA_ROWS > EXTRA_ROWS + LAG_ROWS)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "position_control: NEURON_FOLDS %0d, SYNAPSE_FOLDS %0d; allowed at least 1, in product at most 32768; ",
      NEURON_FOLDS, SYNAPSE_FOLDS,
      "LAG_ROWS %0d, LAG_COLUMNS %0d, EXTRA_ROWS %0d; allowed 0..15; ",
      LAG_ROWS, LAG_COLUMNS, EXTRA_ROWS,
      "IN_EXTRA_ROWS %0d; allowed 0..%0d", IN_EXTRA_ROWS, EXTRA_ROWS + LAG_ROWS
    );
  end

  localparam int LagBits = 20;  // LAG_ROWS <= 8 rows of 16 bits of width

  logic started_q, done_q;  // a frame is under way; all its pixels are taken
  logic [15:0] neuron_q, synapse_q, in_row_q, in_column_q, out_row_q, out_column_q;
  logic [31:0] size_q;
  logic [LagBits-1:0] lag_q;

  logic [15:0] height, width, last_in_row, last_out_row;
  logic [LagBits-1:0] lag;
  logic in_line_ends, out_line_ends, frame_ends, synapse_ends;

  assign size_o = started_q ? size_q : s_size_i;
  assign {height, width} = size_o;
  assign lag = started_q ? lag_q : LagBits'(LAG_ROWS) * LagBits'(width) + LagBits'(LAG_COLUMNS);
  assign last_in_row = height + 16'(IN_EXTRA_ROWS) - 16'd1;
  assign last_out_row = height + 16'(EXTRA_ROWS) - 16'd1;

  assign synapse_ends = synapse_q == 16'(SYNAPSE_FOLDS - 1);
  assign first_o = neuron_q == 16'd0 && synapse_q == 16'd0;
  assign last_o = neuron_q == 16'(NEURON_FOLDS - 1) && synapse_ends;
  assign starts_o = !started_q;
  assign take_o = !done_q;
  assign emit_o = lag == '0;
  assign neuron_o = neuron_q;
  assign synapse_o = synapse_q;
  assign in_column_o = in_column_q;
  assign out_row_o = out_row_q;
  assign out_column_o = out_column_q;

  // A frame's first position may emit, which depends on the size and so on the pixel's being there;
  // asking for room in any case keeps s_ready_o free of s_size_i.
  assign s_ready_o = first_o && take_o && (room_i || (started_q && lag_q != '0));
  assign step_o = !first_o || (take_o ? s_valid_i && s_ready_o : room_i);

  assign in_line_ends = in_column_q == width - 16'd1;
  assign out_line_ends = out_column_q == width - 16'd1;
  assign frame_ends = emit_o && out_line_ends && out_row_q == last_out_row;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      started_q <= 1'b0;
      done_q <= 1'b0;
      neuron_q <= '0;
      synapse_q <= '0;
      in_row_q <= '0;
      in_column_q <= '0;
      out_row_q <= '0;
      out_column_q <= '0;
    end else if (step_o) begin
      started_q <= !(last_o && frame_ends);
      synapse_q <= synapse_ends ? '0 : synapse_q + 16'd1;
      if (synapse_ends) neuron_q <= last_o ? '0 : neuron_q + 16'd1;
      if (last_o) begin
        in_column_q <= in_line_ends || frame_ends ? '0 : in_column_q + 16'd1;
        if (in_line_ends) in_row_q <= in_row_q + 16'd1;
        if (in_line_ends && in_row_q == last_in_row) done_q <= 1'b1;
        if (emit_o) out_column_q <= out_line_ends ? '0 : out_column_q + 16'd1;
        if (emit_o && out_line_ends) out_row_q <= out_row_q + 16'd1;
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
      size_q <= size_o;
      lag_q <= last_o && lag != '0 ? lag - LagBits'(1) : lag;
    end
  end
endmodule
