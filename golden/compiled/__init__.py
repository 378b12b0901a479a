"""The compiled executor: C++ made of one network, built once by g++, the integers of `golden.run` many times as fast.

`Program` is such a network; `fastest` falls back to `golden.run`, and tells so, where there is no compiler.
"""

from golden.compiled.build import CompileError
from golden.compiled.instructions import InstructionSet
from golden.compiled.program import Program, fastest

__all__ = ["CompileError", "InstructionSet", "Program", "fastest"]
