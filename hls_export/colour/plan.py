"""The plan of a network in three components: luma's, the chroma interpolator's, and how many pixels wait for each other.

Chroma is enlarged by `golden.video.interpolator`, an integer network like any other, so its engines, widths and proofs are made by
the same code.  Its frames are REACH samples larger on each side (docs/colour.md, eq. 6).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import numpy as np

from golden.spec import IntNetwork
from golden.video import interpolator
from golden.video.chroma import REACH, SCALES
from hls_export.colour.pipeline import CHROMA_WAIT, LUMA_WAIT, ColourPipeline, connect
from hls_export.errors import ExportError
from hls_export.plan.choice import clocked
from hls_export.plan.depths import strip_rows
from hls_export.plan.fit import make_plan, shortages
from hls_export.plan.layer import Folding
from hls_export.plan.memory import Memory, memory, total
from hls_export.plan.plan import PROCESS_LUTS, HardwarePlan, Resources, in_rtl
from hls_export.plan.schedule import Clocks, Size, lines, words
from hls_export.plan.target import MAX_WIDTH, Target

COLOUR_TOP, LUMA_TOP, CHROMA_TOP = "colour_top", "sr_top", "chroma_top"
FORMATS = ("444",)
"""Of --colour: YCbCr 4:4:4."""
SLACK = 16
"""Pixels that the registers between the split and the first engines hold, and a FIFO's own two clocks."""
MIN_DEPTH = 4
LARGEST = MAX_WIDTH - 2 * REACH
"""Of a side: chroma's frames are larger, and the input counts four bytes a pixel in 16 bits."""


@dataclass(frozen=True)
class ColourPlan:
    """luma, chroma: RTL plans (`in_rtl`) of the network and of one plane's interpolator; the pipeline around them."""

    luma: HardwarePlan
    chroma: HardwarePlan
    pipeline: ColourPipeline

    @property
    def memories(self) -> tuple[Memory, ...]:
        """Of the FIFOs between the networks, and the row of chroma that is repeated."""
        fifos = [memory(link.name, "waiting", 1, link.depth, link.width_bits) for link in self.pipeline.fifos]
        chroma = self.pipeline.link("to_edges").width_bits
        return (*fifos, memory("edges", "row that is repeated", 1, self.luma.target.width, chroma))

    @property
    def resources(self) -> Resources:
        """Of luma, two planes of chroma, and what is around them; all but the DSPs are estimates."""
        luma, chroma = self.luma.resources, self.chroma.resources
        blocks = sum(block.kind != "core" for block in self.pipeline.blocks)
        return Resources(
            dsp=luma.dsp + 2 * chroma.dsp,
            lut=luma.lut + 2 * chroma.lut + blocks * PROCESS_LUTS + total(self.memories, "lutram"),
            bram36=luma.bram36 + 2 * chroma.bram36 + total(self.memories, "bram36"),
            uram=luma.uram + 2 * chroma.uram,
        )

    @property
    def clocks_per_frame(self) -> int:
        """From frame to frame when frames come back to back."""
        return max(self.luma.clocks_per_frame, self.chroma.clocks_per_frame)

    def to_json(self) -> str:
        """Sorted JSON: both networks, blocks, links and figures."""
        facts = {
            "luma": self.luma.network_hash,
            "chroma": self.chroma.network_hash,
            "clocks_per_frame": self.clocks_per_frame,
            "resources": asdict(self.resources),
            "memories": [asdict(one) for one in self.memories],
            "blocks": [asdict(block) for block in self.pipeline.blocks],
            "links": [asdict(link) | {"width_bits": link.width_bits} for link in self.pipeline.links],
        }
        return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def check_format(colour: str) -> None:
    """Raises ExportError for what is none of FORMATS."""
    if colour not in FORMATS:
        raise ExportError(f"colour {colour!r}; allowed {', '.join(FORMATS)}")


def colour_target(network: IntNetwork, target: Target) -> Target:
    """`target` with a clock at which luma and chroma keep to the rate.

    Raises ExportError as `clocked` does, for a scale without an interpolator, several pixels a clock, and too large frames.
    """
    if network.scale not in SCALES:
        raise ExportError(f"colour at scale {network.scale}; allowed {SCALES[0]}..{SCALES[-1]}")
    if target.pixels_per_clock != 1:
        raise ExportError(f"colour at {target.pixels_per_clock} pixels per clock; allowed 1")
    if max(target.width, target.height) > LARGEST:
        raise ExportError(f"colour frames of {target.width}x{target.height}; allowed up to {LARGEST}x{LARGEST}")
    return replace(target, clock_mhz=max(clocked(network, target).clock_mhz, _chroma_target(network, target).clock_mhz))


