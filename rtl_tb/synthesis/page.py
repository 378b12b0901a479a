"""What synthesis found, as JSON and as a Markdown page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from hls_export.plan.plan import HardwarePlan
from rtl_tb.synthesis.engines import Row, Synthesis
from rtl_tb.tools import yosys

INTRODUCTION = """# Synthesis: the cells of every engine

Written by `make synth` (`python -m rtl_tb.synthesis`); the numbers are in synthesis.json. The tool is Yosys {version} (pyosys),
`synth_xilinx -family xcup`: cells of an UltraScale+ device, **not placed and not routed**, as no open tool does that for this
family.

- **DSP** is DSP48E2 in the netlist; the command fails unless every engine has exactly the number of its plan.
- LUT, FF and BRAM36 are what Yosys makes. It puts no register into a DSP, so the A, B, M and P registers of each multiplier,
  which Vivado would move into it, are counted as FF and (two in a row) as LUT of memory. The plan's LUT and BRAM36 are its
  estimates.
- An engine of adders is two modules: the window and control, and NAME_graph, its constants.
- Multipliers, adder trees and requantize lanes are synthesized once per set of parameters and counted as often as an engine
  has them; ROMs are synthesized apart, so that no weight is folded into a multiplier.
- GOPS per DSP is a **model**: operations per second at the clock that was asked for ({clock:g} MHz), frames back to back, over
  the DSPs counted here. The clock was not reached on a device.
"""


def to_json(found: Sequence[Synthesis]) -> str:
    """Sorted JSON of every number on the page."""
    facts = {
        "tool": f"Yosys {yosys.version()} (pyosys), synth_xilinx -family xcup",
        "note": "cells before placement; the clock is the plan's, not a measured one",
        "networks": [_facts(one) for one in found],
    }
    return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def to_markdown(found: Sequence[Synthesis]) -> str:
    parts = [INTRODUCTION.format(version=yosys.version(), clock=found[0].plan.target.clock_mhz)]
    return "\n".join([*parts, *(line for one in found for line in _section(one))]) + "\n"


def efficiency(plan: HardwarePlan) -> dict[str, float]:
    """Operations a second at the plan's clock, and where there are DSPs what each has of them."""
    multipliers = sum(engine.multiplier_dsps for engine in plan.engines)
    found = {"gops": round(plan.gops, 1)}
    if multipliers:
        found |= {
            "gops_per_multiplier_dsp": round(plan.gops / multipliers, 3),
            "gops_per_dsp": round(plan.gops / plan.resources.dsp, 3),
        }
    return found


def _facts(found: Synthesis) -> dict[str, object]:
    plan = found.plan
    return {
        "label": found.label,
        "network": plan.network,
        "network_hash": plan.network_hash,
        "resolution": [plan.target.width, plan.target.height],
        "fps": plan.fps,
        "clock_mhz": plan.target.clock_mhz,
        "clocks_per_pixel": plan.clocks_per_pixel,
        "device": asdict(plan.target.device),
        "lanes": plan.lanes,
        "plan": asdict(plan.resources),
        "total": found.total.to_json(),
        "engines": [asdict(row) for row in found.rows],
        **efficiency(plan),
    }


def _section(found: Synthesis) -> list[str]:
    plan, total, rate = found.plan, found.total, efficiency(found.plan)
    per_dsp = ""
    if "gops_per_dsp" in rate:
        per_dsp = (
            f": {rate['gops_per_multiplier_dsp']:.3f} per DSP that multiplies weights, {rate['gops_per_dsp']:.3f} per DSP of all"
        )
    chip = plan.target.device
    return [
        f"## {found.label}",
        "",
        f"{plan.network}; {plan.target.width}x{plan.target.height} at {plan.target.clock_mhz:g} MHz: "
        f"II {plan.initiation_interval}, {plan.fps:.1f} frames per second; {chip.name}.",
        "",
        "| engine | module | lanes | DSP | plan | LUT | of them memory | plan | FF | BRAM36 | plan |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(_line(row) for row in found.rows),
        f"| **total** | | {plan.lanes} | **{total.dsp}** | {plan.resources.dsp} | {total.luts} | {total.memory_lut} | "
        f"{plan.resources.lut} | {total.ff} | {total.bram36} | {plan.resources.bram36} |",
        f"| {chip.name} has | | | {chip.dsp} | | {chip.lut} | | | {2 * chip.lut} | {chip.bram36} | |",
        "",
        f"{rate['gops']:.1f} GOPS at {plan.target.clock_mhz:g} MHz (modelled){per_dsp}.",
        "",
    ]


def _line(row: Row) -> str:
    cells = row.cells + row.roms
    numbers = [row.lanes or "", cells.dsp, row.plan_dsp, cells.luts, cells.memory_lut, row.plan_lut or "", cells.ff, cells.bram36]
    return f"| {row.name} | {row.module} | " + " | ".join(str(number) for number in [*numbers, row.plan_bram36]) + " |"
