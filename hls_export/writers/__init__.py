"""The plan as text: C++, SystemVerilog, weights, vectors, scripts."""
