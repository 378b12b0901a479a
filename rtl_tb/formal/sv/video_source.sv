// SPDX-License-Identifier: Apache-2.0
// What a sequence of AXI4-Stream video beats means, told from the accepted beats alone: which pixel
// of which frame each of them is, and which rule of the link it breaks.
//
// The specification that video_input is held against.  It knows no black pixels, no held beats and
// no clocks: after a beat it says where the next one belongs.
module video_source #(
  parameter integer MAX_WIDTH = 1920,
  parameter integer MAX_HEIGHT = 1080
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        take_i,  // a beat is accepted
  input  logic        sof_i,
  input  logic        eol_i,
  input  logic [15:0] height_i,
  input  logic [15:0] width_i,

  output logic        opens_o,    // this beat is the first pixel of a frame of an accepted size
  output logic        refused_o,  // this beat opens a frame of a refused size
  output logic        pixel_o,    // this beat is the pixel at row_o, column_o of the open frame

  output logic        open_o,     // a frame is open: the next beat without SOF belongs to it
  output logic        overdue_o,  // its line is full and had no EOL
  output logic [15:0] row_o,
  output logic [15:0] column_o,

  output logic        before_sof_o,  // the fault that this beat shows
  output logic        early_sof_o,
  output logic        early_eol_o,
  output logic        late_eol_o
);
  logic open_q, overdue_q, refused_q;
  logic [15:0] row_q, column_q, height_q, width_q;
  logic fits, ends, last_column;
  logic [15:0] row, column, height, width;

  assign fits = height_i >= 16'd1 && 32'(height_i) <= MAX_HEIGHT &&
                width_i >= 16'd1 && 32'(width_i) <= MAX_WIDTH;
  assign opens_o = take_i && sof_i && fits;
  assign refused_o = take_i && sof_i && !fits;
  assign pixel_o = take_i && !sof_i && open_q && !overdue_q;

  // The place of this beat, in the frame it belongs to.
  assign {row, column} = opens_o ? 32'd0 : {row_q, column_q};
  assign {height, width} = opens_o ? {height_i, width_i} : {height_q, width_q};
  assign last_column = column + 16'd1 == width;
  assign ends = take_i && (sof_i ? opens_o && eol_i : open_q && eol_i);

  assign before_sof_o = take_i && !sof_i && !open_q && !refused_q;
  assign early_sof_o = take_i && sof_i && open_q;
  assign early_eol_o = (opens_o || pixel_o) && eol_i && !last_column;
  assign late_eol_o = (opens_o || pixel_o) && !eol_i && last_column;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q <= 1'b0;
      overdue_q <= 1'b0;
      refused_q <= 1'b0;
    end else if (take_i) begin
      if (sof_i) open_q <= fits && !(eol_i && height_i == 16'd1);
      else if (ends && row + 16'd1 == height) open_q <= 1'b0;
      if (opens_o || pixel_o) overdue_q <= late_eol_o;
      else if (ends || sof_i) overdue_q <= 1'b0;
      if (sof_i) refused_q <= !fits;
    end
    if (opens_o) {height_q, width_q} <= {height_i, width_i};
    if (ends) {row_q, column_q} <= {row + 16'd1, 16'd0};
    else if (opens_o || pixel_o) {row_q, column_q} <= {row, column + 16'd1};
  end

  assign open_o = open_q;
  assign overdue_o = overdue_q;
  assign row_o = row_q;
  assign column_o = column_q;
endmodule
