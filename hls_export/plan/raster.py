"""The way out: rounding the sub-pixels, sorting them into rows, and writing the rows as AXI4-Stream video."""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.errors import ExportError
from hls_export.plan.layer import Geometry

MAX_BEAT_PIXELS = 8


@dataclass(frozen=True)
class RasterPlan:
    """How blocks of stride x stride sub-pixels become a raster.

    beat_pixels: pixels of one AXI4-Stream beat; word_pixels: pixels of one word of the row FIFOs; groups_per_word: LR positions
    in a word.  requantize_lanes sub-pixels are rounded per clock, requantize_folds clocks per LR position.
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

    @property
    def beats_per_word(self) -> int:
        return self.word_pixels // self.beat_pixels

    def words_per_row(self, width: int) -> int:
        return -(-width // self.groups_per_word)

    def requantize_clocks(self, height: int, width: int) -> int:
        return (height + self.extra_bands) * width * self.requantize_folds

    def output_clocks(self, height: int, width: int) -> int:
        """Beats of one frame of height x width LR pixels."""
        return height * self.stride * self.words_per_row(width) * self.beats_per_word


def beat_sizes(stride: int) -> list[int]:
    """Pixels per beat that the writer supports: divisors of the scale, then its multiples, up to 8 (64 bits).

    >>> beat_sizes(2), beat_sizes(3)
    ([1, 2, 4, 6, 8], [1, 3, 6])
    """
    small = [n for n in range(1, stride) if stride % n == 0]
    return [n for n in (*small, *range(stride, MAX_BEAT_PIXELS + 1, stride)) if n <= MAX_BEAT_PIXELS]


def plan_raster(shape: Geometry, height: int, width: int, budget_clocks: int) -> RasterPlan:
    """The narrowest output and the fewest rounders that keep to `budget_clocks` a frame.  Raises ExportError when none does."""
    stride = shape.stride
    extra, first_row = shape.extra_rows, shape.first_row
    folds = min(stride**2, budget_clocks // ((height + extra) * width))
    if folds < 1:
        raise ExportError(
            f"{width}x{height} has {(height + extra) * width} positions a frame; allowed {budget_clocks} clocks at this rate: "
            "lower fps or a faster clock would do"
        )
    lanes = -(-(stride**2) // folds)
    for beat in beat_sizes(stride):
        groups = max(1, beat // stride)
        plan = RasterPlan(stride, beat, max(beat, stride), groups, first_row, extra, lanes, -(-(stride**2) // lanes))
        if plan.output_clocks(height, width) <= budget_clocks:
            return plan
    raise ExportError(
        f"{width * stride}x{height * stride} output needs {plan.output_clocks(height, width)} beats of {plan.beat_pixels} pixels a "
        f"frame; allowed {budget_clocks} clocks: lower fps or a faster clock would do"
    )
