"""The tools: two simulators, Yosys, lint; how each is found, run and cached."""
