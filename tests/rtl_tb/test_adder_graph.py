"""The module that is printed of a layer's adder graph, simulated against the graph; and one wrong token in it, which is caught."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

import golden
from golden.arithmetic import round_shift
from golden.int_type import IntType
from golden.networks import named
from golden.spec import IntLayer
from hls_export.adders.engine import AdderEngine, adder_engine
from hls_export.adders.solver import solve
from hls_export.adders.stages import staged
from hls_export.writers import sv_graph
from rtl_tb.errors import BenchError
from rtl_tb.mutants.nodes import CHANGES, node_mutant
from rtl_tb.tools import lint
from tests.networks import NETWORKS
from tests.rtl_tb.conftest import needs_icarus, needs_verilator
from tests.rtl_tb.unit_bench import Integers, Unit, library, simulate

LAYER = "layer"
W4A4, W8A8 = (golden.load(named(f"fsrcnn-s-r-x2-{types}")) for types in ("w4a4", "w8a8"))


def extremes_and_noise(kinds: tuple[IntType, ...], matrix: Integers, count: int = 60) -> Integers:
    """(rows, inputs): each output's least and most, all least, all most, the unit vectors' ends of a few, noise."""
    least, most = (np.array([getattr(kind, end) for kind in kinds]) for end in ("min", "max"))
    ends = [np.where(column > 0, most, least) for column in matrix.T[:40]]
    ends += [np.where(column > 0, least, most) for column in matrix.T[:40]]
    noise = np.random.default_rng(5).integers(least, most + 1, (count, len(kinds)))
    return np.array([least, most, 0 * least, *ends, *noise], dtype=np.int64)


def expected(engine: AdderEngine, operands: Integers) -> Integers:
    """By the graphs' own evaluation and golden's rounding."""
    sums = engine.sums.graph.evaluate(operands)
    if engine.slopes is None:
        return sums
    products = engine.slopes.graph.evaluate(sums)
    found = []
    for co, channel in enumerate(engine.channels):
        v = np.where(sums[:, co] < 0, products[:, channel.negative], products[:, channel.positive])
        found.append(np.clip(round_shift(v, np.int64(channel.shift)), engine.output.min, engine.output.max))
    return np.stack(found, axis=1)


def size(layer: IntLayer) -> int:
    return int(layer.terms[0].weight.size)


def unit(engine: AdderEngine) -> Unit:
    """The whole operands and results as one lane each, for they are of different widths."""
    width = sum(kind.bits for kind in engine.operands)
    lanes = (
        (len(engine.sums.graph.outputs), engine.product_bits)
        if engine.slopes is None
        else (len(engine.channels), engine.output.bits)
    )
    output = "products_o" if engine.slopes is None else "results_o"
    return Unit(sv_graph.graph_name(LAYER), {}, {"operands_i": (1, width)}, {output: lanes})


def packed(engine: AdderEngine, operands: Integers) -> Integers:
    """(rows, 1) Python integers: the words of operands of any widths."""
    words = []
    for row in operands.tolist():
        word = at = 0
        for value, kind in zip(row, engine.operands, strict=True):
            word |= (value & ((1 << kind.bits) - 1)) << at
            at += kind.bits
        words.append([word])
    return np.array(words, dtype=object)


def simulated(engine: AdderEngine, operands: Integers, simulator: str = "verilator", text: str = "") -> Integers:
    sources = library() | {f"{LAYER}_graph.sv": (text or sv_graph.graph(LAYER, engine)).encode()}
    (found,) = simulate(simulator, unit(engine), {"operands_i": packed(engine, operands)}, engine.clocks, sources).values()
    if engine.slopes is not None and not engine.output.signed:
        found = found % (1 << engine.output.bits)
    return found


@lru_cache(maxsize=32)
def engine_of(network: str, layer: str, levels: int = 2) -> AdderEngine:
    shipped = {"w4a4": W4A4, "w8a8": W8A8}
    return adder_engine((shipped.get(network) or NETWORKS[network]).layer(layer), levels)


CASES = [
    *(("w4a4", layer.name, 2) for layer in W4A4.layers),
    ("w8a8", W8A8.layers[1].name, 1),
    ("w8a8", W8A8.layers[1].name, 3),
    *(("w8a8", layer.name, 2) for layer in W8A8.layers[-2:]),
    *((name, min(network.layers, key=size).name, 2) for name, network in NETWORKS.items()),
]


@needs_icarus
@pytest.mark.parametrize(("network", "layer", "levels"), CASES)
def test_the_printed_module_computes_the_graph(network: str, layer: str, levels: int) -> None:
    engine = engine_of(network, layer, levels)
    operands = extremes_and_noise(engine.operands, engine.sums.graph.matrix)
    assert (simulated(engine, operands, "icarus") == expected(engine, operands)).all()


@needs_verilator
def test_a_second_simulator_agrees() -> None:
    engine = engine_of("w4a4", "mapping1")
    operands = extremes_and_noise(engine.operands, engine.sums.graph.matrix)
    assert (simulated(engine, operands) == expected(engine, operands)).all()


@needs_verilator
@pytest.mark.parametrize(("network", "layer", "levels"), CASES)
def test_the_printed_module_is_read_without_a_word(network: str, layer: str, levels: int) -> None:
    files = {f"{LAYER}_graph.sv": sv_graph.graph(LAYER, engine_of(network, layer, levels)).encode()} | library()
    assert lint.slang(files, f"{LAYER}_graph") == []
    assert lint.verilated(files, f"{LAYER}_graph") == []


def test_a_matrix_of_nothing_and_one_of_wires() -> None:
    """No weight at all, and powers of two: no clock passes."""
    for matrix in (np.zeros((2, 3), dtype=np.int64), np.array([[1, 0, 4], [0, 2, 0]])):
        graph = solve(matrix, [IntType(3, True), IntType(2, False)])
        engine = AdderEngine(staged(graph, 2), None, (), IntType(8, False))
        assert engine.clocks == 0
        operands = extremes_and_noise(engine.operands, matrix)
        assert (simulated(engine, operands, "icarus") == operands @ matrix).all()
        text = {f"{LAYER}_graph.sv": sv_graph.graph(LAYER, engine).encode()} | library()
        assert lint.slang(text, f"{LAYER}_graph") == []


def test_two_prints_are_the_same() -> None:
    again = adder_engine(W4A4.layer("mapping1"), 2)
    assert sv_graph.graph(LAYER, again) == sv_graph.graph(LAYER, engine_of("w4a4", "mapping1"))


@needs_icarus
@pytest.mark.parametrize("place", [0, 0.5, 1])
@pytest.mark.parametrize("what", CHANGES)
def test_one_wrong_token_is_caught(what: str, place: float) -> None:
    engine = engine_of("w4a4", "mapping1")
    text = sv_graph.graph(LAYER, engine)
    mutant = node_mutant(f"{LAYER}_graph.sv", text, what, place)
    assert text.count(mutant.old) == 1
    operands = extremes_and_noise(engine.operands, engine.sums.graph.matrix)
    assert (simulated(engine, operands, "icarus", text.replace(mutant.old, mutant.new)) != expected(engine, operands)).any()


def test_a_fault_that_no_adder_can_have_is_an_error() -> None:
    with pytest.raises(BenchError, match="no adder whose sign"):
        node_mutant("none.sv", "  logic [3:0] n0;\n  assign n0 = operands_i[0 +: 4];\n", "sign", 0)
