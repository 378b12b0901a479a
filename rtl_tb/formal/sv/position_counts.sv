// SPDX-License-Identifier: Apache-2.0
// What a position control promises, counted apart from it: the pixels and the outputs each by a
// reader of its own, the positions before the first output one by one.
//
// A frame takes exactly H + IN_EXTRA_ROWS rows of W pixels, passes exactly LAG_ROWS * W +
// LAG_COLUMNS positions without an output, then emits exactly H + EXTRA_ROWS rows of W outputs;
// every position runs all its folds, and the next frame begins right after.  Nothing waits when
// there is a pixel and room; as a frame's positions are finite, it ends.
module position_counts #(
  parameter integer NEURON_FOLDS = 1,
  parameter integer SYNAPSE_FOLDS = 1,
  parameter integer LAG_ROWS = 0,
  parameter integer LAG_COLUMNS = 0,
  parameter integer EXTRA_ROWS = 0,
  parameter integer IN_EXTRA_ROWS = 0,
  parameter bit     INVARIANTS = 1'b1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        s_valid_i,
  input  logic        s_ready_i,
  input  logic [31:0] s_size_i,
  input  logic        room_i,

  input  logic        step_i,  // what the control says
  input  logic        first_i,
  input  logic        last_i,
  input  logic        starts_i,
  input  logic        take_i,
  input  logic        emit_i,
  input  logic [15:0] neuron_i,
  input  logic [15:0] synapse_i,
  input  logic [15:0] in_column_i,
  input  logic [15:0] out_row_i,
  input  logic [15:0] out_column_i,
  input  logic [31:0] size_i,

  input  logic        started_i,  // its registers
  input  logic        done_i,
  input  logic [19:0] lag_i,
  input  logic [15:0] in_row_i,
  input  logic [31:0] kept_size_i,

  output logic        known_o,      // a reset has been
  output logic        running_o,    // inside a frame
  output logic        begun_o,      // inside a position: its first fold is done
  output logic        all_taken_o,  // all the frame's pixels are taken
  output logic [15:0] taken_row_o,  // of the next pixel
  output logic [15:0] taken_column_o
);
  localparam integer Folds = NEURON_FOLDS * SYNAPSE_FOLDS;

  logic known_q;
  initial known_q = 1'b0;
  always_ff @(posedge clk_i) known_q <= 1'b1;
  always_comb begin
    if (!known_q) assume (!rst_ni);
    if (s_valid_i) begin
      assume (s_size_i[31:16] >= 16'd1 && s_size_i[31:16] < 16'hfff0 && s_size_i[15:0] >= 16'd1);
    end
  end

  logic running_q, all_taken_q, in_reading, in_ends, out_reading, out_ends;
  logic takes, emits, ends;
  logic [15:0] fold_q, column_q, height, width, in_rows, out_rows;
  logic [15:0] taken_row, taken_column, emitted_row, emitted_column;
  logic [19:0] waited_q, lag;
  logic [31:0] size_q, in_size, out_size;
  assign {height, width} = running_q ? size_q : s_size_i;
  assign in_rows = height + 16'(IN_EXTRA_ROWS);
  assign out_rows = height + 16'(EXTRA_ROWS);
  assign lag = 20'(LAG_ROWS) * 20'(width) + 20'(LAG_COLUMNS);
  assign takes = step_i && first_i && take_i;
  assign emits = step_i && last_i && emit_i;
  assign ends = fold_q == 16'(Folds - 1);

  frame_reader u_taken (
    .clk_i,
    .rst_ni,
    .pixel_i(takes),
    .size_i({in_rows, width}),
    .reading_o(in_reading),
    .ends_o(in_ends),
    .size_o(in_size),
    .row_o(taken_row),
    .column_o(taken_column)
  );
  frame_reader u_emitted (
    .clk_i,
    .rst_ni,
    .pixel_i(emits),
    .size_i({out_rows, width}),
    .reading_o(out_reading),
    .ends_o(out_ends),
    .size_o(out_size),
    .row_o(emitted_row),
    .column_o(emitted_column)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      all_taken_q <= 1'b0;
      fold_q <= '0;
      waited_q <= '0;
      column_q <= '0;
    end else if (step_i) begin
      running_q <= !(emits && out_ends);
      all_taken_q <= (all_taken_q || (takes && in_ends)) && !(emits && out_ends);
      fold_q <= ends ? 16'd0 : fold_q + 16'd1;
      if (last_i && !emit_i) waited_q <= waited_q + 20'd1;
      if (last_i) column_q <= column_q + 16'd1 == width ? 16'd0 : column_q + 16'd1;
      if (emits && out_ends) {waited_q, column_q} <= '0;
    end
    if (step_i) size_q <= {height, width};
  end

  always_comb begin
    if (known_q) begin
      // A position waits, whole, and only for its pixel or for room.
      if (!first_i) assert (step_i);
      if (room_i && (s_valid_i || !take_i)) assert (step_i);
      if (step_i && first_i && emit_i) assert (room_i);
      assert ((s_valid_i && s_ready_i) == takes);
      if (s_ready_i) assert (first_i);
    end
  end

  always_comb begin
    if (known_q && step_i) begin
      assert (first_i == (fold_q == 16'd0) && last_i == ends);
      assert (16'(SYNAPSE_FOLDS) * neuron_i + synapse_i == fold_q);
      assert (synapse_i < 16'(SYNAPSE_FOLDS) && neuron_i < 16'(NEURON_FOLDS));
      assert (starts_i == !running_q && size_i == {height, width});
      if (first_i) assert (take_i == !all_taken_q);
      assert (emit_i == (waited_q == lag));
      assert (in_column_i == column_q);
      if (takes) assert (in_column_i == taken_column);
      if (emit_i) assert (out_row_i == emitted_row && out_column_i == emitted_column);
      if (emits && out_ends) assert (all_taken_q || (takes && in_ends));
    end
  end

  assign known_o = known_q;
  assign running_o = running_q;
  assign begun_o = fold_q != 16'd0;
  assign all_taken_o = all_taken_q;
  assign taken_row_o = taken_row;
  assign taken_column_o = taken_column;

  // Invariants that make one step of induction enough: the control's registers, told by the
  // readers. In a position's first fold its pixel is not yet counted, in the others it is.
  // Position = in_row * W + in_column = lag + out_row * W + out_column, where the rows differ by
  // LAG_ROWS and by what LAG_COLUMNS carries; `rows` is that difference, a constant, so nothing is
  // multiplied.
  if (INVARIANTS) begin : gen_invariants
    logic [15:0] carry;
    logic line_ends, pixels_end;  // with this position
    assign carry = in_row_i - out_row_i - 16'(LAG_ROWS);
    assign line_ends = in_column_i + 16'd1 == width;
    assign pixels_end = line_ends && in_row_i + 16'd1 == in_rows;

    always_comb begin
      if (known_q) begin
        assert (fold_q < 16'(Folds));
        assert (16'(SYNAPSE_FOLDS) * neuron_i + synapse_i == fold_q);
        assert (synapse_i < 16'(SYNAPSE_FOLDS) && neuron_i < 16'(NEURON_FOLDS));
        assert (started_i == running_q);
        assert (column_q == in_column_i);
        assert (emitted_row == out_row_i && emitted_column == out_column_i);
        assert (all_taken_q == (done_i || (fold_q != 16'd0 && pixels_end)));
        if (!running_q) begin
          assert (!all_taken_q && !in_reading && !out_reading && fold_q == 16'd0 && waited_q == '0);
          assert (in_row_i == 16'd0 && in_column_i == 16'd0);
        end
      end
    end

    always_comb begin
      if (known_q && running_q) begin
        assert (kept_size_i == size_q && height >= 16'd1 && height < 16'hfff0 && width >= 16'd1);
        assert (column_q < width && waited_q <= lag && lag_i == lag - waited_q);
        assert (done_i == (in_row_i >= in_rows));
        if (out_reading) assert (waited_q == lag && out_size == {out_rows, width});
        if (out_reading) assert (emitted_row < out_rows && emitted_column < width);
        if (in_reading) assert (!all_taken_q && in_size == {in_rows, width});
        if (in_reading) assert (taken_row < in_rows && taken_column < width);
        if (!all_taken_q && fold_q == 16'd0) begin
          assert (in_reading && taken_row == in_row_i && taken_column == in_column_i);
        end
        if (!all_taken_q && fold_q != 16'd0) begin
          assert (in_reading && taken_row == in_row_i + 16'(line_ends));
          assert (taken_column == (line_ends ? 16'd0 : in_column_i + 16'd1));
        end
      end
    end

    always_comb begin
      if (known_q && running_q) begin
        if (waited_q != lag) assert (in_row_i <= 16'(LAG_ROWS + LAG_COLUMNS));
        else assert (carry <= 16'(LAG_COLUMNS));
        for (int rows = 0; rows <= LAG_ROWS + LAG_COLUMNS; rows++) begin
          if (waited_q != lag && in_row_i == 16'(rows)) begin
            assert (waited_q == 20'(rows) * 20'(width) + 20'(in_column_i));
          end
          if (waited_q == lag && carry == 16'(rows)) begin
            assert (20'(rows) * 20'(width) + 20'(in_column_i) ==
                    20'(out_column_i) + 20'(LAG_COLUMNS));
          end
        end
      end
    end
  end else begin : gen_no_invariants
    logic unused_registers;
    assign unused_registers = ^{started_i, done_i, lag_i, in_row_i, kept_size_i, taken_row,
                                in_reading, in_size, out_reading, out_size};
  end
endmodule
