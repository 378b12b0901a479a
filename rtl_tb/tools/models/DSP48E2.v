// SPDX-License-Identifier: Apache-2.0
// DSP48E2 as Yosys uses it: P = A * B, signed, no register; every other use gives unknown bits.
//
// Yosys brings models of all cells that it makes, but this one is a black box there.  For netlists
// in simulation alone.  Latency: 0.  Combinational: A and B to P.
module DSP48E2 #(
  parameter integer ACASCREG = 1,
  parameter integer ADREG = 1,
  parameter integer ALUMODEREG = 1,
  parameter AMULTSEL = "A",
  parameter integer AREG = 1,
  parameter A_INPUT = "DIRECT",
  parameter integer BCASCREG = 1,
  parameter BMULTSEL = "B",
  parameter integer BREG = 1,
  parameter B_INPUT = "DIRECT",
  parameter integer CARRYINREG = 1,
  parameter integer CARRYINSELREG = 1,
  parameter integer CREG = 1,
  parameter integer DREG = 1,
  parameter integer INMODEREG = 1,
  parameter integer MREG = 1,
  parameter integer OPMODEREG = 1,
  parameter integer PREG = 1,
  parameter USE_MULT = "MULTIPLY",
  parameter USE_SIMD = "ONE48"
) (
  input  [29:0] A,
  input  [17:0] B,
  input  [47:0] C,
  input  [26:0] D,
  input  [29:0] ACIN,
  input  [17:0] BCIN,
  input  [47:0] PCIN,
  input         CARRYIN,
  input   [2:0] CARRYINSEL,
  input   [3:0] ALUMODE,
  input   [4:0] INMODE,
  input   [8:0] OPMODE,
  output [47:0] P
);
  wire signed [26:0] a = A[26:0];
  wire signed [17:0] b = B;
  wire signed [44:0] product = a * b;
  wire plain = OPMODE == 9'h005 && ALUMODE == 4'h0 && INMODE == 5'h00 && !CARRYIN
      && AREG + BREG + MREG + PREG == 0;
  assign P = plain ? {{3{product[44]}}, product} : 48'bx;

endmodule
