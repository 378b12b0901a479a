"""The plan of a residual: its engine beside the last layer's, and where the two branches join (hls/residual.h)."""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.plan.layer import LayerPlan
from hls_export.plan.widths import Widths


@dataclass(frozen=True)
class ResidualPlan:
    """accumulator = (the last layer's sums << sum_shift) + (the residual's sums << shift), then requantized.

    layer: the engine of the centred pixels; its form is the last layer's, and it is at least as fast.  The branch that is not
    shifted starts from the bias.
    widths: of the joined accumulator and its requantization; those of the last LayerPlan are its own engine's, before the join.
    pixel_depth: pixels that wait at most until the main branch has come as far.
    """

    layer: LayerPlan
    sum_shift: int
    shift: int
    widths: Widths
    pixel_depth: int

    @property
    def join_luts(self) -> int:
        """Estimate: LUTs of the join's adders, one for each bit of each sum."""
        return self.layer.geometry.stride**2 * self.widths.accumulator

    @property
    def addend_bits(self) -> int:
        """Of one shifted sum: the joined accumulator less the bias, or less what the other branch adds, so one bit more."""
        return self.widths.accumulator + 1
