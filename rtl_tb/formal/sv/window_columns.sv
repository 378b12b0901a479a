// SPDX-License-Identifier: Apache-2.0
// Invariants of the window's stage 2: the chosen pixel is where its place says, in the columns of
// the window and in the row memory at its own column.  They use window_entering and all before it.
module window_columns
  import window_places_pkg::*;
#(
  parameter integer SIZE = 3,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic                           seen_i,
  input place_t                         chosen_i,
  input place_t                         newest_i,
  input logic [ValueBits-1:0]           value_i,
  input logic [SIZE-1:0]                filled_i,
  input place_t [SIZE-1:0]              places_i,
  input logic [SIZE*SIZE*ValueBits-1:0] columns_i,
  input logic [(SIZE-1)*ValueBits-1:0]  kept_i      // the row memory's word at the chosen column
);
  if (INVARIANTS) begin : gen_invariants
    logic [15:0] newest_row;  // in that word
    assign newest_row = newest_i.row - 16'(chosen_i.column > newest_i.column);

    always_comb begin
      for (int ky = 0; ky < SIZE; ky++) begin
        for (int kx = 0; kx < SIZE; kx++) begin
          if (seen_i && filled_i[kx] && places_i[kx].column == chosen_i.column &&
              places_i[kx].row + 16'(ky) == chosen_i.row + 16'(SIZE - 1)) begin
            assert (columns_i[(kx*SIZE+ky)*ValueBits +: ValueBits] == value_i);
          end
        end
        if (seen_i && ky < SIZE - 1 && newest_row + 16'(ky) == chosen_i.row + 16'(SIZE - 2)) begin
          assert (kept_i[ky*ValueBits +: ValueBits] == value_i);
        end
      end
    end
  end
endmodule
