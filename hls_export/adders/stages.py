"""Which clock of a pipeline each adder works in: so many levels of adders a clock, few register bits by a greedy search.

A value that is needed in a later clock waits in registers, one for each clock between.  So an adder moves to a later level where
its sum is narrower than what would have to wait instead, and to an earlier one where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from hls_export.adders.graph import AdderGraph, Output
from hls_export.errors import ExportError

PASSES = 8
"""Rounds over all adders; the search stops when a round moves none."""


@dataclass(frozen=True)
class Staged:
    """A graph as a pipeline: stage (a clock, from 0) of each adder, and of each output's own adder.

    The inputs stand in registers when stage 0 begins.  What a stage computes is in registers when the next begins, and all outputs
    are after stage `clocks` - 1.  Raises ExportError, naming the node, when a stage reads what is not there yet or adds more
    than `levels` times in a row.
    """

    graph: AdderGraph
    levels: int
    clocks: int
    adder_stages: tuple[int, ...]
    output_stages: tuple[int, ...]

    def __post_init__(self) -> None:
        graph = self.graph
        if self.levels < 1 or len(self.adder_stages) != len(graph.adders) or len(self.output_stages) != len(graph.outputs):
            raise ExportError(f"stages: {self.levels} levels a clock; allowed 1 and more, a stage for each adder and output")
        depth: list[tuple[int, int]] = [(-1, 0)] * len(graph.inputs)
        for number, (one, stage) in enumerate(zip(graph.adders, self.adder_stages, strict=True), len(graph.inputs)):
            depth.append(self._placed(f"value {number}", (one.left, one.right), stage, depth))
        for index, (output, stage) in enumerate(zip(graph.outputs, self.output_stages, strict=True)):
            if output.adds:
                self._placed(f"output {index}", _operands(output), stage, depth)

    def _placed(self, what: str, operands: Sequence[int], stage: int, depth: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """(stage, how many adders of it come in a row up to this one)."""
        late = [operand for operand in operands if depth[operand][0] > stage]
        if late or not 0 <= stage < self.clocks:
            raise ExportError(f"stages: {what} is added in clock {stage} of {self.clocks}, before value {late}")
        row = 1 + max((depth[operand][1] for operand in operands if depth[operand][0] == stage), default=0)
        if row > self.levels:
            raise ExportError(f"stages: {what} is adder {row} in a row of clock {stage}; allowed {self.levels}")
        return stage, row

    @cached_property
    def born(self) -> tuple[int, ...]:
        """For each value the stage that computes it, -1 for an input."""
        return (*(-1 for _ in self.graph.inputs), *self.adder_stages)

    @cached_property
    def last_use(self) -> tuple[int, ...]:
        """For each value the last stage that reads it; `clocks` where it is an output by itself."""
        found = list(self.born)
        for number, stage in self._uses():
            found[number] = max(found[number], stage)
        return tuple(found)

    @property
    def value_registers(self) -> int:
        """Bits of registers behind the inputs and adders: each value once for each clock that it waits."""
        waits = zip(self.graph.types, self.born, self.last_use, strict=True)
        return sum(kind.bits * max(0, last - born - (born < 0)) for kind, born, last in waits)

    def _uses(self) -> Iterator[tuple[int, int]]:
        for one, stage in zip(self.graph.adders, self.adder_stages, strict=True):
            yield one.left, stage
            yield one.right, stage
        for output, stage in zip(self.graph.outputs, self.output_stages, strict=True):
            if output.value is not None:
                yield output.value, stage if output.adds else self.clocks


def staged(graph: AdderGraph, levels: int) -> Staged:
    """The pipeline of `graph` with at most `levels` adders in a row per clock, in as few clocks as that takes.

    Raises ExportError when `levels` is below 1.
    """
    if levels < 1:
        raise ExportError(f"adder levels a clock {levels!r}; allowed 1 and more")
    search = _Search(graph, levels)
    search.settle()
    stages = [search.stage(level) for level in search.level[len(graph.inputs) :]]
    outputs = tuple(max(stage, 0) for stage in stages[len(graph.adders) :])
    return Staged(graph, levels, search.clocks, tuple(stages[: len(graph.adders)]), outputs)


class _Search:
    """Levels of adders and outputs (the inputs' is 0), moved one at a time to where the fewest register bits wait."""

    def __init__(self, graph: AdderGraph, levels: int) -> None:
        count, self.levels = len(graph.inputs), levels
        self.operands: list[tuple[int, ...]] = [() for _ in graph.inputs]
        self.operands += [(one.left, one.right) for one in graph.adders]
        self.operands += [_operands(output) for output in graph.outputs]
        self.adds = [True] * (count + len(graph.adders)) + [output.adds for output in graph.outputs]
        self.bits = [kind.bits for kind in graph.types] + [
            max((end if end >= 0 else ~end).bit_length() for end in ends) + 1 for ends in graph.output_intervals
        ]
        self.readers: list[list[int]] = [[] for _ in self.operands]
        for number, operands in enumerate(self.operands):
            for operand in set(operands):
                self.readers[operand].append(number)
        self.first, self.values = count, count + len(graph.adders)
        self.level = [0] * len(self.operands)
        for number in range(count, len(self.operands)):
            self.level[number] = self._earliest(number)
        self.clocks = -(-max(self.level, default=0) // levels)

    def stage(self, level: int) -> int:
        return (level - 1) // self.levels

    def settle(self) -> None:
        for _ in range(PASSES):
            moved = [self._move(number) for number in range(len(self.level) - 1, self.first - 1, -1)]
            if not any(moved):
                break

    def _earliest(self, number: int) -> int:
        level = max((self.level[operand] for operand in self.operands[number]), default=0)
        return level + 1 if self.adds[number] and self.operands[number] else level

    def _latest(self, number: int) -> int:
        after = [self.level[reader] - self.adds[reader] for reader in self.readers[number]]
        return min(after, default=self.clocks * self.levels)

    def _move(self, number: int) -> bool:
        """Whether the node went to another stage.  Among equals the latest, which gives its operands room."""
        if not self.operands[number] or (number >= self.values and not self.adds[number]):
            return False
        now = self.level[number]
        allowed = range(self._earliest(number), self._latest(number) + 1)
        self.level[number] = min(allowed, key=lambda level: (self._cost(number, level), -level))
        return self.stage(self.level[number]) != self.stage(now)

    def _cost(self, number: int, level: int) -> int:
        """Register bits of the node and of its operands if it lay at this level."""
        old, self.level[number] = self.level[number], level
        cost = sum(self._waiting(value) for value in {number, *self.operands[number]})
        self.level[number] = old
        return cost

    def _waiting(self, number: int) -> int:
        born = max(self.stage(self.level[number]), 0)
        if number >= self.values:
            return self.bits[number] * (self.clocks - born)
        uses = [self.clocks if not self.adds[reader] else self.stage(self.level[reader]) for reader in self.readers[number]]
        return self.bits[number] * (max(uses, default=born) - born)


def _operands(output: Output) -> tuple[int, ...]:
    return () if output.value is None else (output.value,)
