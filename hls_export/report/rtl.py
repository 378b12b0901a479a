"""The report's section on the RTL: what the plan says of it, and what a simulation measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hls_export.errors import ExportError
from hls_export.plan.latency import STREAM_DEPTH
from hls_export.plan.plan import HardwarePlan, in_rtl
from hls_export.report import page

WHY = (
    "The same plan in SystemVerilog (rtl/). An engine never stalls inside: it reserves a place in its output FIFO when it begins "
    "a position, so each FIFO holds what is stored and what is still in the pipeline; its pipeline is the clocks from the last "
    "fold of a position until its output stands at the next process. Simulation measures these very clocks."
)
UNKNOWN = "Not simulated when this was written: python -m rtl_tb --json FILE, then --measured FILE here."
HEAD = ("process", "busy clocks", "pipeline", "output FIFO", "first out", "last out")
FRAME_HEAD = ("frame", "clocks per frame", "per LR pixel", "plan", "first out", "last out", "multipliers at work", "most held")


def section(plan: HardwarePlan, measured: list[dict[str, Any]] | None) -> str:
    """HTML; measured: the list of `read_measured`, None when nothing was measured."""
    rtl = in_rtl(plan)
    parts = [page.paragraph(WHY), page.table(HEAD, list(_processes(rtl)))]
    if measured:
        parts += [page.paragraph("Measured by python -m rtl_tb:"), page.table(FRAME_HEAD, [_measured(one) for one in measured])]
    else:
        parts.append(page.paragraph(UNKNOWN))
    return page.section("RTL", *parts)


def read_measured(path: str | Path, plan: HardwarePlan) -> list[dict[str, Any]]:
    """The measurements in a JSON file of `python -m rtl_tb --json`.

    Raises ExportError when the file is of another network, another size or another format, or has no measurement.
    """
    try:
        found = json.loads(Path(path).read_text())
        network, resolution, measured = found["network"], found["resolution"], found["measured"]
        [_measured(one) for one in measured]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ExportError(f"{path}: not a file of python -m rtl_tb --json ({error!r})") from error
    asked = [plan.network_hash, [plan.target.width, plan.target.height]]
    if [network, resolution] != asked or not measured:
        raise ExportError(
            f"{path}: {len(measured)} measurements of network {str(network)[:12]} at {resolution}; allowed at least one of "
            f"{plan.network_hash[:12]} at {asked[1]}"
        )
    return list(measured)


def _processes(rtl: HardwarePlan) -> Iterator[tuple[object, ...]]:
    times, last = rtl.schedule, str(STREAM_DEPTH)
    for process in rtl.pipeline.processes:
        if process.name in times.busy:
            places = " + ".join(str(rtl.pipeline.stream(name).depth) for name in process.writes) or last
            clocks = times.busy[process.name], process.latency, places
            yield process.name, *clocks, times.first_output[process.name], times.finished[process.name]


def _measured(one: dict[str, Any]) -> tuple[object, ...]:
    return (
        f"{one['width']}x{one['height']}",
        ", ".join(map(str, one["clocks_per_frame"])),
        f"{one['clocks_per_pixel']:.4f}",
        f"{one['planned']}, {'equal' if one['equals_plan'] else 'DIFFERENT'}",
        one["first_output"],
        one["last_output"],
        f"{one['utilisation']:.1%}",
        ", ".join(f"{name} {most}" for name, (most, _) in sorted(one["levels"].items())),
    )
