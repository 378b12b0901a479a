"""The trial of imports: what it prints of a right way, and that a wrong import and a wrong executor end in status 1."""

from __future__ import annotations

import dataclasses
from typing import Any

import onnx
import pytest

import golden
from golden.onnx import integer
from golden.spec import PROVED
from qat.importing import conversion, importer
from tests import import_matrix

QONNX, DYADIC, ECBSR = "ESPCN x3, QONNX", "ESPCN x2, dyadic scales, QONNX", "ECBSR x2, collapsed"


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "BATCHES", 1)


def run(capsys: Any, case: str, against: str) -> tuple[int, list[str], str]:
    """Status, cells of the row, and what stands below the table."""
    status = import_matrix.main(["--only", case, "--against", against])
    row, _, rest = capsys.readouterr().out.partition("| ---")[2].partition("\n")[2].partition("\n")
    return status, [cell.strip() for cell in row.strip("|").split("|")], rest


def test_a_right_way_counts_every_integer_of_every_layer(capsys) -> None:
    status, cells, rest = run(capsys, QONNX, "onnx,compiled")
    pixels = sum(frame.size for frame in import_matrix.FRAMES.values())
    assert cells[:5] == [QONNX, "1-6-6-1", "0", *[f"{pixels * (6 + 6 + 9):,}"] * 2]
    assert int(cells[5]) > 100
    assert (status, rest.strip()) == (0, "")


def test_an_executor_that_takes_no_such_network_has_its_reason_below(capsys) -> None:
    status, cells, rest = run(capsys, DYADIC, "onnx,brevitas")
    assert status == 0
    assert cells[4] == "not run"
    assert f"- {DYADIC}, brevitas: no quantized student: layer 'convolution1': positive_multiplier" in rest


def test_an_executor_that_is_off_by_one_bias_is_counted(capsys, monkeypatch) -> None:
    right = integer.integer_onnx

    def mutant(network: golden.IntNetwork, taps: bool = False) -> onnx.ModelProto:
        first, *others = network.layers
        wrong = dataclasses.replace(first, bias=first.bias + 2**6, accumulator=PROVED)
        return right(golden.IntNetwork((wrong, *others)), taps)

    monkeypatch.setattr(integer, "integer_onnx", mutant)
    status, cells, rest = run(capsys, QONNX, "onnx,compiled")
    assert status == 1
    assert "differ" in cells[3]
    assert "differ" not in cells[4]
    assert f"- {QONNX}, onnx: first in layer 'convolution1'" in rest


def test_an_import_that_forgets_the_255th_is_seen(capsys, monkeypatch) -> None:
    assert run(capsys, ECBSR, "onnx")[0] == 0
    monkeypatch.setattr(conversion, "luma_unit", lambda white: 1 / white)
    status, cells, _ = run(capsys, ECBSR, "onnx")
    assert status == 1
    assert float(cells[2]) > import_matrix.FLOAT_LIMIT


def test_a_fault_that_the_frames_do_not_show_is_no_success(capsys, monkeypatch) -> None:
    monkeypatch.setattr(import_matrix, "fault_is_caught", lambda network: False)
    assert run(capsys, QONNX, "onnx")[0] == 1
