"""The cells of the hardware: every engine by Yosys beside its plan, and a small network placed and routed."""
