"""The cells of every engine of a network, beside its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from golden.spec import IntNetwork
from hls_export import HardwarePlan
from hls_export.plan.plan import in_rtl
from hls_export.writers import sv
from rtl_tb.bench.design import instances
from rtl_tb.synthesis.cells import Cells
from rtl_tb.synthesis.netlist import synthesize


@dataclass(frozen=True)
class Row:
    """One engine: what the plan says of it, and the cells that it became.  lut and bram36 of the plan are estimates."""

    name: str
    module: str
    lanes: int
    plan_dsp: int
    plan_lut: int
    plan_bram36: int
    cells: Cells
    roms: Cells
    seconds: float


@dataclass(frozen=True)
class Synthesis:
    """All engines of one network."""

    label: str
    network: IntNetwork
    plan: HardwarePlan
    rows: tuple[Row, ...]

    @property
    def total(self) -> Cells:
        return sum((row.cells + row.roms for row in self.rows), Cells())


def differences(found: Synthesis) -> list[str]:
    """Where the DSPs are not those of the plan; an empty list of engines is a difference too."""
    wrong = [f"{row.name} has {row.cells.dsp} DSP, its plan {row.plan_dsp}" for row in found.rows if row.cells.dsp != row.plan_dsp]
    if found.total.dsp != found.plan.resources.dsp:
        wrong.append(f"{found.total.dsp} DSP in all, in the plan {found.plan.resources.dsp}")
    missing = {engine.name for engine in found.plan.engines} - {row.name for row in found.rows}
    return wrong + [f"no engine {name}" for name in sorted(missing)]


def synthesis(label: str, network: IntNetwork, plan: HardwarePlan) -> Synthesis:
    """Synthesizes every engine of the generated top, and says so line by line."""
    files = sv.sources(network, plan)
    return Synthesis(label, network, plan, tuple(_rows(plan, files)))


def _rows(plan: HardwarePlan, files: Mapping[str, bytes]) -> Iterator[Row]:
    lanes = {engine.name: engine.multipliers for engine in plan.engines}
    dsps, luts = _planned(plan)
    for name, part in instances(files[f"{sv.TOP}.sv"].decode()).items():
        made = synthesize(part, files)
        numbers = lanes.get(name, 0), dsps.get(name, 0), luts.get(name, 0), planned_bram36(plan, name)
        row = Row(name, part.module, *numbers, made.cells, made.roms, made.seconds)
        print(f"{name:14} {row.cells.dsp:5} DSP (plan {row.plan_dsp}), {row.cells.luts:6} LUT, {made.seconds:7.1f} s", flush=True)
        yield row


def _planned(plan: HardwarePlan) -> tuple[dict[str, int], dict[str, int]]:
    """DSPs and estimated LUTs by instance; a transposed convolution is rounded by `requantize`, which has its DSPs.

    An engine stands beside its graph, where it has one.
    """
    dsps = {engine.name: engine.dsps for engine in plan.engines}
    last = plan.engines[-1]
    dsps |= {last.name: last.multiplier_dsps, "requantize": last.requantize_dsps}
    luts = {engine.name: engine.estimated_luts for engine in plan.engines}
    for engine in plan.engines:
        if engine.graph is not None:
            luts[f"{engine.name}_graph"] = engine.graph.luts
            luts[engine.name] -= engine.graph.luts
    return dsps, luts


def planned_bram36(plan: HardwarePlan, name: str) -> int:
    """Of the line buffers and the ROM of a process, and of the FIFOs that it writes."""
    rtl = in_rtl(plan)
    own = {name, *(stream for process in rtl.pipeline.processes if process.name == name for stream in process.writes)}
    return sum(part.count for part in rtl.memories if part.name in own and part.kind == "bram36")
