// The position control under every frame size, any gaps in the pixels and in the room.
//
// A frame takes exactly H + IN_EXTRA_ROWS rows of W pixels, passes exactly `lag` positions without an
// output, then emits exactly H + EXTRA_ROWS rows of W outputs; every position runs all its folds, and
// the next frame begins right after.  Nothing waits when there is a pixel and room; as a frame's
// positions are finite, it ends.
module position_control_proof #(
  parameter integer NEURON_FOLDS = 1,
  parameter integer SYNAPSE_FOLDS = 1,
  parameter integer LAG_ROWS = 0,
  parameter integer LAG_COLUMNS = 0,
  parameter integer EXTRA_ROWS = 0,
  parameter integer IN_EXTRA_ROWS = 0
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        s_valid_i,
  input logic [31:0] s_size_i,
  input logic        room_i
);
  localparam integer Folds = NEURON_FOLDS * SYNAPSE_FOLDS;

  logic s_ready, step, first, last, starts, take, emit;
  logic [15:0] neuron, synapse, in_column, out_row, out_column;
  logic [31:0] size;

  position_control #(
    .NEURON_FOLDS(NEURON_FOLDS),
    .SYNAPSE_FOLDS(SYNAPSE_FOLDS),
    .LAG_ROWS(LAG_ROWS),
    .LAG_COLUMNS(LAG_COLUMNS),
    .EXTRA_ROWS(EXTRA_ROWS),
    .IN_EXTRA_ROWS(IN_EXTRA_ROWS)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o(s_ready),
    .s_size_i,
    .room_i,
    .step_o(step),
    .first_o(first),
    .last_o(last),
    .starts_o(starts),
    .take_o(take),
    .emit_o(emit),
    .neuron_o(neuron),
    .synapse_o(synapse),
    .in_column_o(in_column),
    .out_row_o(out_row),
    .out_column_o(out_column),
    .size_o(size)
  );

  logic known_q;
  initial known_q = 1'b0;
  always_ff @(posedge clk_i) known_q <= 1'b1;
  always_comb begin
    if (!known_q) assume (!rst_ni);
    if (s_valid_i) begin
      assume (s_size_i[31:16] >= 16'd1 && s_size_i[31:16] < 16'hfff0 && s_size_i[15:0] >= 16'd1);
    end
  end

  // The pixels and the outputs, each counted by a reader of its own, and the positions before them.
  logic running_q;  // inside a frame
  logic all_taken_q, out_reading;
  logic [15:0] fold_q, height, width, taken_column, emitted_row, emitted_column, column_q;
  logic [19:0] waited_q, lag;
  logic [31:0] size_q, in_size, out_size;
  logic in_reading, takes, emits, ends, in_ends, out_ends;
  assign {height, width} = running_q ? size_q : s_size_i;
  assign lag = 20'(LAG_ROWS) * 20'(width) + 20'(LAG_COLUMNS);
  assign takes = step && first && take;
  assign emits = step && last && emit;
  assign ends = fold_q == 16'(Folds - 1);

  logic [15:0] taken_row;
  frame_reader u_taken (
    .clk_i, .rst_ni, .pixel_i(takes), .size_i({height + 16'(IN_EXTRA_ROWS), width}),
    .reading_o(in_reading), .ends_o(in_ends), .size_o(in_size),
    .row_o(taken_row), .column_o(taken_column)
  );
  frame_reader u_emitted (
    .clk_i, .rst_ni, .pixel_i(emits), .size_i({height + 16'(EXTRA_ROWS), width}),
    .reading_o(out_reading), .ends_o(out_ends), .size_o(out_size),
    .row_o(emitted_row), .column_o(emitted_column)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      all_taken_q <= 1'b0;
      fold_q <= '0;
      waited_q <= '0;
      column_q <= '0;
    end else if (step) begin
      running_q <= !(emits && out_ends);
      all_taken_q <= (all_taken_q || (takes && in_ends)) && !(emits && out_ends);
      fold_q <= ends ? 16'd0 : fold_q + 16'd1;
      if (last && !emit) waited_q <= waited_q + 20'd1;
      if (last) column_q <= column_q + 16'd1 == width ? 16'd0 : column_q + 16'd1;
      if (emits && out_ends) {waited_q, column_q} <= '0;
    end
    if (step) size_q <= {height, width};
  end

  always_comb begin
    if (known_q) begin
      // A position waits, whole, and only for its pixel or for room.
      if (!first) assert (step);
      if (room_i && (s_valid_i || !take)) assert (step);
      if (step && first && emit) assert (room_i);
      assert ((s_valid_i && s_ready) == takes);
      if (s_ready) assert (first);

      if (step) begin
        assert (first == (fold_q == 16'd0) && last == ends);
        assert (16'(SYNAPSE_FOLDS) * neuron + synapse == fold_q && synapse < 16'(SYNAPSE_FOLDS));
        assert (starts == !running_q && size == {height, width});
        if (first) assert (take == !all_taken_q);
        assert (emit == (waited_q == lag));
        assert (in_column == column_q);
        if (first && take) assert (in_column == taken_column);
        if (emit) assert (out_row == emitted_row && out_column == emitted_column);
        if (emits && out_ends) assert (all_taken_q || (takes && in_ends));
      end
    end
  end

  // Invariants: the DUT's counters, told by the readers.  Position = in_row * W + in_column =
  // lag + out_row * W + out_column, where the rows differ by LAG_ROWS and what LAG_COLUMNS carries.
  logic [15:0] carry;
  logic line_ends, pixel_ends;  // the line, the pixels end with this position
  assign line_ends = u_dut.in_column_q + 16'd1 == width;
  assign pixel_ends = u_dut.in_row_q + 16'd1 == height + 16'(IN_EXTRA_ROWS);
  assign carry = u_dut.in_row_q - u_dut.out_row_q - 16'(LAG_ROWS);
  always_comb begin
    if (known_q) begin
      assert (fold_q < 16'(Folds));
      assert (16'(SYNAPSE_FOLDS) * u_dut.neuron_q + u_dut.synapse_q == fold_q);
      assert (u_dut.synapse_q < 16'(SYNAPSE_FOLDS) && u_dut.neuron_q < 16'(NEURON_FOLDS));
      assert (u_dut.started_q == running_q);
      assert (column_q == u_dut.in_column_q);
      assert (emitted_row == u_dut.out_row_q && emitted_column == u_dut.out_column_q);
      assert (all_taken_q == (u_dut.done_q || (fold_q != 16'd0 && pixel_ends && line_ends)));
      if (!running_q) begin
        assert (!all_taken_q && !in_reading && !out_reading && fold_q == 16'd0 && waited_q == '0);
        assert (u_dut.in_row_q == 16'd0 && u_dut.in_column_q == 16'd0);
      end
      if (running_q) begin
        assert (u_dut.size_q == size_q && height >= 16'd1 && height < 16'hfff0 && width >= 16'd1);
        assert (column_q < width && waited_q <= lag && u_dut.lag_q == lag - waited_q);
        assert (u_dut.done_q == (u_dut.in_row_q >= height + 16'(IN_EXTRA_ROWS)));
        if (out_reading) assert (waited_q == lag && out_size == {height + 16'(EXTRA_ROWS), width});
        if (out_reading) assert (emitted_row < height + 16'(EXTRA_ROWS) && emitted_column < width);
        if (in_reading) assert (!all_taken_q && in_size == {height + 16'(IN_EXTRA_ROWS), width});
        if (in_reading) assert (taken_row < height + 16'(IN_EXTRA_ROWS) && taken_column < width);
        if (waited_q != lag) assert (u_dut.in_row_q <= 16'(LAG_ROWS + LAG_COLUMNS));
        for (int rows = 0; rows <= LAG_ROWS + LAG_COLUMNS; rows++) begin
          if (waited_q != lag && u_dut.in_row_q == 16'(rows)) begin
            assert (waited_q == 20'(rows) * 20'(width) + 20'(u_dut.in_column_q));
          end
        end
        if (waited_q == lag) begin
          assert (carry <= 16'(LAG_COLUMNS));
          for (int rows = 0; rows <= LAG_COLUMNS; rows++) begin
            if (carry == 16'(rows)) begin
              assert (20'(rows) * 20'(width) + 20'(u_dut.in_column_q) ==
                      20'(u_dut.out_column_q) + 20'(LAG_COLUMNS));
            end
          end
        end
        // In a position's first fold its pixel is not yet counted, in the others it is.
        if (!all_taken_q && fold_q == 16'd0) begin
          assert (in_reading && taken_row == u_dut.in_row_q && taken_column == u_dut.in_column_q);
        end
        if (!all_taken_q && fold_q != 16'd0) begin
          assert (in_reading && taken_row == u_dut.in_row_q + 16'(line_ends));
          assert (taken_column == (line_ends ? 16'd0 : u_dut.in_column_q + 16'd1));
        end
      end
    end
  end
endmodule
