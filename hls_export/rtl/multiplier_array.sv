// SPDX-License-Identifier: Apache-2.0
// Multiplier array: the PE x SIMD multiplications of one fold and the sum over SIMD of each PE.
//
//   partial[pe] = sum over s < SIMD of weight[pe * SIMD + s] * operand[s]
//
// PACKED = 1 is the hardware: LANES_PER_DSP outputs share a DSP with one operand (packed_multiply).
// DSPs: ceil(PE / LANES_PER_DSP) * SIMD.
// PACKED = 0 is its twin for simulation (multiplier_loop): the same integers in the same clock.
// Weights are of narrow range; that PARTIAL_BITS holds every sum is the plan's proof.
//
// Latency: 4 + ceil(log4(SIMD)) clocks, 4 of them to multiply (hls_export/plan/latency.py).
// Throughput: one fold per clock.  Combinational: none from input to output.
// Back-pressure: none, it runs freely; no reset, data only.
module multiplier_array #(
  parameter integer PE = 2,
  parameter integer SIMD = 4,
  parameter integer LANES_PER_DSP = 2,
  parameter integer WEIGHT_BITS = 8,
  parameter integer OPERAND_BITS = 8,
  parameter integer OPERAND_SIGNED = 1,
  parameter integer PRODUCT_BITS = 15,
  parameter integer PARTIAL_BITS = 17,
  parameter integer PACKED = 1
) (
  input  logic                           clk_i,
  input  logic [PE*SIMD*WEIGHT_BITS-1:0] weight_i,
  input  logic [SIMD*OPERAND_BITS-1:0]   operand_i,
  output logic [PE*PARTIAL_BITS-1:0]     partial_o
);
  // Bits of a product of a weight of narrow range and an operand.
  localparam integer LARGEST_OPERAND = (1 << (OPERAND_BITS - OPERAND_SIGNED)) - 1 + OPERAND_SIGNED;
  localparam integer NEEDED_BITS = 1 + $clog2(((1 << (WEIGHT_BITS - 1)) - 1) * LARGEST_OPERAND + 1);

  if (PE < 1 || SIMD < 1 || PACKED < 0 || PACKED > 1
      || WEIGHT_BITS < 2 || WEIGHT_BITS > 16 || OPERAND_BITS < 1 || OPERAND_BITS > 16
      || OPERAND_SIGNED < 0 || OPERAND_SIGNED > 1 || PRODUCT_BITS < NEEDED_BITS || LANES_PER_DSP < 1
      || (LANES_PER_DSP - 1) * PRODUCT_BITS + WEIGHT_BITS > 26
      || PARTIAL_BITS < 1 || PARTIAL_BITS > 64) begin : gen_out_of_bounds
`ifdef __ICARUS__  // version 11 has no elaboration tasks
    initial
`endif
    $error(
      "multiplier_array: PE %0d, SIMD %0d, PACKED %0d; allowed at least 1, 1, 0..1; ",
      PE, SIMD, PACKED,
      "WEIGHT_BITS %0d, OPERAND_BITS %0d, OPERAND_SIGNED %0d; allowed 2..16, 1..16, 0..1; ",
      WEIGHT_BITS, OPERAND_BITS, OPERAND_SIGNED,
      "PRODUCT_BITS %0d, LANES_PER_DSP %0d; allowed at least %0d, what 26 bits hold; ",
      PRODUCT_BITS, LANES_PER_DSP, NEEDED_BITS,
      "PARTIAL_BITS %0d; allowed 1..64", PARTIAL_BITS
    );
  end

  if (PACKED != 0) begin : gen_packed
    // products[(pe * SIMD + s) * PRODUCT_BITS +: PRODUCT_BITS]
    logic [PE*SIMD*PRODUCT_BITS-1:0] products;

    for (genvar first = 0; first < PE; first = first + LANES_PER_DSP) begin : gen_group
      localparam integer COUNT = PE - first < LANES_PER_DSP ? PE - first : LANES_PER_DSP;
      for (genvar s = 0; s < SIMD; s++) begin : gen_lane
        logic [COUNT*WEIGHT_BITS-1:0] weight;
        logic [COUNT*PRODUCT_BITS-1:0] product;
        for (genvar i = 0; i < COUNT; i++) begin : gen_field
          localparam integer LANE = (first + i) * SIMD + s;
          assign weight[i*WEIGHT_BITS +: WEIGHT_BITS] = weight_i[LANE*WEIGHT_BITS +: WEIGHT_BITS];
          assign products[LANE*PRODUCT_BITS +: PRODUCT_BITS] =
              product[i*PRODUCT_BITS +: PRODUCT_BITS];
        end
        packed_multiply #(
          .LANES(COUNT), .WEIGHT_BITS(WEIGHT_BITS), .OPERAND_BITS(OPERAND_BITS),
          .OPERAND_SIGNED(OPERAND_SIGNED), .PRODUCT_BITS(PRODUCT_BITS)
        ) u_multiply (
          .clk_i, .weight_i(weight), .operand_i(operand_i[s*OPERAND_BITS +: OPERAND_BITS]),
          .product_o(product)
        );
      end
    end

    for (genvar pe = 0; pe < PE; pe++) begin : gen_tree
      adder_tree #(
        .TERMS(SIMD), .TERM_BITS(PRODUCT_BITS), .SUM_BITS(PARTIAL_BITS)
      ) u_tree (
        .clk_i, .term_i(products[pe*SIMD*PRODUCT_BITS +: SIMD*PRODUCT_BITS]),
        .sum_o(partial_o[pe*PARTIAL_BITS +: PARTIAL_BITS])
      );
    end
  end else begin : gen_plain
    multiplier_loop #(
      .PE(PE), .SIMD(SIMD), .WEIGHT_BITS(WEIGHT_BITS), .OPERAND_BITS(OPERAND_BITS),
      .OPERAND_SIGNED(OPERAND_SIGNED), .PARTIAL_BITS(PARTIAL_BITS),
      .LATENCY(4 + ($clog2(SIMD) + 1) / 2)
    ) u_loop (
      .clk_i, .weight_i, .operand_i, .partial_o
    );
  end
endmodule
