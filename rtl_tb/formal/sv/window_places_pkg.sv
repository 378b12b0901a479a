// SPDX-License-Identifier: Apache-2.0
// What a stage of the window is about: the place of the newest pixel in it, and the output that goes
// with it.  The bits of a column bound the width; two bits of value stand for any number.
package window_places_pkg;
  localparam int ColumnBits = 12;
  localparam int ValueBits = 2;

  typedef struct packed {
    logic [15:0]           row;
    logic [ColumnBits-1:0] column;
  } place_t;

  typedef struct packed {
    place_t                place;   // of the newest pixel; goes on when none is left
    place_t                output_place;
    place_t                size;
    logic                  emit;
    logic                  seen;    // the chosen pixel has come, with this value
    logic [ValueBits-1:0]  value;
  } stage_t;

  // `next` is the place after `place` in a raster of this width.
  function automatic logic follows(input place_t next, input place_t place,
                                   input logic [ColumnBits-1:0] width);
    if (place.column + ColumnBits'(1) == width) begin
      return next.row == place.row + 16'd1 && next.column == '0;
    end
    return next.row == place.row && next.column == place.column + ColumnBits'(1);
  endfunction

  // The output's row (column) plus `offset` lies in the frame.
  function automatic logic row_inside(input stage_t stage, input int offset);
    return int'(stage.output_place.row) + offset >= 0 &&
           int'(stage.output_place.row) + offset < int'(stage.size.row);
  endfunction
  function automatic logic column_inside(input stage_t stage, input int offset);
    return int'(stage.output_place.column) + offset >= 0 &&
           int'(stage.output_place.column) + offset < int'(stage.size.column);
  endfunction
endpackage
