// SPDX-License-Identifier: Apache-2.0
// The position control under every frame size, any gaps in the pixels and in the room.
module position_control_proof #(
  parameter integer NEURON_FOLDS = 1,
  parameter integer SYNAPSE_FOLDS = 1,
  parameter integer LAG_ROWS = 0,
  parameter integer LAG_COLUMNS = 0,
  parameter integer EXTRA_ROWS = 0,
  parameter integer IN_EXTRA_ROWS = 0,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        s_valid_i,
  input logic [31:0] s_size_i,
  input logic        room_i
);
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

  position_flags #(
    .NEURON_FOLDS(NEURON_FOLDS),
    .SYNAPSE_FOLDS(SYNAPSE_FOLDS),
    .EXTRA_ROWS(EXTRA_ROWS),
    .IN_EXTRA_ROWS(IN_EXTRA_ROWS),
    .INVARIANTS(INVARIANTS)
  ) u_flags (
    .clk_i,
    .started_i(u_dut.started_q),
    .done_i(u_dut.done_q),
    .silent_i(u_dut.silent_q),
    .emit_i(u_dut.emit_q),
    .first_i(u_dut.first_q),
    .synapse_ends_i(u_dut.synapse_ends_q),
    .neuron_ends_i(u_dut.neuron_ends_q),
    .in_line_ends_i(u_dut.in_line_ends_q),
    .out_line_ends_i(u_dut.out_line_ends_q),
    .in_rows_end_i(u_dut.in_rows_end_q),
    .out_rows_end_i(u_dut.out_rows_end_q),
    .neuron_i(u_dut.neuron_q),
    .synapse_i(u_dut.synapse_q),
    .in_row_i(u_dut.in_row_q),
    .in_column_i(u_dut.in_column_q),
    .out_row_i(u_dut.out_row_q),
    .out_column_i(u_dut.out_column_q),
    .size_i(u_dut.size_q),
    .lag_i(u_dut.lag_q),
    .one_wide_i(u_dut.one_wide_q),
    .column_before_i(u_dut.column_before_q),
    .in_row_before_i(u_dut.in_row_before_q),
    .out_row_before_i(u_dut.out_row_before_q)
  );

  position_counts #(
    .NEURON_FOLDS(NEURON_FOLDS),
    .SYNAPSE_FOLDS(SYNAPSE_FOLDS),
    .LAG_ROWS(LAG_ROWS),
    .LAG_COLUMNS(LAG_COLUMNS),
    .EXTRA_ROWS(EXTRA_ROWS),
    .IN_EXTRA_ROWS(IN_EXTRA_ROWS),
    .INVARIANTS(INVARIANTS)
  ) u_counts (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_i(s_ready),
    .s_size_i,
    .room_i,
    .step_i(step),
    .first_i(first),
    .last_i(last),
    .starts_i(starts),
    .take_i(take),
    .emit_i(emit),
    .neuron_i(neuron),
    .synapse_i(synapse),
    .in_column_i(in_column),
    .out_row_i(out_row),
    .out_column_i(out_column),
    .size_i(size),
    .started_i(u_dut.started_q),
    .done_i(u_dut.done_q),
    .lag_i(u_dut.lag_q),
    .in_row_i(u_dut.in_row_q),
    .kept_size_i(u_dut.size_q),
    .known_o(),
    .running_o(),
    .begun_o(),
    .all_taken_o(),
    .taken_row_o(),
    .taken_column_o()
  );
endmodule
