"""Imported networks in every executor: 0 mismatches in all layers, C simulation and RTL among them; and an export."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

import golden
from golden import IntNetwork, compare, executors
from golden.executors import Source
from hls_export import DEVICES, Target, make_plan
from hls_export.folder import verify, write
from qat.importing.asked import Asked
from qat.importing.checkpoint import read_checkpoint
from qat.importing.conversion import student_of
from qat.importing.integers import network_of
from qat.importing.onnx.graph import read_onnx
from qat.model.settings import LayerBits, Quantization
from qat.quantizing.freeze import freeze
from qat.quantizing.reconstruction import reconstructed
from tests import strategies
from tests.qat import tiny
from tests.qat.importing import foreign
from tests.qat.importing.quantized_files import Plain, exported, written
from tests.rtl_tb.conftest import needs_verilator

FAST = ("brevitas", "onnx", "oracle", "qonnx")
CASES: dict[str, tuple[Callable[[], torch.nn.Module], Asked, int]] = {
    "FSRCNN": (foreign.FsrcnnParts, Asked(scale=2), 8),
    "ESPCN, 4 bit": (lambda: foreign.Espcn(widths=(4, 3)), Asked(activation="relu"), 4),
    "QuickSRNet, clipped, anchored, x3": (lambda: foreign.QuickSrnet(3, width=3, anchored=True), Asked(), 8),
    "SESR, 6 bit": (foreign.Sesr, Asked(), 6),
    "ECBSR x4": (lambda: foreign.Ecbsr(4), Asked(), 8),
}


@cache
def closed_form(name: str, folder: Path) -> IntNetwork:
    """The network that the import makes, fitted on little."""
    make, asked, bits = CASES[name]
    student = student_of(read_checkpoint(foreign.save(foreign.shaken(make()), folder / "a.pth"), asked))
    batches = [tiny.batch(seed=seed, patch=12)[0] for seed in range(2)]
    return freeze(reconstructed(student, Quantization(LayerBits(bits, bits)), batches))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported")


def assert_agrees(network: IntNetwork, name: str) -> None:
    executor = executors.open_executor(executors.known()[name], Source(network))
    on = {"noise": strategies.noise(13, 18), "one row": strategies.noise(1, 7, 1), "white": np.full((5, 4), 255, np.uint8)}
    result = compare.trace_verdict(network, name, executor.trace, on, 64 if name == "oracle" else None)
    assert result.agrees, compare.describe(result, taps=True)
    assert [layer.layer for layer in result.layers if layer.compared] == [layer.name for layer in network.layers]


@pytest.mark.parametrize("name", CASES)
def test_an_imported_network_is_the_same_in_every_executor(name, folder) -> None:
    network = closed_form(name, folder)
    assert all(tap.min() < tap.max() for tap in golden.trace(network, strategies.noise(13, 18)).values())
    for executor in FAST:
        assert_agrees(network, executor)


def test_c_simulation_agrees(folder) -> None:
    assert_agrees(closed_form("QuickSRNet, clipped, anchored, x3", folder), "csim")


@needs_verilator
def test_rtl_agrees(folder) -> None:
    """Of 10x10 taps, with a constant channel, clipped activations and the LR pixel's term."""
    network = closed_form("QuickSRNet, clipped, anchored, x3", folder)
    assert network.layers[-1].luma is not None
    assert network.layers[-2].out_channels == 4
    assert_agrees(network, "rtl")


def test_quantized_files_agree_in_the_executors_that_take_any_scale(folder) -> None:
    dyadic = network_of(read_onnx(written(folder / "dyadic.onnx"), None))
    skip = network_of(read_onnx(exported(Plain([(5, 4)], 2, skip=True), folder / "skip.onnx"), None))
    for network, names in ((dyadic, ("onnx", "oracle", "csim")), (skip, ("onnx", "oracle", "brevitas", "qonnx"))):
        for name in names:
            assert_agrees(network, name)


def test_an_imported_network_is_exported_for_a_device(folder) -> None:
    network = closed_form("QuickSRNet, clipped, anchored, x3", folder)
    plan = make_plan(network, Target(64, 48, 60.0, 100.0, DEVICES["kv260"]))
    assert verify(write(network, plan, folder / "export")) > 50
