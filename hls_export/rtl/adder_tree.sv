// SPDX-License-Identifier: Apache-2.0
// Adder tree: the sum of TERMS signed terms, four at a time.
//
//   sum = sum of term[i], modulo 2^SUM_BITS
//
// SUM_BITS holds the sum of every subset of the terms (the plan proves it), so each sum on the way
// is as narrow as it can be.
//
// Latency: ceil(log4(TERMS)) clocks, a register after every two levels of adders; 0 for one term.
// Throughput: one sum per clock.  Combinational: none from input to output, but with one term.
// Back-pressure: none, it runs freely; no reset, data only.
module adder_tree #(
  parameter integer TERMS = 4,
  parameter integer TERM_BITS = 15,
  parameter integer SUM_BITS = 17
) (
  input  logic                       clk_i,
  input  logic [TERMS*TERM_BITS-1:0] term_i,
  output logic [SUM_BITS-1:0]        sum_o
);
  if (TERMS < 1 || TERM_BITS < 1 || SUM_BITS < 1) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "adder_tree: TERMS %0d, TERM_BITS %0d, SUM_BITS %0d; allowed at least 1",
      TERMS, TERM_BITS, SUM_BITS
    );
  end

  localparam integer FOURS = (TERMS + 3) / 4;
  localparam integer FOUR_BITS = TERM_BITS + 2 < SUM_BITS ? TERM_BITS + 2 : SUM_BITS;

  if (TERMS == 1) begin : gen_one
    logic unused_clk;
    assign unused_clk = clk_i;
    assign sum_o = SUM_BITS'($signed(term_i));
  end else begin : gen_more
    logic [FOURS*FOUR_BITS-1:0] fours_q;

    for (genvar i = 0; i < FOURS; i++) begin : gen_four
      localparam integer COUNT = TERMS - 4 * i < 4 ? TERMS - 4 * i : 4;
      logic signed [4*TERM_BITS-1:0] terms;
      logic signed [FOUR_BITS-1:0] a, b, c, d;

      assign terms = (4 * TERM_BITS)'(term_i[4*i*TERM_BITS +: COUNT*TERM_BITS]);
      assign a = FOUR_BITS'($signed(terms[0 +: TERM_BITS]));
      assign b = FOUR_BITS'($signed(terms[TERM_BITS +: TERM_BITS]));
      assign c = FOUR_BITS'($signed(terms[2*TERM_BITS +: TERM_BITS]));
      assign d = FOUR_BITS'($signed(terms[3*TERM_BITS +: TERM_BITS]));
      always_ff @(posedge clk_i) fours_q[i*FOUR_BITS +: FOUR_BITS] <= (a + b) + (c + d);
    end

    if (FOURS == 1) begin : gen_last
      assign sum_o = SUM_BITS'($signed(fours_q));
    end else begin : gen_rest
      adder_tree #(
        .TERMS(FOURS), .TERM_BITS(FOUR_BITS), .SUM_BITS(SUM_BITS)
      ) u_rest (
        .clk_i, .term_i(fours_q), .sum_o
      );
    end
  end
endmodule
