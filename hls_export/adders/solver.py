"""Finding an adder graph of few bits: da4ml's solver for constant matrices, and its answer as a graph of our own.

da4ml (LGPL-3, an optional extra) gives one or more solutions in a row, whose values carry powers of two that may be negative and
signs of their own.  Here they become one list of adders over integers; the graph then proves itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from golden.atomic import write_text
from golden.compiled.cache import folder
from golden.int_type import IntArray, IntType
from hls_export.adders.graph import Adder, AdderGraph, Output, read, type_of
from hls_export.errors import ExportError

SOLVER = "da4ml"
VERSION = "0.6.0"
"""Another version may give another graph, and exports would not be the same bytes."""
COPY, ADD, SUBTRACT = -1, 0, 1
"""da4ml's operations of a matrix; it has no others there."""
FLOAT32_INTEGERS = 1 << 24
_known: dict[str, AdderGraph] = {}
Row = tuple[int, int, int, int, bool]
"""An adder without its type."""


@dataclass(frozen=True)
class _Value:
    """sign * 2^exponent * (value `node` of the graph)."""

    node: int
    exponent: int = 0
    negative: bool = False

    def scaled(self, exponent: int, negative: bool = False) -> _Value:
        return _Value(self.node, self.exponent + exponent, self.negative != negative)


def solve(matrix: IntArray, inputs: Sequence[IntType], bias: IntArray | None = None) -> AdderGraph:
    """A graph of `matrix` (inputs, outputs), whose inputs have these types; the same one whenever it is asked again.

    Raises ExportError when the solver is missing or of another version, or an integer is beyond float32, which it takes.
    """
    matrix = np.ascontiguousarray(matrix, dtype=np.int64)
    offsets = np.zeros(matrix.shape[1], dtype=np.int64) if bias is None else np.asarray(bias, dtype=np.int64)
    key = _key(matrix, inputs, offsets)
    if key not in _known:
        _known[key] = _kept(key) or _solved(matrix, tuple(inputs), tuple(offsets.tolist()))
        _keep(key, _known[key])
    return _known[key]


def remember(graph: AdderGraph) -> None:
    """From now on `solve` answers with this graph, as that of an export, and needs no solver for it."""
    _known[_key(graph.matrix, graph.inputs, graph.bias)] = graph


def _key(matrix: IntArray, inputs: Sequence[IntType], bias: IntArray) -> str:
    parts = (VERSION, matrix.shape, matrix.tobytes(), [(kind.bits, kind.signed) for kind in inputs], bias.tobytes())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _kept(key: str) -> AdderGraph | None:
    """The graph that an earlier run found; None where there is none, or what lies there is none any more."""
    try:
        graph = read(json.loads((folder("graphs") / key).read_text()), key)
        return graph if _key(graph.matrix, graph.inputs, graph.bias) == key else None
    except (OSError, ValueError, RecursionError, ExportError):
        return None


def _keep(key: str, graph: AdderGraph) -> None:
    """Written whole or not at all; a cache that cannot be written costs the next run its time."""
    with suppress(OSError):
        place = folder("graphs") / key
        if not place.exists():
            write_text(place, json.dumps(graph.to_json()))


def _solved(matrix: IntArray, inputs: tuple[IntType, ...], bias: tuple[int, ...]) -> AdderGraph:
    if np.abs(matrix).max(initial=0) >= FLOAT32_INTEGERS:
        raise ExportError(f"adder graph: an integer of {int(np.abs(matrix).max())}; allowed below 2^24")
    intervals = [(float(kind.min), float(kind.max), 1.0) for kind in inputs]
    # The solver reads memory in order, whatever the strides say.
    answer = _solver()(np.ascontiguousarray(matrix, dtype=np.float32), qintervals=intervals, adder_size=1, carry_size=-1)
    return _graph(matrix, inputs, answer.solutions, bias)


