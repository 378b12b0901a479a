"""The check of a csynth.xml against plan.json: a report of what was planned passes, every difference ends with status 1.

No Vitis HLS is at hand, so the reports are made here, laid out as the tool lays them out; and the trip counts that the pragmas give
the tool are held against the plan by the compiler.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hls_export import HardwarePlan
from hls_export.csim import simulator
from hls_export.file_tree import write_files
from hls_export.plan.plan import assemble
from hls_export.writers import cpp_top
from hls_export.writers.scripts import build_files
from tests import networks
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network

NETWORKS = {
    "plain": networks.network((3, 4), (3, 1, 9), seed=21),
    "overlap-add": networks.network((4, 16), (3, 1, 9), seed=3),
    "residual": build_network(23, 2, (3, 4), (3, 1, 9), residual=3),
}
PLANS = {
    f"{name}, {engine}": assemble(network, replace(TARGET, engine=engine, clock_mhz=300.0), 10**7)
    for name, network in NETWORKS.items()
    for engine in ("folded", "adders")
}
DEPTH = 21


@dataclass
class Loop:
    name: str
    trips: int
    interval: int | str = 1
    latency: int | None = None

    @property
    def text(self) -> str:
        latency = self.trips - 1 + DEPTH if self.latency is None else self.latency
        return (
            f"<{self.name}><Name>{self.name}</Name><TripCount><range><min>1</min><max>{self.trips}</max></range></TripCount>"
            f"<Latency><range><min>{DEPTH}</min><max>{latency}</max></range></Latency>"
            f"<PipelineII>{self.interval}</PipelineII><PipelineDepth>{DEPTH}</PipelineDepth></{self.name}>"
        )


@dataclass
class Report:
    """What a csynth.xml of `plan` would hold, to be changed."""

    loops: list[Loop]
    dsp: int | str
    interval: int
    graph: int = 1
    extra: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, plan: HardwarePlan) -> Report:
        busy, pixels = plan.schedule.busy, TARGET.width * TARGET.height
        names = [process.name for process in plan.pipeline.processes]
        return cls([Loop(name, busy.get(name, pixels)) for name in names], plan.resources.dsp, plan.clocks_per_frame + DEPTH + 3)

    @property
    def text(self) -> str:
        overall = "<SummaryOfOverallLatency><Interval-max>{0}</Interval-max></SummaryOfOverallLatency>"
        modules = "".join(
            f"<Module><Name>run_{loop.name}</Name><PerformanceEstimates>{overall.format(loop.trips + DEPTH)}"
            f"<SummaryOfLoopLatency>{loop.text}</SummaryOfLoopLatency></PerformanceEstimates></Module>"
            for loop in self.loops
        )
        graph = f"<Module><Name>evaluate_1</Name><PerformanceEstimates>{overall.format(self.graph)}</PerformanceEstimates></Module>"
        return (
            f"<profile><PerformanceEstimates>{overall.format(self.interval)}</PerformanceEstimates><AreaEstimates><Resources>"
            f"<LUT>1</LUT><DSP>{self.dsp}</DSP></Resources></AreaEstimates><ModuleInformation>{modules}{graph}</ModuleInformation></profile>"
        )


def _loop(index: int, **changes: object) -> Callable[[Report], None]:
    def change(report: Report) -> None:
        report.loops[index] = replace(report.loops[index], **changes)  # type: ignore[arg-type]

    return change


MUTANTS: dict[str, tuple[Callable[[Report], None], str]] = {
    "II": (_loop(1, interval=2), "II 2; planned 1"),
    "II of a graph": (lambda report: setattr(report, "graph", 2), "a new position every 2 clocks; planned 1"),
    "II unknown": (_loop(2, interval="undef"), "II unknown; planned 1"),
    "DSP": (lambda report: setattr(report, "dsp", int(report.dsp) + 1), " DSP; planned "),
    "DSP unknown": (lambda report: setattr(report, "dsp", "?"), "unknown DSP; planned "),
    "trip count": (lambda report: setattr(report.loops[1], "trips", report.loops[1].trips + 1), "clocks a frame; planned ["),
    "latency of a loop": (_loop(1, latency=9_999_999), "latency 9999999; planned "),
    "latency of a loop, too short": (_loop(1, latency=3), "latency 3; planned "),
    "clocks per frame": (lambda report: setattr(report, "interval", report.interval + 40), "a frame every "),
    "clocks per frame, too few": (lambda report: setattr(report, "interval", 7), "a frame every 7 clocks; planned "),
    "a loop that is not pipelined": (lambda report: report.loops.pop(), "pipelined loops; planned one for each of "),
    "a loop more": (lambda report: report.loops.append(Loop("inner", 9)), "pipelined loops; planned one for each of "),
}


def checked(plan: HardwarePlan, report: str | None, folder: Path) -> subprocess.CompletedProcess[str]:
    files = build_files(plan)
    script, planned, found = folder / "check_csynth.py", folder / "plan.json", folder / "csynth.xml"
    script.write_bytes(files["vitis/check_csynth.py"])
    planned.write_text(plan.to_json())
    if report is not None:
        found.write_text(report)
    command = [sys.executable, "-I", str(script), str(planned), str(found)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", PLANS)
def test_a_report_of_what_was_planned_passes(name: str, tmp_path: Path) -> None:
    done = checked(PLANS[name], Report.of(PLANS[name]).text, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"{len(PLANS[name].pipeline.processes)} loops of II = 1 with the plan's clocks" in done.stdout


@pytest.mark.parametrize("engine", ["folded", "adders"])
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_difference_ends_with_status_1(mutant: str, engine: str, tmp_path: Path) -> None:
    plan = PLANS[f"residual, {engine}"]
    report, (change, message) = Report.of(plan), MUTANTS[mutant]
    change(report)
    done = checked(plan, report.text, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert message in done.stdout


@pytest.mark.parametrize("report", [None, "", "<profile>", "<profile></profile>"])
def test_no_report_is_told_in_lines(report: str | None, tmp_path: Path) -> None:
    done = checked(PLANS["plain, adders"], report, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert all(line.startswith("check_csynth: ") for line in done.stdout.splitlines())


def test_the_script_of_vitis_hls_ends_with_the_checks_status() -> None:
    text = build_files(PLANS["plain, adders"])["vitis/run_hls.tcl"].decode()
    check = text.index("exec python3 vitis/check_csynth.py plan.json build/vitis/solution/syn/report/csynth.xml")
    assert text.index("\ncsynth_design\n") < check < text.index("exit 1") < text.index("\ncosim_design")


@pytest.mark.skipif(simulator.compiler() is None, reason="no C++ compiler")
@pytest.mark.parametrize("name", PLANS)
def test_the_trip_counts_of_the_pragmas_are_the_plans_clocks(name: str, tmp_path: Path) -> None:
    plan = PLANS[name]
    network, pixels = NETWORKS[name.split(",")[0]], TARGET.width * TARGET.height
    write_files(tmp_path, simulator.sources(network, plan))
    graphs = "".join(f'#include "{path.relative_to(tmp_path / "src")}"\n' for path in tmp_path.glob("src/graphs/*.h"))
    clocks = {process.name: plan.schedule.busy.get(process.name, pixels) for process in plan.pipeline.processes}
    types = {process.name: cpp_top.process_type(process) for process in plan.pipeline.processes}
    checks = "".join(f'static_assert({types[one]}::most_clocks == {most}, "");\n' for one, most in clocks.items())
    headers = "".join(f'#include "{header}"\n' for header in set(cpp_top.HEADERS.values()))
    (tmp_path / "trips.cpp").write_text(f'#include "network.h"\n{graphs}{headers}{checks}')
    paths = [f"-I{tmp_path / folder}" for folder in ("src", "hls", "sim/standin")]
    command = [simulator.compiler() or "g++", "-std=c++14", "-fsyntax-only", "-w", *paths, str(tmp_path / "trips.cpp")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
