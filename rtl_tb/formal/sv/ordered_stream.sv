// SPDX-License-Identifier: Apache-2.0
// What a stream buffer of CAPACITY words promises, seen from its two ports alone: no word is lost,
// repeated or overtaken, and neither side waits without a reason.
//
// One accepted word of the solver's choice (track_i) is followed: it leaves after exactly the words
// that were stored before it, unchanged.  As it stands for every word, order and data hold for all.
module ordered_stream #(
  parameter integer WIDTH = 8,
  parameter integer CAPACITY = 2,
  parameter bit     LATE = 1'b0  // a word is valid a clock after the one in which it counts as stored
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          track_i,

  input  logic                          s_valid_i,
  input  logic                          s_ready_i,
  input  logic [WIDTH-1:0]              s_data_i,
  input  logic                          m_valid_i,
  input  logic                          m_ready_i,
  input  logic [WIDTH-1:0]              m_data_i,

  // For the invariants that tie a buffer's registers to these counts.
  output logic                          known_o,    // a reset has been
  output logic                          awake_o,    // the last clock was no reset
  output logic [$clog2(CAPACITY+1)-1:0] stored_o,
  output logic                          tracked_o,
  output logic [$clog2(CAPACITY+1)-1:0] ahead_o,    // words before the tracked one
  output logic [WIDTH-1:0]              data_o
);
  localparam integer Bits = $clog2(CAPACITY + 1);
  localparam logic [Bits-1:0] Capacity = Bits'(CAPACITY);

  logic known_q;
  logic awake_q, tracked_q, stalled_q, pushed_q;
  logic [Bits-1:0] stored_q, ahead_q;
  logic [WIDTH-1:0] data_q, stalled_data_q;
  logic push, pop, track;

  assign push = s_valid_i && s_ready_i;
  assign pop = m_valid_i && m_ready_i;
  assign track = push && track_i && !tracked_q;

  initial known_q = 1'b0;
  always_ff @(posedge clk_i) known_q <= 1'b1;
  always_comb if (!known_q) assume (!rst_ni);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      awake_q <= 1'b0;
      stored_q <= '0;
      tracked_q <= 1'b0;
      stalled_q <= 1'b0;
      pushed_q <= 1'b0;
    end else begin
      awake_q <= 1'b1;
      stored_q <= stored_q + Bits'(push) - Bits'(pop);
      tracked_q <= track || (tracked_q && !(pop && ahead_q == '0));
      stalled_q <= m_valid_i && !m_ready_i;
      pushed_q <= push;
    end
    if (track) data_q <= s_data_i;
    ahead_q <= track ? stored_q - Bits'(pop) : ahead_q - Bits'(pop);
    stalled_data_q <= m_data_i;
  end

  always_comb begin
    if (known_q) begin
      assert (stored_q <= Capacity);
      assert (stored_q >= Bits'(pushed_q));
      assert (m_valid_i == (stored_q != Bits'(LATE && pushed_q)));
      assert (s_ready_i == (awake_q && stored_q != Capacity));
      if (stalled_q) assert (m_valid_i && m_data_i == stalled_data_q);
      if (tracked_q) assert (ahead_q < stored_q);
      if (tracked_q && ahead_q == '0 && m_valid_i) assert (m_data_i == data_q);
    end
  end

  assign known_o = known_q;
  assign awake_o = awake_q;
  assign stored_o = stored_q;
  assign tracked_o = tracked_q;
  assign ahead_o = ahead_q;
  assign data_o = data_q;
endmodule
