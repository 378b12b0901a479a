// SPDX-License-Identifier: Apache-2.0
// A consumer that counts: the first pixel tells the size, the frame is over after exactly that
// many.
module frame_reader (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        pixel_i,
  input  logic [31:0] size_i,    // {height, width}, looked at with a frame's first pixel

  output logic        reading_o,  // some, but not all pixels of a frame have come
  output logic        ends_o,     // the next pixel is the frame's last
  output logic [31:0] size_o,    // of that frame
  output logic [15:0] row_o,     // of the next pixel
  output logic [15:0] column_o
);
  logic reading_q;
  logic [31:0] size_q, size;
  logic [15:0] row_q, column_q, row, column;
  logic line_ends, frame_ends;

  assign size = reading_q ? size_q : size_i;
  assign {row, column} = reading_q ? {row_q, column_q} : 32'd0;
  assign line_ends = column + 16'd1 == size[15:0];
  assign frame_ends = line_ends && row + 16'd1 == size[31:16];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) reading_q <= 1'b0;
    else if (pixel_i) reading_q <= !frame_ends;
    if (pixel_i) begin
      size_q <= size;
      {row_q, column_q} <= line_ends ? {row + 16'd1, 16'd0} : {row, column + 16'd1};
    end
  end

  assign reading_o = reading_q;
  assign ends_o = frame_ends;
  assign size_o = size_q;
  assign row_o = reading_q ? row_q : 16'd0;
  assign column_o = reading_q ? column_q : 16'd0;
endmodule
