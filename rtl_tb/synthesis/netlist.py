"""An engine as UltraScale+ cells: what Yosys makes of it, counted, cached by everything that it depends on.

The modules of BOXES are synthesized apart, each set of parameters once, and counted as often as the engine has them: hundreds of
equal multipliers take the time of one.  ROMs are apart for another reason: were they part of the engine, their constants would be
folded into the multipliers, and the count would be that of these weights.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from golden.atomic import write_text
from hls_export.file_tree import write_files
from rtl_tb.bench.design import Instance
from rtl_tb.errors import BenchError
from rtl_tb.synthesis.cells import Cells, count
from rtl_tb.tools import build, yosys

ROMS = ("weight_rom", "requantize_rom")
PARTS = ("packed_multiply", "adder_tree", "requantize_lane")
# Before the rest: Yosys 0.70 runs out of memory when it looks for a RAM with as many read ports as an engine has lanes, and takes
# no DSP for a product of less than 9 bits, which packed_multiply is where one lane of 4 x 4 bits has a DSP for itself.
TO_DSP = " ".join(f"-D DSP_{name}" for name in ("A_MAXWIDTH=27", "B_MAXWIDTH=18", "SIGNEDONLY=1", "NAME=$__MUL27X18"))
LEAST = " ".join(f"-D DSP_{name}_MINWIDTH=1" for name in "ABY")
BEFORE = {
    "requantize_rom": ("memory_collect", "memory_map", "opt -full"),
    "packed_multiply": (
        "opt -full",
        "wreduce",
        f"techmap -map +/mul2dsp.v -map +/xilinx/xcu_dsp_map.v {TO_DSP} {LEAST}",
    ),
}
FLOW = 4  # raised when what is done here changes, so that nothing old is taken from the cache

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Synthesized:
    """The cells of an engine, those of its ROMs, and the seconds that Yosys took (when it did)."""

    cells: Cells
    roms: Cells
    seconds: float


def synthesize(whole: Instance, files: Files, packed: bool = True) -> Synthesized:
    """`whole` of these sources and memories, from the cache when the same was synthesized before."""
    flat = whole.module in (*ROMS, *PARTS)
    place = build.cache() / f"cells-{_key(whole, files, packed, flat)}.json"
    read = build.whole_json(place, lambda: write_text(place, json.dumps(_counted(whole, files, packed, flat))))
    return Synthesized(Cells(**read["cells"]), Cells(**read["roms"]), read["seconds"])


def _counted(whole: Instance, files: Files, packed: bool, flat: bool) -> dict[str, object]:
    """The cells, ROMs and seconds of `whole` and of the parts inside it, as they are kept."""
    started = time.monotonic()
    own, inside = _cells(whole, files, packed, flat)
    cells, roms = own, Cells()
    for (module, parameters), number in inside.items():
        part = synthesize(Instance(module, module, dict(parameters)), files).cells * number
        cells, roms = (cells, roms + part) if module in ROMS else (cells + part, roms)
    return {"cells": asdict(cells), "roms": asdict(roms), "seconds": round(time.monotonic() - started, 1)}


Inside = Counter[tuple[str, tuple[tuple[str, str], ...]]]


def _cells(whole: Instance, files: Files, packed: bool, flat: bool) -> tuple[Cells, Inside]:
    """The cells outside the boxes, and (module, parameters) of the boxes."""
    sources, boxes = _sources(whole, files, flat)
    commands = [
        *_read(whole.module, with_packing(whole, packed), sources, boxes),
        f"tee -q -o boxes.txt dump {' '.join(f't:{Path(name).stem}' for name in boxes)}" if boxes else "",
        *_flow(whole.module),
        "tee -q -o cells.json stat -json",
    ]
    with build.scratch("synthesis") as name:
        folder = Path(name)
        write_files(folder, {**sources, **boxes, **yosys.maps()})
        yosys.run([command for command in commands if command], folder)
        types = counted(folder / "cells.json", whole.module)
        inside = _inside((folder / "boxes.txt").read_text()) if boxes else Counter()
    return count(types, tuple(Path(name).stem for name in boxes)), inside


def _flow(module: str) -> list[str]:
    return [*BEFORE.get(module, ()), *yosys.synthesize(module)]


def counted(path: Path, top: str) -> dict[str, int]:
    """Cell type -> number, of one module in what `stat -json` wrote."""
    modules = json.loads(path.read_text())["modules"]
    (found,) = [facts for module, facts in modules.items() if module.strip("\\") == top]
    return dict(found["num_cells_by_type"])


def _inside(dump: str) -> Inside:
    """The black boxes in Yosys's dump of their cells."""
    cells = re.findall(r"cell \\(\w+) .*\n((?: *parameter .*\n)+)", dump)
    found: Inside = Counter()
    for module, values in cells:
        parameters = re.findall(r"parameter (?:signed )?\\(\w+) (.*)", values)
        found[module, tuple((name, re.sub(r"^(\d+)'", r"\1'b", value)) for name, value in parameters)] += 1
    return found


