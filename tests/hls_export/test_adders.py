"""Adder graphs: the two proofs and what they refuse, the solver's answers, and the clocks of a pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden
from golden.int_type import IntType
from golden.model import trace
from golden.networks import named
from hls_export.adders import archive, solver
from hls_export.adders.engine import adder_engine, sum_graph
from hls_export.adders.graph import Adder, AdderGraph, Output, read
from hls_export.adders.solver import solve
from hls_export.adders.stages import staged
from hls_export.errors import ExportError
from hls_export.file_tree import write_files
from tests.networks import NETWORKS

W4A4 = golden.load(named("fsrcnn-r-x2-w4a4"))
GRAPH = sum_graph(W4A4.layers[2])


@given(st.integers(1, 9), st.integers(1, 6), st.integers(0, 2**32 - 1), st.booleans())
def test_a_graph_is_its_matrix(rows: int, columns: int, seed: int, signed: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix, kinds = rng.integers(-127, 128, (rows, columns)), [IntType(int(bits), signed) for bits in rng.integers(1, 9, rows)]
    bias = rng.integers(-999, 999, columns)
    inputs = np.stack([rng.integers(kind.min, kind.max + 1, 50) for kind in kinds], axis=1)
    graph = solve(matrix, kinds, bias)
    assert (graph.evaluate(inputs) == inputs @ matrix + bias).all()
    assert read(json.loads(json.dumps(graph.to_json())), "here").adders == graph.adders


def again() -> AdderGraph:
    return solve(GRAPH.matrix, GRAPH.inputs, GRAPH.bias)


def test_two_solves_give_the_same_graph(no_graphs: Path) -> None:
    assert again() is not GRAPH
    assert again().to_json() == GRAPH.to_json()


DIGEST = "f758b614ca3c4b62d3712b06588869a9db7cb423847f1468ed4f39b693f4780d"
"""Of the graphs of fsrcnn-s-r-x2-w4a4 as an export has them, where this line was written."""
SOLVED_ANEW = """
import hashlib, golden, hls_export
from hls_export.adders import archive
plan = hls_export.plan(golden.load("fsrcnn-s-r-x2-w4a4"), "1920x1080", device="kv260")
graphs = sorted(archive.files(plan.graphs).items())
print(hashlib.sha256(b"".join(name.encode() + b"\\0" + text for name, text in graphs)).hexdigest())
"""


def test_the_pinned_solver_gives_on_this_machine_what_it_gave_on_another(tmp_path: Path) -> None:
    """In a process and with a cache of its own, so that nothing was solved before."""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path(golden.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", SOLVED_ANEW], env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == DIGEST, done.stderr
    assert len(list((tmp_path / "sr2fpga" / "graphs").iterdir())) >= 5


def test_a_graph_is_kept_and_a_damaged_one_solved_again(no_graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = again()
    (kept,) = no_graphs.iterdir()
    whole = kept.read_text()
    monkeypatch.setattr(solver, "_solver", lambda: pytest.fail("solved again"))
    monkeypatch.setattr(solver, "_known", {})
    assert again().to_json() == first.to_json()
    for damaged in (whole[:-9], "", json.dumps(solve_small().to_json())):
        kept.write_text(damaged)
        monkeypatch.setattr(solver, "_known", {})
        with pytest.raises(pytest.fail.Exception, match="solved again"):
            again()


def solve_small() -> AdderGraph:
    kind = IntType(3, True)
    return AdderGraph(np.array([[2]]), (kind,), (), (Output(0, 1),))


def test_the_graph_of_an_export_needs_no_solver(no_graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "SOLVER", "da5ml")
    with pytest.raises(ExportError, match="not installed"):
        again()
    solver.remember(GRAPH)
    assert again() is GRAPH


def test_a_transposed_matrix_is_read_by_its_indices() -> None:
    matrix = np.arange(-6, 6).reshape(3, 4)
    graph = solve(matrix.T, [IntType(4, True)] * 4)
    assert (graph.matrix == matrix.T).all()


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("shift", lambda adder: {"right_shift": adder.right_shift + 1}),
        ("sign", lambda adder: {"subtracts": not adder.subtracts}),
        ("operand", lambda adder: {"right": adder.right - 1}),
        ("width", lambda adder: {"type": IntType(adder.type.bits - 1, adder.type.signed)}),
    ],
)
@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_wrong_node_is_refused(what: str, change: Callable[[Adder], dict[str, Any]], place: int) -> None:
    adders = list(GRAPH.adders)
    adders[place] = replace(adders[place], **change(adders[place]))
    with pytest.raises(ExportError, match="its type is" if what == "width" else "the matrix|its type is"):
        replace(GRAPH, adders=tuple(adders))


@pytest.mark.parametrize(
    "output", [Output(None), Output(3), replace(GRAPH.outputs[5], bias=1), replace(GRAPH.outputs[5], negative=True)]
)
def test_a_wrong_output_is_refused(output: Output) -> None:
    outputs = list(GRAPH.outputs)
    outputs[5] = output
    with pytest.raises(ExportError, match="output 5 has"):
        replace(GRAPH, outputs=tuple(outputs))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"adders": [[0, 0, 10**6, 0, False, 9, True]]}, "reads value 1000000"),
        ({"adders": [[0, -1, 1, 0, False, 9, True]]}, "shifts by -1"),
        ({"adders": [[0, 0, 1, 0, False, 99, True]]}, "no adder graph"),
        ({"matrix": "x"}, "no adder graph"),
        ({"bias": [1]}, "one bias for each output"),
    ],
)
def test_what_is_no_graph_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ExportError, match=f"^here: .*{message}"):
        read(json.loads(json.dumps(GRAPH.to_json())) | change, "here")


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_stages_are_legal_and_as_few_as_the_depth(levels: int) -> None:
    depth = staged(GRAPH, 1).clocks
    pipeline = staged(GRAPH, levels)
    assert pipeline.clocks == -(-depth // levels)
    assert pipeline.value_registers > 0


def test_a_wrong_stage_is_refused() -> None:
    pipeline = staged(GRAPH, 2)
    last = max(range(len(GRAPH.adders)), key=lambda index: pipeline.adder_stages[index])
    for stage in (0, pipeline.clocks):
        stages = list(pipeline.adder_stages)
        stages[last] = stage
        with pytest.raises(ExportError, match="is added in clock|in a row"):
            replace(pipeline, adder_stages=tuple(stages))


@pytest.mark.parametrize("name", ["fsrcnn-r-x2-w4a4", "fsrcnn-s-r-x2-w8a8"])
def test_the_engine_of_a_layer_computes_its_accumulators_and_results(name: str) -> None:
    network = golden.load(named(name))
    frame = np.random.default_rng(1).integers(0, 256, (9, 8), dtype=np.uint8)
    values = trace(network, frame)
    for layer, before in zip(network.layers[:-1], [frame[None], *values.values()], strict=False):
        engine, half = adder_engine(layer, 2), layer.kernel // 2
        around = np.pad(np.asarray(before), ((0, 0), (half, half), (half, half)))
        windows = np.lib.stride_tricks.sliding_window_view(around, (layer.kernel, layer.kernel), axis=(1, 2))
        operands = windows.transpose(1, 2, 3, 4, 0).reshape(72, -1).astype(np.int64)
        assert engine.slopes is not None
        products = engine.slopes.graph.evaluate(engine.sums.graph.evaluate(operands))
        sums = engine.sums.graph.evaluate(operands)
        for co, channel in enumerate(engine.channels):
            v = np.where(sums[:, co] < 0, products[:, channel.negative], products[:, channel.positive])
            assert v.min() >= channel.product.min
            assert v.max() <= channel.product.max
            rounded = v if channel.shift == 0 else (v + (1 << channel.shift - 1) - 1 + (v >> channel.shift & 1)) >> channel.shift
            assert (np.clip(rounded, layer.output.min, layer.output.max) == np.asarray(values[layer.name])[co].reshape(-1)).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_has_an_engine(name: str) -> None:
    for layer in NETWORKS[name].layers:
        engine = adder_engine(layer, 2)
        assert engine.num_adders >= 0
        assert (engine.clocks > 0) == (engine.slopes is not None or bool(layer.weight.any()))


def test_integers_beyond_float32_and_sums_beyond_48_bits_are_refused() -> None:
    with pytest.raises(ExportError, match="integer of 16777216; allowed below"):
        solve(np.array([[1 << 24]]), [IntType(3, True)])
    with pytest.raises(ValueError, match="its type is int48"):
        solve(np.array([[1], [1]]), [IntType(48, True)] * 2)


def test_the_graphs_of_an_export_are_read_and_proved(no_graphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = W4A4.layers[1:3]
    engines = {layer.name: adder_engine(layer, 2) for layer in layers}
    write_files(tmp_path, archive.files(engines))
    assert sorted(path.name for path in (tmp_path / "graphs").iterdir()) == sorted(f"{layer.name}.json" for layer in layers)
    monkeypatch.setattr(solver, "_known", {})
    assert archive.remember(tmp_path) == 4
    assert len(solver._known) == 4
    file = tmp_path / "graphs" / f"{layers[0].name}.json"
    graphs = json.loads(file.read_text())
    graphs[0]["adders"][7][1] += 1
    for text, message in (
        (json.dumps(graphs), "the matrix|its type is"),
        ("{}", "no list"),
        ("[", "not JSON"),
        ("[1]", "no adder"),
    ):
        file.write_text(text)
        with pytest.raises(ExportError, match=f"{file.name}: .*({message})"):
            archive.remember(tmp_path)
    with pytest.raises(ExportError, match="no such folder"):
        archive.remember(tmp_path / "none")


def test_a_missing_solver_is_named(no_graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "SOLVER", "da5ml")
    with pytest.raises(ExportError, match=r"da5ml is not installed.*--engine folded"):
        solve(np.array([[917]]), [IntType(3, True)])


def test_another_version_of_the_solver_is_refused(no_graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "VERSION", "0.1")
    with pytest.raises(ExportError, match=r"da4ml 0\.6\.0: .*allowed version 0\.1"):
        solve(np.array([[919]]), [IntType(3, True)])


def test_a_graph_cannot_be_built_from_another_matrix() -> None:
    with pytest.raises(ExportError, match="matrix of shape"):
        AdderGraph(GRAPH.matrix[:-1], GRAPH.inputs, GRAPH.adders, GRAPH.outputs, GRAPH.bias)
