"""How one layer is computed: in which lanes, over which words, and the proof that each is wide enough.

Every width comes from the weights and the proved intervals (`golden.accumulator`, `golden.exactness`), none is assumed.
Decides nothing about text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from golden import exactness
from golden.accumulator import interval
from golden.compiled.instructions import InstructionSet
from golden.int_type import IntArray, IntType
from golden.phases import phase_weights, phases
from golden.spec import IntLayer, IntNetwork
from golden.term import Term

Number = Literal["float", "double", "std::int64_t"]
Slopes = Literal["one", "larger", "by_sign"]
MAX_VECTORS = 4
SATURATES_AT = 2**15 - 1
"""What a sum of two products of 8-bit integers must not exceed where the CPU saturates it."""


@dataclass(frozen=True)
class Lane:
    """How integers lie in a 32-bit word.  name: the C++ struct with the dot product."""

    name: str
    per_word: int

    @property
    def bits(self) -> int:
        return 32 // self.per_word

    def zero(self, kind: IntType) -> int:
        """What is added to integers of this type when they are stored: bytes are unsigned."""
        return 128 if self.per_word == 4 and kind.signed else 0


QUAD, PAIR, SINGLE, WIDE = Lane("Quad", 4), Lane("Pair", 2), Lane("Single", 1), Lane("Wide", 1)


@dataclass(frozen=True, eq=False)
class Window:
    """A term as an ordinary convolution: for each output the weights of the pixels around its own.

    outputs: the channels of a convolution, the phases of a transposed one.
    weight: (outputs, channels, size, size).  used: (outputs, size, size), where a phase has a tap at all.
    first: row and column of the first weight, from the pixel's own.
    """

    weight: IntArray
    used: NDArray[np.bool_]
    first: int

    @property
    def last(self) -> int:
        return self.first + int(self.weight.shape[2]) - 1

    @classmethod
    def of(cls, layer: IntLayer, term: Term) -> Window:
        if layer.kind == "conv":
            return cls(term.weight, np.ones(term.weight[:, 0].shape, dtype=bool), -layer.padding)
        by = phases(layer.kernel, layer.padding, layer.stride)
        used = np.tile(by.index < layer.kernel**2, (layer.out_channels, 1, 1))
        return cls(phase_weights(term.weight, by), used, by.first)


@dataclass(frozen=True)
class Tap:
    """A word of a window: row, column, group of channels.

    mask: the outputs that read it, bit n for output n.  words: each output's weights for it.
    """

    row: int
    column: int
    group: int
    mask: int
    words: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Reads:
    """A term of a layer as a list of taps; those that the same outputs read stand together.

    zero: how much larger the integers are stored.  excess: by how much every output's sum is too large for it.
    """

    window: Window
    lane: Lane
    zero: int
    shift: int
    taps: tuple[Tap, ...]

    @property
    def excess(self) -> IntArray:
        sums: IntArray = self.window.weight.sum(axis=(1, 2, 3))
        return self.zero * sums


@dataclass(frozen=True, eq=False)
class Computed:
    """A layer, its terms as lists of taps, and what the next layer reads of it (None: pixels)."""

    layer: IntLayer
    instructions: InstructionSet
    input: Reads
    luma: Reads | None
    next: Reads | None

    @property
    def outputs(self) -> int:
        return len(self.input.window.weight)

    @property
    def is_wide(self) -> bool:
        return self.input.lane is WIDE

    @cached_property
    def number(self) -> Number:
        """The numbers that requantize exactly: those of `golden.exactness`, or int64 by definition."""
        if not self.is_wide and exactness.requantize_is_exact(self.layer, np.float32):
            return "float"
        return "double" if exactness.requantize_is_exact(self.layer, np.float64) else "std::int64_t"

    @cached_property
    def slopes(self) -> Slopes:
        """How the sign of an accumulator picks its multiplier.

        "one": both are the same, or either product of a negative accumulator is at most 0 and clamped to it.  "larger": the product
        with the right one is the larger of the two.
        """
        positive, negative = self.layer.positive_multiplier, self.layer.negative_multiplier
        rectified = self.layer.output.min == 0 and bool((positive >= 0).all() and (negative >= 0).all())
        if self.number == "std::int64_t":
            return "by_sign"
        if rectified or bool((positive == negative).all()):
            return "one"
        return "larger" if bool((positive >= negative).all()) else "by_sign"

    @property
    def start(self) -> list[int]:
        """What each output's accumulator starts from: the bias, less what the integers are stored too large by."""
        bias = np.repeat(self.layer.bias, self.outputs // self.layer.out_channels).astype(object)
        for reads in (self.input, *([self.luma] if self.luma else [])):
            bias = bias - (reads.excess.astype(object) << reads.shift)
        return [int(value) for value in bias]

    @cached_property
    def blocks(self) -> list[tuple[int, int]]:
        """(first output, number of them) of what is summed up in registers at once: whole words, or whole rows of phases."""
        unit = self.layer.stride if self.layer.kind == "deconv" else self.next.lane.per_word if self.next else 1
        room = 4 if self.is_wide else self.instructions.sums
        at_once = room if self.layer.kind == "deconv" else room // 2
        size = unit * max(1, min(at_once, 63) // unit)
        return [(first, min(size, self.outputs - first)) for first in range(0, self.outputs, size)]

    @property
    def vectors(self) -> int:
        """Vectors of pixels whose sums are in registers at once: 1, 2 or 4."""
        if self.is_wide:
            return 1
        largest = max(count for _, count in self.blocks)
        return next(v for v in (MAX_VECTORS, 2, 1) if v == 1 or v * largest <= self.instructions.sums)


def computed(network: IntNetwork, instructions: InstructionSet) -> list[Computed]:
    """How every layer of `network` is computed with these instructions."""
    layers: list[Computed] = []
    following: Reads | None = None
    for index, layer in reversed(list(enumerate(network.layers))):
        lanes = lanes_of(layer, instructions)
        own = reads(layer, layer.terms[0], lanes[0], of_pixels=index == 0)
        luma = None if layer.luma is None else reads(layer, layer.luma, lanes[1], of_pixels=True)
        layers.insert(0, Computed(layer, instructions, own, luma, following))
        following = own
    return layers


def lanes_of(layer: IntLayer, instructions: InstructionSet) -> list[Lane]:
    """The narrowest lane of each term that is proved to give its sums; 64 bits for all where an accumulator needs more than 32."""
    low, high = interval(layer)
    if IntType.holding(int(low.min()), int(high.max())).bits > 32:
        return [WIDE] * len(layer.terms)
    return [lane_of(layer, term, instructions) for term in layer.terms]


def lane_of(layer: IntLayer, term: Term, instructions: InstructionSet) -> Lane:
    """The narrowest lane of one term whose operands fit, and whose dot product is exact for them (docs/arithmetic.md, eq. 7).

    Sums are modulo 2^32, so that the accumulator alone has to fit 32 bits.  Two products of 16 bits meet in 32: weights are narrow,
    so -2^15 * -2^15, the one product of which two do not fit, does not occur.
    """
    kind, largest = term.input_type(layer.input), int(np.abs(term.weight).max(initial=0))
    saturates = instructions.bytes == "saturating" and 2 * largest * (kind.max + QUAD.zero(kind)) > SATURATES_AT
    if instructions.bytes != "none" and kind.bits <= 8 and largest <= 127 and not saturates:
        return QUAD
    return PAIR if kind.bits + (not kind.signed) <= 16 and largest < 2**15 else SINGLE


def reads(layer: IntLayer, term: Term, lane: Lane, *, of_pixels: bool) -> Reads:
    """The taps of a term.  Words of pixels hold neighbours in a row, all others the channels of one pixel."""
    window = Window.of(layer, term)
    taps = list(_taps(window, lane, of_pixels))
    taps.sort(key=lambda tap: tap.mask, reverse=True)
    return Reads(window, lane, lane.zero(term.input_type(layer.input)), term.shift, tuple(taps))


def _taps(window: Window, lane: Lane, of_pixels: bool) -> Sequence[Tap]:
    _, channels, size, _ = window.weight.shape
    step = lane.per_word
    found = []
    for row in range(size):
        for column in range(0, size, step if of_pixels else 1):
            used = window.used[:, row, column : column + step].any(axis=1) if of_pixels else window.used[:, row, column]
            mask = sum(1 << int(output) for output in np.flatnonzero(used))
            for group in range(1 if of_pixels else -(-channels // step)):
                taken = window.weight[:, 0, row, column : column + step]
                if not of_pixels:
                    taken = window.weight[:, group * step : (group + 1) * step, row, column]
                words = tuple(_word(weights, lane) for weights in taken.tolist())
                found.append(Tap(window.first + row, window.first + column, group, mask, words))
    return found


def _word(weights: Sequence[int], lane: Lane) -> int:
    """Weights as fields of a word, the first in the lowest bits, as a signed 32-bit integer."""
    word = sum((weight & ((1 << lane.bits) - 1)) << lane.bits * i for i, weight in enumerate(weights))
    return int(np.uint32(word).astype(np.int32))
