"""Which inputs of an RTL module reach which of its outputs within a clock: what the headers say under "Combinational"."""

from __future__ import annotations

import re

from rtl_tb.formal.prover import sources
from rtl_tb.mutants.mutant import Mutant
from rtl_tb.tools import yosys


def combinational(module: str, output: str, mutant: Mutant | None = None) -> set[str]:
    """The inputs that `output` depends on without a register between.

    Raises:
        BenchError: no such module or output.
    """
    with sources(mutant) as folder:
        commands = [
            f"read_slang --top {module} {module}.sv -y . -Y .sv",
            f"prep -flatten -top {module}",
            "memory_map",
            "opt_clean",
            f"select -assert-count 1 o:{output}",
            f"select -write inputs.txt o:{output} %cie* i:* %i",
        ]
        yosys.run(commands, folder)
        return set(re.findall(r"^\w+/(\w+)$", (folder / "inputs.txt").read_text(), re.MULTILINE))
