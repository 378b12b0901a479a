// SPDX-License-Identifier: Apache-2.0
// Frames as AXI4-Stream video (AMD UG934), REACH pixels more on each side, the edge pixels repeated
// outwards; with REACH = 0 as they are.
//
//   m[r, c] = s[clamp(r - REACH, 0, height - 1), clamp(c - REACH, 0, width - 1)]
//
// s_size_i is {height, width}, one word a frame, taken with the frame's last pixel; it goes on at
// m_size_o with the first.  tuser is SOF, tlast is EOL; m_height_o and m_width_o, 2 REACH more than
// the frame's, come beside every beat.
//
// The row that is repeated stands in a memory of MAX_WIDTH pixels.
//
// Latency: 1 clock.  Throughput: 1 pixel of the larger frame per clock.
// Combinational: s_size_valid_i and m_size_ready_i to s_ready_o; no ready of a pixel on its valid.
// Back-pressure: any; while a row or column is repeated no pixel is taken.
module edge_repeat #(
  parameter int WIDTH = 16,  // bits of a pixel
  parameter int REACH = 2,
  parameter int MAX_WIDTH = 1920
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             s_size_valid_i,
  output logic             s_size_ready_o,
  input  logic [31:0]      s_size_i,
  input  logic             s_valid_i,
  output logic             s_ready_o,
  input  logic [WIDTH-1:0] s_data_i,
  output logic             m_size_valid_o,
  input  logic             m_size_ready_i,
  output logic [31:0]      m_size_o,
  output logic             m_valid_o,
  input  logic             m_ready_i,
  output logic [WIDTH-1:0] m_data_o,
  output logic             m_user_o,
  output logic             m_last_o,
  output logic [15:0]      m_height_o,
  output logic [15:0]      m_width_o
);
  if (WIDTH < 1 || REACH < 0 || REACH > 255 || MAX_WIDTH < 1 || MAX_WIDTH > 65535 - 2 * REACH)
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "edge_repeat: WIDTH %0d, REACH %0d, MAX_WIDTH %0d; allowed at least 1, 0..255, 1..%0d",
      WIDTH, REACH, MAX_WIDTH, 65535 - 2 * REACH
    );
  end

  localparam logic [15:0] Reach = 16'(REACH);

  logic [15:0] height, width, row_q, column_q, column_d;
  assign {height, width} = s_size_i;

  // A live row comes in, another is the one before it once more; so with the pixels of the middle.
  logic live, left, middle, first, last_column, last_row, room, goes, moves;
  assign live = row_q == '0 || (row_q > Reach && row_q - Reach < height);
  assign middle = column_q - Reach < width;
  assign first = row_q == '0 && column_q == '0;
  assign last_column = column_q == width + 16'(2 * REACH) - 16'd1;
  assign last_row = row_q == height + 16'(2 * REACH) - 16'd1;

  assign goes = s_size_valid_i && (!first || m_size_ready_i) && room;
  assign moves = goes && (!live || !(left || middle) || s_valid_i);
  assign s_ready_o = goes && live && middle;
  assign s_size_ready_o = moves && last_column && last_row;
  assign m_size_valid_o = moves && first;
  assign m_size_o = s_size_i;

  assign column_d = !moves ? column_q : last_column ? '0 : column_q + 16'd1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      row_q <= '0;
      column_q <= '0;
    end else begin
      column_q <= column_d;
      if (moves && last_column) row_q <= last_row ? '0 : row_q + 16'd1;
    end
  end

  logic [WIDTH-1:0] data;
  if (REACH == 0) begin : gen_as_it_is
    assign left = 1'b0;
    assign data = s_data_i;
  end else begin : gen_repeated
    localparam int AddressBits = MAX_WIDTH > 1 ? $clog2(MAX_WIDTH) : 1;
    assign left = column_q < Reach;
    logic [WIDTH-1:0] words [MAX_WIDTH];
    logic [WIDTH-1:0] word_q, held_q;
    logic [15:0] write_column, read_column;
    assign write_column = column_q - Reach;
    assign read_column =
      column_d < Reach ? '0 : column_d - Reach < width ? column_d - Reach : width - 16'd1;
    logic unused_high;
    assign unused_high = ^{write_column >> AddressBits, read_column >> AddressBits};
    always_ff @(posedge clk_i) begin
      if (moves && live && middle) begin
        words[write_column[AddressBits-1:0]] <= s_data_i;
        held_q <= s_data_i;
      end
      word_q <= words[read_column[AddressBits-1:0]];  // of the next pixel, a clock ahead
    end
    assign data = !live ? word_q : left || middle ? s_data_i : held_q;
  end

  skid_buffer #(.WIDTH(WIDTH + 34)) u_output (
    .clk_i, .rst_ni, .s_valid_i(moves), .s_ready_o(room),
    .s_data_i({height + 16'(2 * REACH), width + 16'(2 * REACH), last_column, first, data}),
    .m_valid_o, .m_ready_i,
    .m_data_o({m_height_o, m_width_o, m_last_o, m_user_o, m_data_o})
  );
endmodule
