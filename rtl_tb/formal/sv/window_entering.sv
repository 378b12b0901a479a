// SPDX-License-Identifier: Apache-2.0
// Invariants of the window's stage 1, and of the masks on their way to stage 3, told by the places.
// They use position_counts and window_places, and nothing later.
module window_entering
  import window_places_pkg::*;
#(
  parameter integer SIZE = 3,
  parameter integer AHEAD = 1,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic                          known_i,
  input place_t                        chosen_i,
  input stage_t                        stage1_i,
  input stage_t                        stage2_i,
  input logic [2:1]                    push_i,

  input logic [2:1]                    pushes_i,  // the window's registers
  input logic                          replace_i,
  input logic [15:0]                   address_i,
  input logic [(SIZE-1)*ValueBits-1:0] word_i,    // what the row memory gives
  input logic [(SIZE-1)*ValueBits-1:0] stored_i,  // what it stores at that address
  input logic [ValueBits-1:0]          pixel_i,
  input logic [2*SIZE-1:0]             rows_inside_i,  // of stage 1, then of stage 2
  input logic [2*SIZE-1:0]             columns_inside_i
);
  localparam int Behind = SIZE - 1 - AHEAD;

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known_i) assert (pushes_i == push_i && replace_i == push_i[1]);
      if (known_i && push_i[1]) begin
        if (stage1_i.seen && stage1_i.place == chosen_i) assert (pixel_i == stage1_i.value);
        assert (address_i == 16'(stage1_i.place.column) && word_i == stored_i);
      end
      for (int k = 0; k < SIZE; k++) begin
        if (known_i && push_i[1] && stage1_i.emit) begin
          assert (rows_inside_i[k] == row_inside(stage1_i, k - Behind));
          assert (columns_inside_i[k] == column_inside(stage1_i, k - Behind));
        end
        if (known_i && push_i[2] && stage2_i.emit) begin
          assert (rows_inside_i[SIZE+k] == row_inside(stage2_i, k - Behind));
          assert (columns_inside_i[SIZE+k] == column_inside(stage2_i, k - Behind));
        end
      end
    end
  end
endmodule
