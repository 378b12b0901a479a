// SPDX-License-Identifier: Apache-2.0
// Three stages behind the position control, as deep as the window's pipeline, and which place of
// the frame each of them holds: 1 the column that enters, 2 the columns of the window, 3 the taps.
//
// Follows one pixel of the solver's choice (chosen_o never changes) through them; it stands for
// every pixel.  All assertions are invariants of these places; they use position_counts and nothing
// later.
module window_places
  import window_places_pkg::*;
#(
  parameter integer SIZE = 3,
  parameter integer AHEAD = 1,
  parameter integer MAX_WIDTH = 3,
  parameter bit     INVARIANTS = 1'b1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [ValueBits-1:0] pixel_i,

  input  logic                 push_i,  // what the control says
  input  logic                 starts_i,
  input  logic                 take_i,
  input  logic                 emit_i,
  input  logic [15:0]          in_row_i,
  input  logic [15:0]          in_column_i,
  input  logic [15:0]          out_row_i,
  input  logic [15:0]          out_column_i,
  input  logic [31:0]          size_i,

  input  logic                 known_i,  // and what position_counts knows of it
  input  logic                 running_i,
  input  logic                 begun_i,
  input  logic [15:0]          taken_row_i,
  input  logic [15:0]          taken_column_i,

  output place_t               chosen_o,
  output stage_t               stage1_o,
  output stage_t               stage2_o,
  output stage_t               stage3_o,
  output logic [3:1]           valid_o,   // the stage holds a place
  output logic [2:1]           push_o,    // it has got it in the last clock
  output logic [SIZE-1:0]      filled_o,  // of stage 2's columns: it belongs to this frame
  output place_t [SIZE-1:0]    places_o   // its newest pixel's place; the newest column last
);
  logic seen_q, hit, frame_starts;
  logic [3:1] valid_q;
  logic [2:1] push_q;
  logic [SIZE-1:0] filled_q;
  logic [ValueBits-1:0] value_q;
  place_t chosen_q;
  place_t [SIZE-1:0] places_q;
  stage_t entering, stage1_q, stage2_q, stage3_q;

  assign hit = push_i && take_i && taken_row_i == chosen_q.row &&
               taken_column_i == 16'(chosen_q.column);
  always_comb begin
    entering.place = {in_row_i, in_column_i[ColumnBits-1:0]};
    entering.output_place = {out_row_i, out_column_i[ColumnBits-1:0]};
    entering.size = {size_i[31:16], size_i[ColumnBits-1:0]};
    entering.emit = emit_i;
    entering.seen = hit || (seen_q && !starts_i);
    entering.value = hit ? pixel_i : value_q;
  end

  assign frame_starts = stage1_q.place == '0;
  always_ff @(posedge clk_i) begin
    chosen_q <= chosen_q;
    if (!rst_ni) {valid_q, push_q} <= '0;
    else begin
      push_q <= {push_q[1], push_i};
      valid_q <= {valid_q[3] || push_q[2], valid_q[2] || push_q[1], valid_q[1] || push_i};
    end
    if (push_i) {seen_q, value_q} <= {entering.seen, entering.value};
    if (push_i) stage1_q <= entering;
    if (push_q[1]) stage2_q <= stage1_q;
    if (push_q[2]) stage3_q <= stage2_q;
    if (push_q[1]) begin
      places_q <= {stage1_q.place, places_q[SIZE-1:1]};
      filled_q <= {1'b1, filled_q[SIZE-1:1] & {(SIZE-1){!frame_starts}}};
    end
  end

  // The chosen pixel is inside the frame and not after this place; the output is `lag` behind it.
  function automatic logic consistent(input stage_t stage);
    logic related, inside_frame;
    logic [15:0] carry;
    carry = stage.place.row - stage.output_place.row - 16'(AHEAD);
    related = carry <= 16'(AHEAD);
    for (int rows = 0; rows <= AHEAD; rows++) begin
      if (carry == 16'(rows) && 20'(rows) * 20'(stage.size.column) + 20'(stage.place.column) !=
                                20'(stage.output_place.column) + 20'(AHEAD)) related = 1'b0;
    end
    inside_frame = chosen_q.row < stage.size.row && chosen_q.column < stage.size.column;
    return (related || !stage.emit) && stage.seen == (inside_frame && chosen_q <= stage.place) &&
           stage.size.row < 16'hfff0 && stage.place.row < 16'hfff8 &&
           stage.output_place.row < stage.size.row &&
           stage.output_place.column < stage.size.column &&
           stage.place.column < stage.size.column && 16'(stage.size.column) <= 16'(MAX_WIDTH);
  endfunction

  // The control and the stages: one position apart when there was a push and none apart otherwise.
  if (INVARIANTS) begin : gen_invariants
    logic columns_fit;
    assign columns_fit = size_i[15:ColumnBits] == '0 && in_column_i[15:ColumnBits] == '0 &&
                         out_column_i[15:ColumnBits] == '0;
    always_comb begin
      if (known_i) begin
        assert ((!push_q[1] || valid_q[1]) && (!push_q[2] || valid_q[2]));
        if (valid_q[1]) assert (consistent(stage1_q));
        if (valid_q[2]) assert (consistent(stage2_q));
        if (running_i) begin
          assert (columns_fit && valid_q[1] && stage1_q.size == entering.size);
          assert (seen_q == stage1_q.seen && value_q == stage1_q.value);
          if (begun_i) assert (entering.place == stage1_q.place);
          else assert (follows(entering.place, stage1_q.place, entering.size.column));
        end
        if (valid_q[1] && !push_q[1]) assert (valid_q[2] && stage2_q == stage1_q);
        if (valid_q[2] && !push_q[2]) assert (valid_q[3] && stage3_q == stage2_q);
        if (push_q[1] && !frame_starts) begin
          assert (valid_q[2] && stage1_q.size == stage2_q.size);
          assert (follows(stage1_q.place, stage2_q.place, stage2_q.size.column));
          if (stage2_q.seen) assert (stage1_q.seen && stage1_q.value == stage2_q.value);
        end
      end
    end

    // The columns of stage 2 are those of the last places.
    always_comb begin
      if (known_i && valid_q[2]) begin
        assert (filled_q[SIZE-1] && places_q[SIZE-1] == stage2_q.place);
        for (int k = 0; k < SIZE - 1; k++) begin
          if (filled_q[k]) begin
            assert (filled_q[k+1] && places_q[k].column < stage2_q.size.column);
            assert (follows(places_q[k+1], places_q[k], stage2_q.size.column));
          end else if (filled_q[k+1]) begin
            assert (places_q[k+1] == '0);
          end
        end
      end
    end
  end

  assign chosen_o = chosen_q;
  assign stage1_o = stage1_q;
  assign stage2_o = stage2_q;
  assign stage3_o = stage3_q;
  assign valid_o = valid_q;
  assign push_o = push_q;
  assign filled_o = filled_q;
  assign places_o = places_q;
endmodule
