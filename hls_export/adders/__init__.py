"""A layer's constants as adder graphs: values, their proofs, the solver that finds them, and the clocks they take."""
