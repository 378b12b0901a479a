# SPDX-License-Identifier: Apache-2.0
"""Hold what Vitis HLS made of the export against its plan: II, trip counts, latency, DSPs.  Status 1 on any difference.

python3 vitis/check_csynth.py plan.json build/vitis/solution/syn/report/csynth.xml

Network @hash@.  UNTESTED against Vitis HLS itself: none was at hand.  Held:
  - every process is one pipelined loop of II = 1, so there are as many as processes, and every graph of adders takes a new
    position each clock;
  - the most clocks that the loops take for a frame are those of the plan's schedule, process by process;
  - a loop's latency is its clocks and the depth of its pipeline, once;
  - a frame follows the one before after the plan's clocks per frame, and what the deepest pipeline and the start of a process take;
  - DSPs.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

START_CLOCKS = 8
"""Of a process: the handshake before its loop and after it."""


def main(arguments):
    if len(arguments) != 2:
        print("check_csynth: allowed PLAN.json CSYNTH.xml")
        return 1
    try:
        plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        found = list(differences(plan, ElementTree.parse(arguments[1]).getroot()))
    except (OSError, ValueError, KeyError, TypeError, ElementTree.ParseError) as error:
        print(f"check_csynth: {error!r}; allowed the plan.json of this export and the csynth.xml of Vitis HLS")
        return 1
    for line in found:
        print(f"check_csynth: {line}")
    if not found:
        loops, dsp = len(frame_clocks(plan)), plan["resources"]["dsp"]
        print(f"csynth: {loops} loops of II = 1 with the plan's clocks, {dsp} DSP as planned")
    return 1 if found else 0


def frame_clocks(plan):
    """Clocks that one frame takes of each process, by name."""
    target = plan["target"]
    words = -(-target["width"] // target["pixels_per_clock"]) * target["height"]
    return {one["name"]: plan["schedule"]["busy"].get(one["name"], words) for one in plan["pipeline"]["processes"]}


def differences(plan, report):
    """One line for each difference."""
    planned = frame_clocks(plan)
    loops = [loop for summary in report.iter("SummaryOfLoopLatency") for loop in summary if loop.find("PipelineII") is not None]
    if len(loops) != len(planned):
        yield f"{len(loops)} pipelined loops; planned one for each of {len(planned)} processes: {', '.join(planned)}"
    for loop in loops:
        yield from loop_differences(loop)
    for module in report.iter("Module"):
        if "evaluate" in module.findtext("Name", ""):
            interval = number(module.find(".//SummaryOfOverallLatency"), "PipelineInitiationInterval", "Interval-max")
            if interval != 1:
                yield f"graph '{module.findtext('Name')}': a new position every {shown(interval)} clocks; planned 1"
    clocks = sorted(number(loop, "TripCount") or 0 for loop in loops)
    if clocks != sorted(planned.values()):
        yield f"the loops take {clocks} clocks a frame; planned {sorted(planned.values())}"
    yield from top_differences(plan, report, loops)


def loop_differences(loop):
    name = loop.findtext("Name", loop.tag)
    interval, trips, depth = number(loop, "PipelineII"), number(loop, "TripCount"), number(loop, "PipelineDepth")
    latency = number(loop, "Latency")
    if interval != 1:
        yield f"loop '{name}': II {shown(interval)}; planned 1"
    elif None in (trips, depth, latency) or not trips - 1 <= latency <= trips + depth:
        yield f"loop '{name}': latency {shown(latency)}; planned {shown(trips)} clocks and {shown(depth)}, its pipeline's depth"


def top_differences(plan, report, loops):
    area, overall = report.find("AreaEstimates/Resources"), report.find("PerformanceEstimates/SummaryOfOverallLatency")
    dsp, planned = number(area, "DSP", "DSP48E"), plan["resources"]["dsp"]
    if dsp != planned:
        yield f"{shown(dsp)} DSP; planned {planned}"
    interval, clocks = number(overall, "Interval-max"), plan["clocks_per_frame"]
    most = clocks + max((number(loop, "PipelineDepth") or 0 for loop in loops), default=0) + START_CLOCKS
    if interval is None or not clocks <= interval <= most:
        yield f"a frame every {shown(interval)} clocks; planned {clocks}, and up to {most} with the deepest pipeline"


def number(element, *names):
    """The integer under the first of `names` that there is, the highest of a range; None where the tool gives none."""
    for name in names:
        found = None if element is None else element.find(name)
        if found is not None:
            text = found.findtext("range/max") or found.text or ""
            return int(text) if text.strip().isdigit() else None
    return None


def shown(value):
    return "unknown" if value is None else value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
