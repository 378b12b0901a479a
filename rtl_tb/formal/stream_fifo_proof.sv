// The FIFO under every input: any words, any stalls, a reset at any time.
module stream_fifo_proof #(
  parameter integer WIDTH = 8,
  parameter integer DEPTH = 2,
  parameter bit     INVARIANTS = 1'b1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             track_i,
  input logic             s_valid_i,
  input logic [WIDTH-1:0] s_data_i,
  input logic             m_ready_i
);
  localparam integer LevelBits = $clog2(DEPTH + 1);

  logic s_ready, m_valid;
  logic [WIDTH-1:0] m_data;
  logic [LevelBits-1:0] level;

  stream_fifo #(
    .WIDTH(WIDTH),
    .DEPTH(DEPTH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o(s_ready),
    .s_data_i,
    .m_valid_o(m_valid),
    .m_ready_i,
    .m_data_o(m_data),
    .level_o(level)
  );

  logic known, awake, tracked;
  logic [LevelBits-1:0] stored, ahead;
  logic [WIDTH-1:0] data;

  ordered_stream #(
    .WIDTH(WIDTH),
    .CAPACITY(DEPTH)
  ) u_order (
    .clk_i,
    .rst_ni,
    .track_i,
    .s_valid_i,
    .s_ready_i(s_ready),
    .s_data_i,
    .m_valid_i(m_valid),
    .m_ready_i,
    .m_data_i(m_data),
    .known_o(known),
    .awake_o(awake),
    .stored_o(stored),
    .tracked_o(tracked),
    .ahead_o(ahead),
    .data_o(data)
  );

  // The address `words` after the head.
  function automatic logic [$clog2(DEPTH)-1:0] address(input logic [LevelBits-1:0] words);
    logic [LevelBits:0] sum;
    sum = (LevelBits + 1)'(u_dut.head_q) + (LevelBits + 1)'(words);
    if (sum >= (LevelBits + 1)'(DEPTH)) sum = sum - (LevelBits + 1)'(DEPTH);
    return sum[$clog2(DEPTH)-1:0];
  endfunction

  always_comb if (known) assert (level == stored);

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known) begin
        if (!awake) assert (stored == '0);
        assert ((LevelBits + 1)'(u_dut.head_q) < (LevelBits + 1)'(DEPTH));
        assert (u_dut.write_q == address(stored));
        if (m_valid) assert (m_data == u_dut.memory[u_dut.head_q]);
        if (tracked) assert (u_dut.memory[address(ahead)] == data);
      end
    end
  end
endmodule
