// SPDX-License-Identifier: Apache-2.0
// The line buffers and the window, driven by the position control as an engine drives them, under
// every frame of at most MAX_WIDTH columns, any gaps in the pixels and in the room.
//
// Proved: at every output position each tap is 0 outside the frame, and inside it is the pixel of
// its own place.
module window_proof
  import window_places_pkg::*;
#(
  parameter integer SIZE = 3,
  parameter integer AHEAD = 1,
  parameter integer MAX_WIDTH = 3,
  parameter integer FOLDS = 1,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 s_valid_i,
  input logic [ValueBits-1:0] s_data_i,
  input logic [31:0]          s_size_i,
  input logic                 room_i
);
  localparam integer Behind = SIZE - 1 - AHEAD;

  logic s_ready, step, first, last, starts, take, emit, push;
  logic [15:0] neuron, synapse, in_column, out_row, out_column;
  logic [31:0] size;
  logic [SIZE*SIZE*ValueBits-1:0] operands;
  assign push = step && first;

  position_control #(
    .SYNAPSE_FOLDS(FOLDS),
    .LAG_ROWS(AHEAD),
    .LAG_COLUMNS(AHEAD)
  ) u_control (
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

  window #(
    .PIXEL_BITS(ValueBits),
    .SIZE(SIZE),
    .AHEAD(AHEAD),
    .MAX_WIDTH(MAX_WIDTH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .push_i(push),
    .pixel_i(s_data_i),
    .in_column_i(in_column),
    .out_row_i(out_row),
    .out_column_i(out_column),
    .size_i(size),
    .operands_o(operands)
  );

  logic known, running, begun;
  logic [15:0] taken_row, taken_column;
  position_flags #(
    .SYNAPSE_FOLDS(FOLDS),
    .INVARIANTS(INVARIANTS)
  ) u_flags (
    .clk_i,
    .started_i(u_control.started_q),
    .done_i(u_control.done_q),
    .silent_i(u_control.silent_q),
    .emit_i(u_control.emit_q),
    .first_i(u_control.first_q),
    .synapse_ends_i(u_control.synapse_ends_q),
    .neuron_ends_i(u_control.neuron_ends_q),
    .in_line_ends_i(u_control.in_line_ends_q),
    .out_line_ends_i(u_control.out_line_ends_q),
    .in_rows_end_i(u_control.in_rows_end_q),
    .out_rows_end_i(u_control.out_rows_end_q),
    .neuron_i(u_control.neuron_q),
    .synapse_i(u_control.synapse_q),
    .in_row_i(u_control.in_row_q),
    .in_column_i(u_control.in_column_q),
    .out_row_i(u_control.out_row_q),
    .out_column_i(u_control.out_column_q),
    .size_i(u_control.size_q),
    .lag_i(u_control.lag_q),
    .one_wide_i(u_control.one_wide_q),
    .column_before_i(u_control.column_before_q),
    .in_row_before_i(u_control.in_row_before_q),
    .out_row_before_i(u_control.out_row_before_q)
  );

  position_counts #(
    .SYNAPSE_FOLDS(FOLDS),
    .LAG_ROWS(AHEAD),
    .LAG_COLUMNS(AHEAD),
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
    .started_i(u_control.started_q),
    .done_i(u_control.done_q),
    .lag_i(u_control.lag_q),
    .in_row_i(u_control.in_row_q),
    .kept_size_i(u_control.size_q),
    .known_o(known),
    .running_o(running),
    .begun_o(begun),
    .all_taken_o(),
    .taken_row_o(taken_row),
    .taken_column_o(taken_column)
  );
  always_comb if (s_valid_i) assume (s_size_i[15:0] <= 16'(MAX_WIDTH));

  place_t chosen;
  stage_t stage1, stage2, stage3;
  logic [3:1] valid;
  logic [2:1] pushed;
  logic [SIZE-1:0] filled;
  place_t [SIZE-1:0] places;
  window_places #(
    .SIZE(SIZE),
    .AHEAD(AHEAD),
    .MAX_WIDTH(MAX_WIDTH),
    .INVARIANTS(INVARIANTS)
  ) u_places (
    .clk_i,
    .rst_ni,
    .pixel_i(s_data_i),
    .push_i(push),
    .starts_i(starts),
    .take_i(take),
    .emit_i(emit),
    .in_row_i(u_control.in_row_q),
    .in_column_i(in_column),
    .out_row_i(out_row),
    .out_column_i(out_column),
    .size_i(size),
    .known_i(known),
    .running_i(running),
    .begun_i(begun),
    .taken_row_i(taken_row),
    .taken_column_i(taken_column),
    .chosen_o(chosen),
    .stage1_o(stage1),
    .stage2_o(stage2),
    .stage3_o(stage3),
    .valid_o(valid),
    .push_o(pushed),
    .filled_o(filled),
    .places_o(places)
  );

  // Row ky, column kx of an output is the chosen pixel.
  function automatic logic meets(input place_t place, input int ky, input int kx);
    return place.row + 16'(ky) == chosen.row + 16'(Behind) &&
           16'(place.column) + 16'(kx) == 16'(chosen.column) + 16'(Behind);
  endfunction

  // The claim.
  logic [ValueBits-1:0] tap;
  always_comb begin
    for (int ky = 0; ky < SIZE; ky++) begin
      for (int kx = 0; kx < SIZE; kx++) begin
        tap = operands[(ky*SIZE+kx)*ValueBits +: ValueBits];
        if (known && valid[3] && stage3.emit) begin
          if (!row_inside(stage3, ky - Behind) || !column_inside(stage3, kx - Behind)) begin
            assert (tap == '0);
          end else if (meets(stage3.output_place, ky, kx)) begin
            assert (stage3.seen && tap == stage3.value);
          end
        end
      end
    end
  end

  window_entering #(
    .SIZE(SIZE),
    .AHEAD(AHEAD),
    .INVARIANTS(INVARIANTS)
  ) u_entering (
    .known_i(known),
    .chosen_i(chosen),
    .stage1_i(stage1),
    .stage2_i(stage2),
    .push_i(pushed),
    .pushes_i({u_dut.pushed_q, u_dut.push_q}),
    .replace_i(u_dut.gen_lines.u_lines.replace_q),
    .address_i(16'(u_dut.gen_lines.u_lines.address_q)),
    .word_i(u_dut.gen_lines.u_lines.word_o),
    .stored_i(u_dut.gen_lines.u_lines.words[u_dut.gen_lines.u_lines.address_q]),
    .pixel_i(u_dut.pixel_q),
    .rows_inside_i({u_dut.row_inside, u_dut.row_inside_d}),
    .columns_inside_i({u_dut.column_inside, u_dut.column_inside_d})
  );

  window_columns #(
    .SIZE(SIZE),
    .INVARIANTS(INVARIANTS)
  ) u_columns (
    .seen_i(known && valid[2] && stage2.seen),
    .chosen_i(chosen),
    .newest_i(stage2.place),
    .value_i(stage2.value),
    .filled_i(filled),
    .places_i(places),
    .columns_i(u_dut.columns_q),
    .kept_i(u_dut.gen_lines.u_lines.words[chosen.column])
  );
endmodule
