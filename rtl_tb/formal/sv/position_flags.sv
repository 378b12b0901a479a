// SPDX-License-Identifier: Apache-2.0
// Invariants of the position control's registers: each flag, made a clock ahead, is what its counter
// says when the clock has come, and the descriptor is that of the frame's size.  They use nothing
// else.
module position_flags #(
  parameter integer NEURON_FOLDS = 1,
  parameter integer SYNAPSE_FOLDS = 1,
  parameter integer EXTRA_ROWS = 0,
  parameter integer IN_EXTRA_ROWS = 0,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic        clk_i,
  input logic        started_i,
  input logic        done_i,
  input logic        silent_i,
  input logic        emit_i,
  input logic        first_i,
  input logic        synapse_ends_i,
  input logic        neuron_ends_i,
  input logic        in_line_ends_i,
  input logic        out_line_ends_i,
  input logic        in_rows_end_i,
  input logic        out_rows_end_i,
  input logic [15:0] neuron_i,
  input logic [15:0] synapse_i,
  input logic [15:0] in_row_i,
  input logic [15:0] in_column_i,
  input logic [15:0] out_row_i,
  input logic [15:0] out_column_i,
  input logic [31:0] size_i,
  input logic [19:0] lag_i,
  input logic        one_wide_i,
  input logic [15:0] column_before_i,
  input logic [15:0] in_row_before_i,
  input logic [15:0] out_row_before_i
);
  if (INVARIANTS) begin : gen_invariants
    logic known_q;
    initial known_q = 1'b0;
    always_ff @(posedge clk_i) known_q <= 1'b1;

    logic [15:0] height, width, last_in_row, last_out_row;
    assign {height, width} = size_i;
    assign last_in_row = height + 16'(IN_EXTRA_ROWS) - 16'd1;
    assign last_out_row = height + 16'(EXTRA_ROWS) - 16'd1;

    always_comb begin
      if (known_q) begin
        assert (synapse_i < 16'(SYNAPSE_FOLDS) && neuron_i < 16'(NEURON_FOLDS));
        assert (first_i == (neuron_i == 16'd0 && synapse_i == 16'd0));
        assert (synapse_ends_i == (synapse_i == 16'(SYNAPSE_FOLDS - 1)));
        assert (neuron_ends_i == (neuron_i == 16'(NEURON_FOLDS - 1)));
        assert (silent_i == (started_i && !emit_i));
        if (!started_i) assert (!done_i && first_i && {in_row_i, in_column_i} == '0);
        if (!started_i) assert ({out_row_i, out_column_i} == '0);
      end
      if (known_q && started_i) begin
        assert (one_wide_i == (width == 16'd1) && column_before_i == width - 16'd2);
        assert (in_row_before_i == last_in_row - 16'd1 && out_row_before_i == last_out_row - 16'd1);
        assert (in_line_ends_i == (in_column_i == width - 16'd1));
        assert (out_line_ends_i == (out_column_i == width - 16'd1));
        assert (in_rows_end_i == (in_row_i == last_in_row));
        assert (out_rows_end_i == (out_row_i == last_out_row));
        assert (emit_i == (lag_i == '0));
      end
    end
  end
endmodule
