"""The folder of a network with a residual: verified, its memories read back, its branch in the report, and agreed on by compare."""

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
from hls_export.csim.executor import Csim
from hls_export.folder import check_weights, verify, write
from hls_export.report.diagram import boxes
from tests.hls_export.conftest import TARGET, make
from tests.strategies import build_network, noise

NETWORK = build_network(5, 2, (4, 3), (3, 3, 9), residual=-2)
PLAN: HardwarePlan = make_plan(NETWORK, TARGET)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(NETWORK, PLAN, tmp_path_factory.mktemp("export") / "residual")


def test_it_is_verified_and_simulated_as_it_lies(folder: Path) -> None:
    assert verify(folder) > 50
    done = make(folder, "csim", "timed", "CXXFLAGS=-O1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mismatches" in done.stdout
    assert "\nresidual " in done.stdout
    assert done.stdout.count(" in flight in every process: ") == 3


def test_weights_read_back_from_the_folder(folder: Path) -> None:
    check_weights(folder, PLAN)
    with np.load(folder / "weights/weights.npz") as arrays:
        luma = NETWORK.layers[-1].terms[1]
        assert (arrays["deconv.residual"] == luma.weight[0, 0]).all()


@pytest.mark.parametrize(
    "name",
    ["deconv.weight.mem", "deconv.requantize.mem", "residual.weight.mem", "residual.requantize.mem", "joined.requantize.mem"],
)
def test_a_changed_digit_of_a_memory_is_seen(name: str, folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    path = copy / "weights" / name
    text = path.read_text()
    path.write_text(text[:-2] + f"{int(text[-2], 16) ^ 1:x}\n")
    with pytest.raises(ExportError, match=re.escape(f"weights/{name.split('.')[0]}: ")):
        check_weights(copy, PLAN)


def test_the_report_and_its_diagram_show_the_branch(folder: Path) -> None:
    chain, branch = boxes(PLAN)
    assert [box.title for box in chain][1::3] == ["fork", "deconv", "AXI4-Stream out"]
    assert [box.title for box in branch] == ["pixel FIFO", "residual"]
    text = re.sub(r"<[^>]+>", " ", (folder / "report.html").read_text())
    said = [f"int{PLAN.requantize.widths.accumulator}", f"FIFO of {PLAN.pipeline.fifos['to_residual']}", "from fork", "to join"]
    said += [stream.name for stream in PLAN.pipeline.streams] + ["1 x the sums of deconv + 4 x the sums of residual"]
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
