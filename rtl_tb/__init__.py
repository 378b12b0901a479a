"""A test bench for super-resolution hardware: simulated against golden, and its streams proved."""
