"""What the RTL adds to the plan, its top, and its section of the report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from golden.spec import IntNetwork
from hls_export import ExportError, HardwarePlan, library
from hls_export.__main__ import main
from hls_export.plan.latency import depth
from hls_export.plan.plan import assemble, in_rtl
from hls_export.report.rtl import read_measured
from hls_export.writers import sv
from hls_export.writers.sv_graph import graph, graph_name
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network

MODULES = sorted(library.files(library.RTL))
TWO_TERMS = assemble(build_network(5, 2, (4, 3), (3, 3, 9), residual=2), TARGET, 20_000)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_a_file_of_its_name_and_an_honest_header(name: str) -> None:
    text = library.files(library.RTL)[name].decode()
    header = text[: text.index("\nmodule ")]
    assert re.findall(r"^module (\w+)", text, re.MULTILINE) == [name.removesuffix(".sv")]
    for word in ("Latency", "Combinational", "Back-pressure"):
        assert word in header, word
    lines = text.splitlines()
    bounds = re.search(r"^  if \([^;]*begin : gen_out_of_bounds\n.*?^  end\n", text, re.MULTILINE | re.DOTALL)
    assert len(lines) - (len(bounds[0].splitlines()) if bounds else 0) <= 180
    assert [line for line in lines if len(line) > 132 or "\t" in line] == []


def test_the_top_names_the_network_and_instantiates_every_layer(plan: HardwarePlan) -> None:
    text = sv.top(in_rtl(plan))
    assert plan.network_hash in text
    for layer in plan.engines:
        assert f"  ) u_{layer.name} (" in text
        assert f'"{layer.name}.weight.mem"' in text
    assert text == sv.top(in_rtl(plan))


def instances_of(plan: HardwarePlan) -> list[tuple[str, ...]]:
    """(module, parameters, name, ports) of every instance in the top."""
    pattern = r"^  (\w+)(?: #\((.*?)^  \))? (u_\w+) \((.*?)^  \);"
    return re.findall(pattern, sv.top(in_rtl(plan)), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("two_terms", [False, True])
def test_every_parameter_and_port_of_the_top_exists(two_terms: bool, plan: HardwarePlan) -> None:
    modules = {name.removesuffix(".sv"): text.decode() for name, text in library.files(library.RTL).items()}
    modules |= {graph_name(name): graph(name, engine) for name, engine in TWO_TERMS.graphs.items()}
    instances = instances_of(TWO_TERMS if two_terms else plan)
    assert len(instances) == (len(TWO_TERMS.engines) + 7 if two_terms else len(plan.engines) + 3)
    for module, parameters, _, ports in instances:
        head = modules[module][: modules[module].index(");")]
        for name in re.findall(r"\.(\w+)\(", parameters + ports):
            assert re.search(rf"\b{name}\b", head), (module, name)


def test_the_lr_pixel_forks_before_the_first_layer_and_is_paired_before_the_last(plan: HardwarePlan) -> None:
    modules = {name: module for module, _, name, _ in instances_of(TWO_TERMS)}
    assert list(modules)[:2] == ["u_video_input", "u_fork"]
    assert list(modules)[-6:] == ["u_pixel_delay", "u_pair", "u_deconv", "u_deconv_graph", "u_requantize", "u_video_output"]
    text, rtl = sv.top(in_rtl(TWO_TERMS)), in_rtl(TWO_TERMS)
    streams = json.loads(rtl.to_json())["pipeline"]["streams"]
    assert {stream["depth"] for stream in streams if stream["name"] == "to_pair_pixel"} == {rtl.pipeline.fifos["to_pair_pixel"]}
    assert set(rtl.pipeline.fifos) == set(re.findall(r"logic \[31:0\] level_(\w+);", text))
    assert not re.search("fork|pair|graph", sv.top(in_rtl(plan)) + in_rtl(plan).to_json())


def test_the_latency_is_that_of_the_layers_and_their_pipelines() -> None:
    rtl = in_rtl(TWO_TERMS)
    total = sum(process.latency for process in rtl.pipeline.processes if process not in rtl.pipeline.beside)
    assert rtl.latency_clocks == TWO_TERMS.latency_clocks + total
    assert rtl.schedule.first_output["deconv"] > rtl.schedule.first_output["pair"]
    assert rtl.clocks_per_frame == TWO_TERMS.clocks_per_frame


def test_the_schedule_of_the_rtl_is_that_of_hls_and_the_pipelines(plan: HardwarePlan) -> None:
    rtl = in_rtl(plan)
    assert rtl.clocks_per_frame == plan.clocks_per_frame
    assert rtl.latency_clocks == plan.latency_clocks + sum(process.latency for process in rtl.pipeline.processes)
    assert [(p.name, p.kind, p.engine, p.reads, p.writes) for p in rtl.pipeline.processes] == [
        (p.name, p.kind, p.engine, p.reads, p.writes) for p in plan.pipeline.processes
    ]
    rows = [name for name in rtl.pipeline.fifos if name.startswith("row")]
    assert all(rtl.pipeline.fifos[row] >= plan.pipeline.fifos[row] for row in rows)


def test_a_smaller_frame_is_sooner_through(plan: HardwarePlan) -> None:
    whole = in_rtl(plan)
    assert whole.schedule_of(4, 5).finished["video_output"] < whole.latency_clocks


@pytest.mark.parametrize("folds", [1, 2, 3, 7])
def test_a_fifo_has_a_place_for_every_position_under_way(folds: int) -> None:
    clocks = 17
    begun = [start for start in range(0, 1000, folds) if start <= 500 < start + folds + clocks + 1]
    assert depth(folds, clocks) > len(begun)


def test_an_export_carries_the_rtl_and_its_numbers(exported: Path, plan: HardwarePlan, small: IntNetwork) -> None:
    listed = (exported / "rtl/files.f").read_text().split()
    assert sorted(listed) == sorted((*MODULES, "sr_top.sv", "video_top.sv"))
    assert all((exported / "rtl" / name).is_file() for name in listed)
    for top in ("sr_top", "video_top"):
        assert small.hash in (exported / f"rtl/{top}.sv").read_text()
    numbers = json.loads((exported / "rtl/plan.json").read_text())
    assert numbers["latency_clocks"] == in_rtl(plan).latency_clocks
    text = (exported / "report.html").read_text()
    assert str(in_rtl(plan).schedule.finished["requantize"]) in text
    assert "Not simulated" in text


def _measured(plan: HardwarePlan, **changed: Any) -> dict[str, Any]:
    one = {
        "width": 40,
        "height": 36,
        "clocks_per_frame": [1234567],
        "clocks_per_pixel": 1.5,
        "planned": "1234567",
        "equals_plan": True,
        "first_output": 7,
        "last_output": 77,
        "utilisation": 0.875,
        "levels": {"row0": [3, 4]},
    }
    found = {"network": plan.network_hash, "resolution": [TARGET.width, TARGET.height], "measured": [one]}
    return found | changed


def test_measurements_reach_the_report(exported: Path, plan: HardwarePlan, tmp_path: Path) -> None:
    (tmp_path / "rtl.json").write_text(json.dumps(_measured(plan)))
    asked = f"--out {tmp_path / 'out'} --resolution 40x36 --fps 60 --clock-mhz 5 --device zu3eg --measured {tmp_path / 'rtl.json'}"
    assert main([str(exported / "network.npz"), *asked.split()]) == 0
    text = (tmp_path / "out/report.html").read_text()
    assert "1234567, equal" in text
    assert "87.5%" in text


@pytest.mark.parametrize(
    "changed", [{"network": "0" * 64}, {"resolution": [8, 8]}, {"measured": []}, {"measured": [{"width": 3}]}, {"measured": None}]
)
def test_measurements_of_something_else_are_refused(changed: dict[str, Any], plan: HardwarePlan, tmp_path: Path) -> None:
    path = tmp_path / "rtl.json"
    path.write_text(json.dumps(_measured(plan, **changed)))
    with pytest.raises(ExportError, match=re.escape(str(path))):
        read_measured(path, plan)


def test_a_broken_file_of_measurements_is_refused(plan: HardwarePlan, tmp_path: Path) -> None:
    path = tmp_path / "rtl.json"
    path.write_text("{")
    with pytest.raises(ExportError, match="not a file of python -m rtl_tb"):
        read_measured(path, plan)
