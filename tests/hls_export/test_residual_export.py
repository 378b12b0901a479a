"""The folder of a network with two terms: verified, its memories read back, its branch in the report, and agreed on by compare."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import golden
from golden import IntNetwork, compare
from golden.executors import Source
from golden.spec import PROVED
from hls_export import ExportError, HardwarePlan, make_plan
from hls_export.__main__ import main
from hls_export.adders import solver
from hls_export.csim.executor import Csim
from hls_export.folder import check_weights, verify, write
from hls_export.report.diagram import boxes
from tests.hls_export.conftest import TARGET, make
from tests.strategies import build_network, noise

NETWORK = build_network(5, 2, (4, 3), (3, 3, 9), residual=-2)
PLAN: HardwarePlan = make_plan(NETWORK, TARGET)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(NETWORK, PLAN, tmp_path_factory.mktemp("export") / "two_terms")


def test_it_is_verified_and_simulated_as_it_lies(folder: Path) -> None:
    assert verify(folder) > 50
    done = make(folder, "csim", "timed", "CXXFLAGS=-O1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mismatches" in done.stdout
    assert "\npair " in done.stdout
    assert done.stdout.count(" in flight in every process: ") == 3


def test_weights_read_back_from_the_folder(folder: Path) -> None:
    check_weights(folder, PLAN)
    with np.load(folder / "weights/weights.npz") as arrays:
        luma = NETWORK.layers[-1].terms[1]
        assert (arrays["deconv.residual"] == luma.weight[0, 0]).all()


def test_the_weights_of_the_lr_pixel_are_there_to_read(folder: Path) -> None:
    lines = (folder / "weights/deconv.csv").read_text().splitlines()
    luma = NETWORK.layers[-1].terms[1].weight[0, 0]
    rows = [tuple(map(int, line.split(","))) for line in lines[lines.index("ky,kx,luma_weight") + 1 :]]
    assert rows == [(ky, kx, luma[ky, kx]) for ky in range(9) for kx in range(9)]
    assert (folder / "graphs/deconv.json").is_file()


@pytest.mark.parametrize("name", ["deconv.weight.mem", "deconv.requantize.mem"])
def test_a_changed_digit_of_a_memory_is_seen(name: str, folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    path = copy / "weights" / name
    text = path.read_text()
    path.write_text(text[:-2] + f"{int(text[-2], 16) ^ 1:x}\n")
    with pytest.raises(ExportError, match=re.escape(f"weights/{name.split('.')[0]}: ")):
        check_weights(copy, PLAN)


def test_a_folded_plan_of_two_terms_without_the_solver_is_one_line_and_the_graphs_of_an_export_serve(
    no_graphs: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(solver, "SOLVER", "da5ml")
    asked = f"{folder}/network.npz --out {tmp_path}/again --resolution 40x36 --clock-mhz 5 --device zu3eg --engine folded".split()
    assert main(asked) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(r"layer 'deconv': da5ml is not installed, .*allowed: .*--graphs of an export", line)
    assert main([*asked, "--graphs", str(folder)]) == 0
    assert (tmp_path / "again/rtl/sr_top.sv").read_bytes() == (folder / "rtl/sr_top.sv").read_bytes()


def test_the_report_and_its_diagram_show_the_branch(folder: Path) -> None:
    chain, branch = boxes(PLAN)
    assert [box.title for box in chain][1::3] == ["fork", "pair", "AXI4-Stream out"]
    assert [box.title for box in branch] == ["pixel FIFO"]
    text = re.sub(r"<[^>]+>", " ", (folder / "report.html").read_text())
    said = [f"int{PLAN.engines[-1].widths.accumulator}", f"FIFO of {PLAN.pipeline.fifos['to_pair_pixel']}", "from fork", "to pair"]
    said += [stream.name for stream in PLAN.pipeline.streams] + ["those of the LR pixel alone, are constants of an adder graph"]
    for word in said:
        assert word in text, word


def test_compare_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden.save(NETWORK, tmp_path / "network.npz")
    assert compare.main([str(tmp_path / "network.npz"), "--against", "csim"]) == 0
    assert "csim       agrees: 0 mismatches" in capsys.readouterr().out


@pytest.mark.parametrize("changes", [{"shift": 1}, {"weight": np.zeros((1, 1, 9, 9), dtype=np.int64)}])
def test_compare_tells_another_residual_apart(changes: dict[str, Any]) -> None:
    last = NETWORK.layers[-1]
    changed = replace(last, terms=(last.terms[0], replace(last.terms[1], **changes)), accumulator=PROVED)
    trace = Csim(Source(IntNetwork((*NETWORK.layers[:-1], changed)))).trace
    agreement = compare.trace_verdict(NETWORK, "csim", trace, {"noise": noise(9, 9)})
    assert agreement.mismatches > 0
    assert agreement.first
    assert agreement.first[0] == "deconv"
