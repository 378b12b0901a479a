"""A test bench for super-resolution hardware with AXI4-Stream video ports: simulated, and held against golden in every layer.

`python -m rtl_tb` is the command; `Bench` builds once and runs scenarios.
"""

from rtl_tb.bench.design import Design
from rtl_tb.bench.run import Bench
from rtl_tb.errors import BenchError, MissingToolError

__all__ = ["Bench", "BenchError", "Design", "MissingToolError"]
