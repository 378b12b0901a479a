// SPDX-License-Identifier: Apache-2.0
// The fork under every source that keeps a beat until it is taken, any stalls of the two consumers, a
// reset at any time.
//
// Proved: a beat that leaves the source was taken by each consumer exactly once, before or in that very
// clock; nobody waits without a reason.  The payload goes past the fork, so order and data follow.
module stream_fork_proof #(
  parameter bit INVARIANTS = 1'b1
) (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       s_valid_i,
  input logic [1:0] m_ready_i
);
  logic s_ready;
  logic [1:0] m_valid, take;

  stream_fork u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o(s_ready),
    .m_valid_o(m_valid),
    .m_ready_i
  );

  logic known_q, kept_q;
  logic [1:0] had_q;  // which consumers have had the beat that the source shows
  assign take = m_valid & m_ready_i;
  initial known_q = 1'b0;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    kept_q <= rst_ni && s_valid_i && !s_ready;
    if (!rst_ni || (s_valid_i && s_ready)) had_q <= '0;
    else had_q <= had_q | take;
  end
  always_comb begin
    if (!known_q) assume (!rst_ni);
    if (known_q && kept_q) assume (s_valid_i);
  end

  always_comb begin
    if (known_q) begin
      assert (m_valid == ({2{s_valid_i}} & ~had_q));
      assert ((take & had_q) == '0);
      if (s_valid_i) assert (s_ready == &(had_q | take));
    end
  end

  if (INVARIANTS) begin : gen_invariants
    always_comb begin
      if (known_q) begin
        assert (u_dut.taken_q == had_q);
        if (!kept_q) assert (had_q == '0);
      end
    end
  end
endmodule
