"""An adder graph: a constant matrix as shifts and adds, with the proof that it is that matrix and the proof of every width.

The graph is affine.  Its coefficients over the inputs, worked out node by node in Python's unbounded integers, are the matrix and
the bias, or they are not: a complete proof.  They also give the exact interval of every node over the types of the inputs, which
its own type has to hold.  Both proofs run on construction, so a graph that is wrong cannot exist.  Knows no layer and no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.int_type import MAX_ACCUMULATOR_BITS, IntArray, IntType
from hls_export.errors import ExportError

MAX_SHIFT = MAX_ACCUMULATOR_BITS
Exact = NDArray[np.object_]
"""Python integers."""


@dataclass(frozen=True)
class Adder:
    """(left << left_shift) + (right << right_shift), or minus where it `subtracts`; `type` is that of the result.

    left, right: values of the graph: its inputs in order, then its adders.
    """

    left: int
    left_shift: int
    right: int
    right_shift: int
    subtracts: bool
    type: IntType


@dataclass(frozen=True)
class Output:
    """bias + (value << shift), minus the value where it is `negative`; a `value` of None is 0."""

    value: int | None
    shift: int = 0
    negative: bool = False
    bias: int = 0

    @property
    def adds(self) -> bool:
        """Whether it takes an adder of its own: any constant, or a sign to change."""
        return self.value is not None and (self.negative or self.bias != 0)


@dataclass(frozen=True, eq=False)
class AdderGraph:
    """outputs = inputs @ matrix + bias, by additions of shifted values.

    matrix: (inputs, outputs) integers; bias: (outputs,), 0 by default.
    Raises ExportError, naming the node, when a node reads what comes after it, a type does not hold a node's interval, or the
    graph is not the matrix.
    """

    matrix: IntArray
    inputs: tuple[IntType, ...]
    adders: tuple[Adder, ...]
    outputs: tuple[Output, ...]
    bias: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        matrix = _frozen(self.matrix)
        bias = _frozen(self.bias if np.size(self.bias) else np.zeros(len(self.outputs), dtype=np.int64))
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "bias", bias)
        if matrix.shape != (len(self.inputs), len(self.outputs)) or bias.shape != (len(self.outputs),):
            raise ExportError(
                f"adder graph: matrix of shape {matrix.shape}, bias {bias.shape}; "
                f"allowed ({len(self.inputs)}, {len(self.outputs)}) and one bias for each output"
            )
        for number, adder in enumerate(self.adders, len(self.inputs)):
            _check_operands(number, (adder.left, adder.right), (adder.left_shift, adder.right_shift))
        for output in self.outputs:
            _check_operands(len(self.inputs) + len(self.adders), () if output.value is None else (output.value,), (output.shift,))
        self._prove_types()
        self._prove_matrix()

    @cached_property
    def coefficients(self) -> Exact:
        """(values, inputs): what each value is of the inputs."""
        count = len(self.inputs)
        found = np.zeros((count + len(self.adders), count), dtype=object)
        found[np.arange(count), np.arange(count)] = 1
        for number, one in enumerate(self.adders, count):
            right = found[one.right] * (1 << one.right_shift)
            found[number] = found[one.left] * (1 << one.left_shift) + (-right if one.subtracts else right)
        return found

    @cached_property
    def intervals(self) -> list[tuple[int, int]]:
        """(lowest, highest) of each value over every input of the inputs' types; both ends are reached."""
        return _intervals(self.coefficients, self.inputs)

    @cached_property
    def types(self) -> tuple[IntType, ...]:
        """Of each value."""
        return (*self.inputs, *(adder.type for adder in self.adders))

    @cached_property
    def output_intervals(self) -> list[tuple[int, int]]:
        """(lowest, highest) of each output, its bias included."""
        ends = _intervals(self.matrix.T.astype(object), self.inputs)
        return [(low + int(b), high + int(b)) for (low, high), b in zip(ends, self.bias, strict=True)]

    def evaluate(self, inputs: IntArray) -> IntArray:
        """Outputs (n, outputs) of `inputs` (n, inputs), node by node as hardware does, with every width cut to its type."""
        values: list[IntArray] = list(np.asarray(inputs, dtype=np.int64).T)
        for one in self.adders:
            right = values[one.right] << one.right_shift
            total = (values[one.left] << one.left_shift) + (-right if one.subtracts else right)
            values.append(_wrapped(total, one.type))
        return np.stack([self._output(values, output, len(inputs)) for output in self.outputs], axis=1)

    def _output(self, values: Sequence[IntArray], output: Output, count: int) -> IntArray:
        value = np.zeros(count, dtype=np.int64) if output.value is None else values[output.value] << output.shift
        return output.bias + (-value if output.negative else value)

    def _prove_types(self) -> None:
        for number, adder in enumerate(self.adders, len(self.inputs)):
            low, high = self.intervals[number]
            if low < adder.type.min or high > adder.type.max:
                raise ExportError(f"adder graph: value {number} reaches [{low}, {high}], its type is {adder.type}")

    def _prove_matrix(self) -> None:
        for index, output in enumerate(self.outputs):
            column = np.zeros(len(self.inputs), dtype=object)
            if output.value is not None:
                column = self.coefficients[output.value] * ((-1 if output.negative else 1) << output.shift)
            wrong = np.flatnonzero(column != self.matrix[:, index].astype(object))
            if len(wrong) or output.bias != self.bias[index]:
                place, have, want = "the bias", output.bias, self.bias[index]
                if len(wrong):
                    place, have, want = f"input {wrong[0]}", column[wrong[0]], self.matrix[wrong[0], index]
                raise ExportError(f"adder graph: output {index} has {int(have)} for {place}, the matrix {int(want)}")

    def to_json(self) -> dict[str, Any]:
        """Plain values; `read` gives the graph back and proves it again."""
        return {
            "matrix": self.matrix.tolist(),
            "bias": self.bias.tolist(),
            "inputs": [[kind.bits, kind.signed] for kind in self.inputs],
            "adders": [
                [a.left, a.left_shift, a.right, a.right_shift, a.subtracts, a.type.bits, a.type.signed] for a in self.adders
            ],
            "outputs": [[o.value, o.shift, o.negative, o.bias] for o in self.outputs],
        }