def _sources(whole: Instance, files: Files, flat: bool) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files that an engine needs, and its boxes with nothing but ports.  A ROM needs its memory too."""
    if flat:
        needed = {name: files[name] for name in closure(whole.module, files)}
        return needed | {value.strip('"'): files[value.strip('"')] for value in memory_files(whole)}, {}
    names = closure(whole.module, files, (*ROMS, *PARTS))
    boxes = {name: black_box(files[name].decode()).encode() for name in names if Path(name).stem in (*ROMS, *PARTS)}
    return {name: files[name] for name in names if name not in boxes}, boxes


def _read(top: str, parameters: Mapping[str, str], sources: Files, boxes: Files) -> list[str]:
    """Boxes are read twice: slang checks their ports, Yosys's own reader makes modules that may keep parameters."""
    names = sorted(name for name in {*sources, *boxes} if name.endswith(".sv"))
    return [yosys.read(top, parameters, names), *(f"read_verilog -sv -lib -overwrite {name}" for name in sorted(boxes))]


def with_packing(whole: Instance, packed: bool = True) -> dict[str, str]:
    """The parameters of an instance, PACKED, which a generated top passes on, with its value."""
    return {name: str(int(packed)) if name == "PACKED" else value for name, value in whole.parameters.items()}


def memory_files(whole: Instance) -> list[str]:
    """The parameters of an instance that name its memory files, in quotes."""
    return [value for name, value in whole.parameters.items() if name in ("FILE", "WEIGHT_FILE", "REQUANTIZE_FILE")]


def black_box(text: str) -> str:
    """The module with its ports and nothing behind them."""
    header = re.search(r"^module \w+ #\(.*?\n\) \(.*?\n\);", text, re.DOTALL | re.MULTILINE)
    if header is None:
        raise BenchError("a module whose ports cannot be read")
    return f"(* blackbox *)\n{header[0]}\nendmodule\n"


def closure(module: str, files: Files, closed: tuple[str, ...] = ()) -> list[str]:
    """Names of the files that `module` needs, one module a file of its name; nothing that only `closed` ones need."""
    found: set[str] = set()
    waiting = [f"{module}.sv"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if Path(name).stem in closed:
            continue
        waiting += [f"{word}.sv" for word in set(re.findall(r"\w+", code(files[name]))) if f"{word}.sv" in files]
    return sorted(found)


def code(text: bytes) -> str:
    """Without comments and layout."""
    return " ".join(re.sub(r"//.*", "", text.decode()).split())


def _key(whole: Instance, files: Files, packed: bool, flat: bool) -> str:
    """Everything that the result depends on; memories count by their words, not by their names."""
    memories = memory_files(whole)
    parameters = sorted((name, files[value.strip('"')] if value in memories else value) for name, value in whole.parameters.items())
    sources = [(name, code(files[name])) for name in closure(whole.module, files)]
    flow = FLOW, yosys.version(), sorted(BEFORE.items()), yosys.synthesize(whole.module), sorted(yosys.maps().items())
    return build.digest(flow, whole.module, parameters, sources, packed, flat)
