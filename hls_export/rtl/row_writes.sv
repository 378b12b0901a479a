// SPDX-License-Identifier: Apache-2.0
// Which rows of a band a position of block_requantize completes a word for: every GROUPS positions
// and with the last of a line, the rows that lie in the frame.
//
//   row k of band b is output row b * STRIDE + k - FIRST_ROW: in the frame from a constant band on,
//   for as many bands as the frame has LR rows
//
// Latency: 0, the outputs are of the position that begins or goes on in this clock; they are made a
// position ahead, so that only a frame's first looks at the size, and only for a row that its first
// band holds.  Throughput: one fold per clock.
// Combinational: starts_i and size_i to writes_o.  Back-pressure: none, it follows step_i.
module row_writes #(
  parameter int STRIDE = 2,
  parameter int GROUPS = 1,
  parameter int FIRST_ROW = 4,
  parameter int EXTRA_BANDS = 2,
  parameter int PIXELS = 1  // LR pixels of a position
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              step_i,    // a fold is done
  input  logic              last_i,    // it is its position's last
  input  logic              starts_i,  // it is of its frame's first position, as long as that is new
  input  logic [15:0]       band_i,
  input  logic [15:0]       column_i,
  input  logic [31:0]       size_i,    // {height, width + PIXELS - 1} while starts_i
  output logic [7:0]        group_o,   // the position's place in its word
  output logic [STRIDE-1:0] writes_o
);
  if (STRIDE < 1 || STRIDE > 16 || GROUPS < 1 || GROUPS > 256 || EXTRA_BANDS < 0
      || EXTRA_BANDS > 15 || FIRST_ROW < 0 || FIRST_ROW > EXTRA_BANDS * STRIDE
      || (PIXELS != 1 && PIXELS != 2 && PIXELS != 4))
  begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "row_writes: STRIDE %0d, GROUPS %0d; allowed 1..16, 1..256; ", STRIDE, GROUPS,
      "EXTRA_BANDS %0d, FIRST_ROW %0d; allowed 0..15, 0..EXTRA_BANDS * STRIDE",
      EXTRA_BANDS, FIRST_ROW,
      "; PIXELS %0d; allowed 1, 2, 4", PIXELS
    );
  end

  function automatic int first_band(input int k);
    return FIRST_ROW > k ? (FIRST_ROW - k + STRIDE - 1) / STRIDE : 0;
  endfunction

  logic line_ends, line_ends_q, full, full_q, one_wide, one_wide_q, next_full, next_line_ends;
  logic [STRIDE-1:0] writes_q, holds, holds_q, next_holds;
  logic [15:0] height, width, column_before_q;
  logic [STRIDE*16-1:0] last_band_q;  // of each row
  assign height = size_i[31:16];
  assign width = size_i[15:0] >> $clog2(PIXELS);
  assign one_wide = starts_i ? width == 16'd1 : one_wide_q;
  assign line_ends = starts_i ? one_wide : line_ends_q;
  assign full = starts_i ? GROUPS == 1 || one_wide : full_q;
  assign next_line_ends = line_ends ? one_wide
                                    : starts_i ? width == 16'd2 : column_i == column_before_q;
  assign next_full = next_line_ends || (full ? GROUPS == 1 : group_o == 8'(GROUPS - 2));
  always_comb begin
    for (int k = 0; k < STRIDE; k++) begin
      holds[k] = holds_q[k] || (first_band(k) == 0 && starts_i);
      writes_o[k] = first_band(k) == 0 && starts_i ? full : writes_q[k];
      next_holds[k] = holds[k];
      if (line_ends && band_i == 16'(first_band(k) - 1)) next_holds[k] = 1'b1;
      if (line_ends && (starts_i ? first_band(k) == 0 && height == 16'd1
                                 : band_i == last_band_q[k*16 +: 16])) next_holds[k] = 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      group_o <= '0;
      holds_q <= '0;
      writes_q <= '0;
    end else if (step_i) begin
      if (last_i) group_o <= full ? '0 : group_o + 8'd1;
      holds_q <= last_i ? next_holds : holds;
      writes_q <= last_i ? {STRIDE{next_full}} & next_holds : writes_o;
    end
  end
  always_ff @(posedge clk_i) begin
    if (step_i && starts_i) begin
      column_before_q <= width - 16'd2;
      for (int k = 0; k < STRIDE; k++) last_band_q[k*16 +: 16] <= height + 16'(first_band(k) - 1);
      one_wide_q <= one_wide;
    end
    if (step_i) begin
      line_ends_q <= last_i ? next_line_ends : line_ends;
      full_q <= last_i ? next_full : full;
    end
  end
endmodule