def _solver() -> Callable[..., Any]:
    try:
        found = version(SOLVER)
    except PackageNotFoundError:
        raise ExportError(
            f"{SOLVER} is not installed, which finds adder graphs; allowed: pip install '.[adders]', --graphs of an export that "
            "has them, or --engine folded where the LR pixel has no term of its own"
        ) from None
    if found != VERSION:
        raise ExportError(f"{SOLVER} {found}: its graphs may differ; allowed version {VERSION}, which '.[adders]' installs")
    from da4ml.cmvm import solve as solver  # type: ignore[import-untyped, unused-ignore]

    return solver  # type: ignore[no-any-return, unused-ignore]


def _graph(matrix: IntArray, inputs: tuple[IntType, ...], solutions: Sequence[Any], bias: Sequence[int]) -> AdderGraph:
    adders: list[Row] = []
    known: dict[Row, int] = {}
    values: list[_Value | None] = [_Value(node) for node in range(len(inputs))]

    def add(left: _Value, right: _Value) -> _Value:
        low = min(left.exponent, right.exponent)
        if left.negative and not right.negative:
            left, right = right, left
        key = (left.node, left.exponent - low, right.node, right.exponent - low, left.negative != right.negative)
        if key not in known:
            known[key] = len(inputs) + len(adders)
            adders.append(key)
        return _Value(known[key], low, left.negative)

    for solution in solutions:
        values = _solution(solution, values, add)
    outputs = [_output(value, offset) for value, offset in zip(values, bias, strict=True)]
    return _typed(matrix, inputs, *_needed(len(inputs), adders, outputs), np.array(bias, dtype=np.int64))


def _solution(solution: Any, given: Sequence[_Value | None], add: Callable[[_Value, _Value], _Value]) -> list[_Value | None]:
    """What one of da4ml's solutions gives for these inputs."""
    buffer: list[_Value | None] = []
    for op in solution.ops:
        if op.opcode == COPY:
            value = given[op.id0]
            buffer.append(None if value is None else value.scaled(int(solution.inp_shifts[op.id0])))
            continue
        if op.opcode not in (ADD, SUBTRACT):
            raise ExportError(f"{SOLVER}: operation {op.opcode} in the graph of a matrix; allowed {COPY}, {ADD}, {SUBTRACT}")
        left, right = buffer[op.id0], buffer[op.id1]
        right = None if right is None else right.scaled(int(op.data), op.opcode == SUBTRACT)
        buffer.append(add(left, right) if left is not None and right is not None else left or right)
    ends = zip(solution.out_idxs, solution.out_shifts, solution.out_negs, strict=True)
    found = [(None if index < 0 else buffer[index], int(shift), bool(negative)) for index, shift, negative in ends]
    return [None if value is None else value.scaled(shift, negative) for value, shift, negative in found]


def _output(value: _Value | None, bias: int) -> Output:
    return Output(None, bias=bias) if value is None else Output(value.node, value.exponent, value.negative, bias)


def _needed(count: int, adders: list[Row], outputs: list[Output]) -> tuple[list[Row], list[Output]]:
    """Without the adders that no output needs, numbered anew."""
    used = {output.value for output in outputs if output.value is not None}
    for number in range(count + len(adders) - 1, count - 1, -1):
        if number in used:
            used |= {adders[number - count][0], adders[number - count][2]}
    kept = [number for number in range(count, count + len(adders)) if number in used]
    new = {number: number for number in range(count)} | {number: count + index for index, number in enumerate(kept)}
    rows = [adders[number - count] for number in kept]
    renamed = [(new[left], left_shift, new[right], right_shift, minus) for left, left_shift, right, right_shift, minus in rows]
    return renamed, [o if o.value is None else Output(new[o.value], o.shift, o.negative, o.bias) for o in outputs]


def _typed(matrix: IntArray, inputs: tuple[IntType, ...], rows: list[Row], outputs: list[Output], bias: IntArray) -> AdderGraph:
    """The graph with the narrowest type of each node."""
    widest = IntType(48, True)
    loose = AdderGraph(matrix, inputs, tuple(Adder(*row, widest) for row in rows), tuple(outputs), bias)
    ends = loose.intervals[len(inputs) :]
    adders = tuple(Adder(*row, type_of(*end)) for row, end in zip(rows, ends, strict=True))
    return AdderGraph(matrix, inputs, adders, loose.outputs, bias)
