# SPDX-License-Identifier: Apache-2.0
"""The sources of network @hash@ for a simulator that runs anywhere: every path absolute.

python3 rtlsim/files.py, or make files: build/files.f, and build/icarus.f for Icarus, which reads a line as it is, blanks too.  The
first of them, build/memories.sv, tells weight_rom.sv and requantize_rom.sv in which folder the .mem files lie; without it they are
looked for in the folder that the simulator runs in.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"


def sources():
    """Every SystemVerilog file in the order of rtl/files.f, behind the one that says where the memories are."""
    BUILD.mkdir(exist_ok=True)
    memories = BUILD / "memories.sv"
    memories.write_text(f'`define SR_MEMORIES "{ROOT / "weights"}"\n', encoding="utf-8")
    return [memories, *(ROOT / "rtl" / name for name in (ROOT / "rtl/files.f").read_text(encoding="utf-8").split())]


if __name__ == "__main__":
    paths = [str(path) for path in sources()]
    for name, quote in (("files.f", '"'), ("icarus.f", "")):
        (BUILD / name).write_text("".join(f"{quote}{path}{quote}\n" for path in paths), encoding="utf-8")
        print(BUILD / name)
