// SPDX-License-Identifier: Apache-2.0
// The FIFO at the end of a pipeline that cannot stop: room is reserved when work begins.
//
// reserve_i takes a place for a word that push_i brings later, in order; room_o says that a place
// is free.  So the pipeline before it needs no clock enable.  reserved_o counts places taken: words
// in the FIFO and words on their way.
//
// A skid buffer stands behind the FIFO, whose output comes late in a clock, of a block RAM above all;
// its words are among the DEPTH.
//
// Latency: 3 clocks from push_i to m_valid_o.  Throughput: one word per clock when DEPTH covers the
// clocks from reserve_i to the reader.  Combinational: none.  Back-pressure: room_o.
module credit_fifo #(
  parameter int WIDTH = 8,
  parameter int DEPTH = 4
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         reserve_i,
  output logic                         room_o,
  input  logic                         push_i,
  input  logic [WIDTH-1:0]             data_i,
  output logic                         m_valid_o,
  input  logic                         m_ready_i,
  output logic [WIDTH-1:0]             m_data_o,
  output logic [$clog2(DEPTH+1)-1:0]   reserved_o
);
  if (WIDTH < 1 || DEPTH < 2) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "credit_fifo: WIDTH %0d, DEPTH %0d; allowed at least 1, at least 2", WIDTH, DEPTH
    );
  end

  localparam int LevelBits = $clog2(DEPTH + 1);

  logic accepts, popped, head_valid, head_ready;
  logic [WIDTH-1:0] head;
  logic [LevelBits-1:0] stored;
  logic unused_fifo;
  assign unused_fifo = accepts ^ (^stored);  // the credits make an overflow impossible

  stream_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) u_fifo (
    .clk_i, .rst_ni,
    .s_valid_i(push_i), .s_ready_o(accepts), .s_data_i(data_i),
    .m_valid_o(head_valid), .m_ready_i(head_ready), .m_data_o(head), .level_o(stored)
  );
  skid_buffer #(.WIDTH(WIDTH)) u_skid (
    .clk_i, .rst_ni, .s_valid_i(head_valid), .s_ready_o(head_ready), .s_data_i(head),
    .m_valid_o, .m_ready_i, .m_data_o
  );

  logic last_q;  // one place is free
  assign popped = m_valid_o && m_ready_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      room_o <= 1'b1;
      last_q <= 1'b0;
      reserved_o <= '0;
    end else begin
      room_o <= popped || (room_o && !(reserve_i && last_q));
      if (reserve_i != popped) begin
        last_q <= reserved_o == (reserve_i ? LevelBits'(DEPTH - 2) : LevelBits'(DEPTH));
        reserved_o <= reserve_i ? reserved_o + LevelBits'(1) : reserved_o - LevelBits'(1);
      end
    end
  end
endmodule