def read(values: Any, where: str) -> AdderGraph:
    """The graph of `to_json`.  Raises ExportError, beginning with `where`, for anything else and for a graph that fails a proof."""
    try:
        return AdderGraph(
            np.array(values["matrix"], dtype=np.int64).reshape(len(values["inputs"]), len(values["outputs"])),
            tuple(IntType(bits, signed) for bits, signed in values["inputs"]),
            tuple(_adder(*row) for row in values["adders"]),
            tuple(Output(*row) for row in values["outputs"]),
            np.array(values["bias"], dtype=np.int64),
        )
    except ExportError as error:
        raise ExportError(f"{where}: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ExportError(f"{where}: no adder graph ({error!r}); allowed what an export writes") from error


def _adder(left: int, left_shift: int, right: int, right_shift: int, subtracts: bool, bits: int, signed: bool) -> Adder:
    return Adder(left, left_shift, right, right_shift, subtracts, IntType(bits, signed))


def type_of(low: int, high: int) -> IntType:
    """The narrowest type of [low, high]: unsigned where nothing is negative.

    >>> str(type_of(0, 15)), str(type_of(-1, 15)), str(type_of(0, 0))
    ('uint4', 'int5', 'uint1')
    """
    return IntType(max(1, high.bit_length()), False) if low >= 0 else IntType.holding(low, high)


def _intervals(coefficients: Exact, inputs: Sequence[IntType]) -> list[tuple[int, int]]:
    least = np.array([kind.min for kind in inputs], dtype=object)
    most = np.array([kind.max for kind in inputs], dtype=object)
    positive, negative = np.maximum(coefficients, 0), np.minimum(coefficients, 0)
    lows, highs = positive @ least + negative @ most, positive @ most + negative @ least
    return [(int(low), int(high)) for low, high in zip(lows, highs, strict=True)]


def _wrapped(value: IntArray, kind: IntType) -> IntArray:
    """`value` as a register of this type holds it: its lowest bits."""
    cut = value & ((1 << kind.bits) - 1)
    return np.asarray(np.where(cut > kind.max, cut - (1 << kind.bits), cut)) if kind.signed else cut


def _frozen(value: IntArray) -> IntArray:
    frozen = np.array(value, dtype=np.int64, order="C")
    frozen.setflags(write=False)
    return frozen


def _check_operands(number: int, operands: Sequence[int], shifts: Sequence[int]) -> None:
    for operand in operands:
        if type(operand) is not int or not 0 <= operand < number:
            raise ExportError(f"adder graph: value {number} reads value {operand!r}; allowed 0..{number - 1}")
    for shift in shifts:
        if type(shift) is not int or not 0 <= shift <= MAX_SHIFT:
            raise ExportError(f"adder graph: value {number} shifts by {shift!r}; allowed 0..{MAX_SHIFT}")
