"""The C simulation: frames, the program, and its executor for golden.compare."""
