// SPDX-License-Identifier: Apache-2.0
// The clock for simulators that have time of their own; the C++ of main.cpp is the other.
`timescale 1ns / 1ps
module icarus_bench;
  logic clk;

  initial clk = 1'b0;
  always #1 clk = !clk;

  rtl_bench u_bench (.clk_i(clk));
endmodule
