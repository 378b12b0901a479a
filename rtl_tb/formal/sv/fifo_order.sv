// SPDX-License-Identifier: Apache-2.0
// ordered_stream for a FIFO, with the invariants that make one step of induction enough.
module fifo_order #(
  parameter integer WIDTH = 8,
  parameter integer DEPTH = 2,
  parameter bit     INVARIANTS = 1'b1
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       track_i,

  input  logic                       s_valid_i,
  input  logic                       s_ready_i,
  input  logic [WIDTH-1:0]           s_data_i,
  input  logic                       m_valid_i,
  input  logic                       m_ready_i,
  input  logic [WIDTH-1:0]           m_data_i,
  input  logic [$clog2(DEPTH+1)-1:0] level_i,

  input  logic [$clog2(DEPTH)-1:0]   head_i,  // the FIFO's registers
  input  logic [$clog2(DEPTH)-1:0]   after_head_i,
  input  logic [$clog2(DEPTH)-1:0]   write_i,
  input  logic                       filled_i,
  input  logic                       one_i,
  input  logic                       one_less_i,
  input  logic [WIDTH-1:0]           head_word_i,
  output logic [$clog2(DEPTH)-1:0]   tracked_address_o,
  input  logic [WIDTH-1:0]           tracked_word_i,  // stored at that address

  output logic                       known_o,
  output logic                       awake_o,
  output logic [$clog2(DEPTH+1)-1:0] stored_o
);
  localparam integer Bits = $clog2(DEPTH + 1);
  localparam integer AddressBits = $clog2(DEPTH);
  localparam logic [Bits:0] Depth = (Bits + 1)'(DEPTH);

  logic tracked;
  logic [Bits-1:0] ahead;
  logic [WIDTH-1:0] data;

  ordered_stream #(
    .WIDTH(WIDTH),
    .CAPACITY(DEPTH),
    .LATE(1'b1)
  ) u_stream (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i,
    .s_ready_i,
    .s_data_i,
    .m_valid_i,
    .m_ready_i,
    .m_data_i,
    .known_o,
    .awake_o,
    .stored_o,
    .tracked_o(tracked),
    .ahead_o(ahead),
    .data_o(data)
  );

  always_comb if (known_o) assert (level_i == stored_o);

  // The address `words` after the head.
  function automatic logic [AddressBits-1:0] address(input logic [Bits-1:0] words);
    logic [Bits:0] sum;
    sum = (Bits + 1)'(head_i) + (Bits + 1)'(words);
    if (sum >= Depth) sum = sum - Depth;
    return sum[AddressBits-1:0];
  endfunction
  assign tracked_address_o = address(ahead);

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known_o) begin
        if (!awake_o) assert (stored_o == '0);
        assert ((Bits + 1)'(head_i) < Depth && write_i == address(stored_o));
        assert (after_head_i == address(Bits'(1)));
        assert (filled_i == (stored_o != '0));
        assert (one_i == (stored_o == Bits'(1)) && one_less_i == (stored_o == Bits'(DEPTH - 1)));
        if (m_valid_i) assert (m_data_i == head_word_i);
        if (tracked) assert (tracked_word_i == data);
      end
    end
  end
endmodule
