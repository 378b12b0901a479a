"""The pipeline of a colour top: which blocks there are, which streams run between them, and the fields of their words.

Whoever prints or counts it loops over what this file made.

    video_input -> frame -> split -> luma_wait ----------------------------> luma ----------> join
                                  -> chroma_wait -> edges -> planes -> cb ------------------>
                         -> size_wait ----------->        |        -> cr ------------------>
                                                          -> join_wait -------------------->
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["video_input", "edge_repeat", "fork", "fifo", "core", "join"]
Fields = tuple[tuple[str, int], ...]
"""(name, bits) of the parts of a word, from the low bits on."""
COMPONENTS = ("y", "cb", "cr")
SAMPLE_BITS = 8
SIZE: Fields = (("width", 16), ("height", 16))
FLAGS: Fields = (("user", 1), ("last", 1), *SIZE)
"""Beside a pixel: SOF, EOL, and the size of its frame."""
FRAMES_WAITING = 4
"""Sizes that wait for frames on their way: more than the branches begin at once where a frame is longer than they are."""
LUMA_WAIT, CHROMA_WAIT = "luma_wait", "chroma_wait"


@dataclass(frozen=True)
class Link:
    """A stream of words of these fields; depth: places of the FIFO that writes it, 0 where a block without one does."""

    name: str
    fields: Fields
    depth: int = 0
    reason: str = ""

    @property
    def width_bits(self) -> int:
        return sum(bits for _, bits in self.fields)

    def low(self, name: str) -> int:
        """The lowest bit of a field."""
        names = [field for field, _ in self.fields]
        return sum(bits for _, bits in self.fields[: names.index(name)])


@dataclass(frozen=True)
class Block:
    """What works by itself: it reads and writes links, by name.

    module: of a core, its module; reach: samples that edges are repeated by.
    """

    name: str
    kind: Kind
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    module: str = ""
    reach: int = 0


@dataclass(frozen=True)
class ColourPipeline:
    """Blocks, each after those that it reads from, and the links between them."""

    blocks: tuple[Block, ...]
    links: tuple[Link, ...]

    def link(self, name: str) -> Link:
        return next(link for link in self.links if link.name == name)

    @property
    def fifos(self) -> tuple[Link, ...]:
        """The links that FIFOs write."""
        return tuple(link for link in self.links if link.depth)

    def with_depths(self, depths: Mapping[str, int]) -> ColourPipeline:
        """The same with these depths of the FIFOs, by block."""
        written = {block.writes[0]: depths[block.name] for block in self.blocks if block.name in depths}
        return replace(self, links=tuple(replace(link, depth=written.get(link.name, link.depth)) for link in self.links))


def connect(luma: str, chroma: str, reach: int, beat_pixels: int) -> ColourPipeline:
    """The pipeline around the modules of luma's and of the interpolator's network; depths of the waiting pixels still to come."""
    blocks = (
        Block("video_input", "video_input", (), ("to_frame",)),
        Block("frame", "edge_repeat", ("to_frame",), ("to_split", "to_size_wait")),
        Block("split", "fork", ("to_split",), (f"to_{LUMA_WAIT}", f"to_{CHROMA_WAIT}")),
        Block(LUMA_WAIT, "fifo", (f"to_{LUMA_WAIT}",), ("to_luma",)),
        Block(CHROMA_WAIT, "fifo", (f"to_{CHROMA_WAIT}",), ("to_edges",)),
        Block("size_wait", "fifo", ("to_size_wait",), ("size_to_edges",)),
        Block("edges", "edge_repeat", ("to_edges", "size_to_edges"), ("to_planes", "to_join_wait"), reach=reach),
        Block("planes", "fork", ("to_planes",), ("to_cb", "to_cr")),
        Block("luma", "core", ("to_luma",), ("luma_to_join",), luma),
        Block("cb", "core", ("to_cb",), ("cb_to_join",), chroma),
        Block("cr", "core", ("to_cr",), ("cr_to_join",), chroma),
        Block("join_wait", "fifo", ("to_join_wait",), ("size_to_join",)),
        Block("join", "join", ("size_to_join", "luma_to_join", "cb_to_join", "cr_to_join"), (), reach=reach),
    )
    return ColourPipeline(blocks, tuple(_links(beat_pixels)))


def _links(beat_pixels: int) -> list[Link]:
    pixel = tuple((name, SAMPLE_BITS) for name in COMPONENTS)
    y, *chroma = pixel
    cb, cr = chroma
    beat = (("data", SAMPLE_BITS * beat_pixels), ("keep", beat_pixels), ("user", 1), ("last", 1))
    return [
        Link("to_frame", (*pixel, *SIZE)),
        Link("to_split", (*pixel, *FLAGS)),
        Link("to_size_wait", SIZE),
        Link(f"to_{LUMA_WAIT}", (y, *FLAGS)),
        Link(f"to_{CHROMA_WAIT}", (cb, cr)),
        Link("to_luma", (y, *FLAGS), 1, "pixels wait where luma needs fewer rows than chroma"),
        Link("to_edges", (cb, cr), 1, "pixels wait while luma's layers come as far"),
        Link("size_to_edges", SIZE, FRAMES_WAITING, "a frame's size waits for its pixels"),
        Link("to_planes", (cb, cr, *FLAGS)),
        Link("to_join_wait", SIZE),
        Link("to_cb", (cb, *FLAGS)),
        Link("to_cr", (cr, *FLAGS)),
        *(Link(f"{name}_to_join", beat) for name in ("luma", "cb", "cr")),
        Link("size_to_join", SIZE, FRAMES_WAITING, "a frame's size waits until its beats leave"),
    ]