def _chroma_target(network: IntNetwork, target: Target) -> Target:
    larger = replace(target, width=target.width + 2 * REACH, height=target.height + 2 * REACH, engine="adders")
    return clocked(interpolator(network.scale), larger)


def make_colour(network: IntNetwork, target: Target) -> ColourPlan:
    """The plan of `network` in YCbCr 4:4:4 for one target.  Raises ExportError as `colour_target`, `make_plan` and `around` do."""
    return around(network, make_plan(network, colour_target(network, target)))


def around(network: IntNetwork, plan: HardwarePlan) -> ColourPlan:
    """Chroma around `plan`, luma's, whose target has the clock of `colour_target`.

    Raises ExportError where `make_plan` does of the interpolator, for a name that both networks have, and where luma and chroma
    together are more than the device holds.
    """
    target, plane = plan.target, interpolator(network.scale)
    shared = {layer.name for layer in network.layers} & {layer.name for layer in plane.layers}
    if shared:
        raise ExportError(f"layer '{min(shared)}': the chroma interpolator's name; allowed any other")
    luma, chroma = in_rtl(plan), in_rtl(make_plan(plane, _chroma_target(network, target)))
    if luma.raster.beat_pixels != chroma.raster.beat_pixels:
        beats = f"{luma.raster.beat_pixels} pixels of luma and {chroma.raster.beat_pixels} of chroma"
        raise ExportError(f"beats of {beats} at this rate; allowed the same: a faster clock would do")
    found = connect(LUMA_TOP, CHROMA_TOP, REACH, luma.raster.beat_pixels)
    coloured = ColourPlan(luma, chroma, found.with_depths(depths(luma, chroma)))
    short = shortages(replace(luma, resources=coloured.resources), target.device)
    if short:
        raise ExportError(f"{target.device.name} does not hold {luma.network} and two planes of chroma: {', '.join(short)}")
    return coloured


def depths(luma: HardwarePlan, chroma: HardwarePlan) -> dict[str, int]:
    """Places of the FIFOs of waiting pixels, by block.

    Where luma is behind, chroma's pixels wait: those that luma needs for a word and chroma does not, and those that luma takes
    while the word is on its way.  Where chroma needs more pixels for a word than luma does, luma's wait, or neither would go on.
    """
    size = strip_rows(luma.pipeline, luma.raster, luma.target.height, luma.target.width) + 2 * REACH, luma.target.width
    larger = size[0] + 2 * REACH, size[1] + 2 * REACH
    above, before = REACH * luma.scale, REACH // luma.raster.groups_per_word
    positions = needed(chroma, larger)[above : above + size[0] * luma.scale, before : before + luma.raster.words_per_row(size[1])]
    ahead = np.minimum(needed(luma, size), size[0] * size[1]) - pixels_of(positions, size)
    on_the_way = sum(process.latency for process in luma.pipeline.processes)
    behind = max(0, -int(ahead.min()))
    return {CHROMA_WAIT: MIN_DEPTH + SLACK + max(0, int(ahead.max())) + on_the_way, LUMA_WAIT: MIN_DEPTH + behind}


def needed(plan: HardwarePlan, size: Size) -> Clocks:
    """(lines, words) pixels of a (height, width) frame that the network must take before it can give each word of the raster."""
    one = Folding(1, 1, 1, 1)
    at_once = [replace(p, latency=0, engine=p.engine and replace(p.engine, folding=one)) for p in plan.pipeline.processes]
    raster = replace(plan.raster, requantize_folds=1)
    pipeline = replace(plan.pipeline, processes=tuple(at_once))
    (requantize,) = pipeline.of("requantize")
    found = lines(words(pipeline, raster, size)[requantize.name], raster, size)[0]
    stages = sum(process.kind not in ("video_input", "fork", "delay", "video_output") for process in pipeline.processes)
    return np.asarray(np.maximum.accumulate(found.reshape(-1)).reshape(found.shape) - stages)


def pixels_of(positions: Clocks, size: Size) -> Clocks:
    """How many pixels of a (height, width) frame were taken when so many of the larger one, its edges repeated, were given.

    >>> pixels_of(np.array([1, 4, 6, 7, 18, 19, 22]), (2, 2))
    array([1, 2, 2, 2, 2, 3, 4])
    """
    height, width = size
    row, column = np.divmod(np.minimum(positions, (height + 2 * REACH) * (width + 2 * REACH)) - 1, width + 2 * REACH)
    before = np.where(row == 0, 0, np.clip(row - REACH, 1, height)) * width
    is_live = (row == 0) | ((row > REACH) & (row < REACH + height))
    return np.asarray(before + is_live * (np.clip(column - REACH, 0, width - 1) + 1))
