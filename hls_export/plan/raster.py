"""The way out: rounding the sub-pixels, sorting them into rows, and writing the rows as AXI4-Stream video."""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.errors import ExportError
from hls_export.plan.layer import Geometry

MAX_BEAT_PIXELS = 8


@dataclass(frozen=True)
class RasterPlan:
    """How blocks of stride x (stride * pixels) sub-pixels become a raster; a position is a word of `pixels` LR pixels.

    beat_pixels: pixels of one AXI4-Stream beat; word_pixels: pixels of one word of the row FIFOs; groups_per_word: positions in
    such a word.  requantize_lanes sub-pixels are rounded per clock, requantize_folds clocks per position.
    first_row: rows of the first band above the frame; extra_bands: bands beyond the frame's LR rows.
    """

    stride: int
    beat_pixels: int
    word_pixels: int
    groups_per_word: int
    first_row: int
    extra_bands: int
    requantize_lanes: int
    requantize_folds: int
    pixels: int = 1

    @property
    def block(self) -> int:
        """Sub-pixels of a position."""
        return self.stride**2 * self.pixels

    @property
    def beats_per_word(self) -> int:
        """Of a word that is whole."""
        return self.word_pixels // self.beat_pixels

    def positions(self, width: int) -> int:
        """Of a line."""
        return -(-width // self.pixels)

    def words_per_row(self, width: int) -> int:
        return -(-self.positions(width) // self.groups_per_word)

    def word_beats(self, width: int) -> list[int]:
        """Of each word of a line; the last may have fewer."""
        whole = self.words_per_row(width) - 1
        return [self.beats_per_word] * whole + [self.line_beats(width) - whole * self.beats_per_word]

    def line_beats(self, width: int) -> int:
        return -(-width * self.stride // self.beat_pixels)

    def requantize_clocks(self, height: int, width: int) -> int:
        return (height + self.extra_bands) * self.positions(width) * self.requantize_folds

    def output_clocks(self, height: int, width: int) -> int:
        """Beats of one frame of height x width LR pixels."""
        return height * self.stride * self.line_beats(width)


def beat_sizes(columns: int, pixels: int = 1) -> list[int]:
    """Pixels per beat that the writer supports for blocks of so many columns: their divisors, then their multiples.

    At most 8 (64 bits) for each LR pixel of a position.

    >>> beat_sizes(2), beat_sizes(3), beat_sizes(4, pixels=2)
    ([1, 2, 4, 6, 8], [1, 3, 6], [1, 2, 4, 8, 12, 16])
    """
    most = MAX_BEAT_PIXELS * pixels
    small = [n for n in range(1, columns) if columns % n == 0]
    return [n for n in (*small, *range(columns, most + 1, columns)) if n <= most]


def plan_raster(shape: Geometry, height: int, width: int, budget_clocks: int) -> RasterPlan:
    """The narrowest output and the fewest rounders that keep to `budget_clocks` a frame.  Raises ExportError when none does."""
    stride, pixels, columns = shape.stride, shape.pixels, shape.stride * shape.pixels
    extra, first_row, block = shape.extra_rows, shape.first_row, stride * columns
    positions = (height + extra) * shape.line_positions(width)
    folds = min(block, budget_clocks // positions)
    if folds < 1:
        raise ExportError(
            f"{width}x{height} has {positions} positions a frame; allowed {budget_clocks} clocks at this rate: "
            "lower fps or a faster clock would do"
        )
    lanes = -(-block // folds)
    for beat in beat_sizes(columns, pixels):
        groups = max(1, beat // columns)
        plan = RasterPlan(stride, beat, max(beat, columns), groups, first_row, extra, lanes, -(-block // lanes), pixels)
        if plan.output_clocks(height, width) <= budget_clocks:
            return plan
    raise ExportError(
        f"{width * stride}x{height * stride} output needs {plan.output_clocks(height, width)} beats of {plan.beat_pixels} pixels a "
        f"frame; allowed {budget_clocks} clocks: lower fps or a faster clock would do"
    )
