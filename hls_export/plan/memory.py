"""Which memory a buffer goes into: LUTRAM, BRAM36 or URAM, and how many.

Shapes: AMD UG573, UltraScale memory resources: an 18 kbit block RAM in simple dual-port mode is 512x36, 1Kx18, 2Kx9, 4Kx4, 8Kx2
or 16Kx1; an UltraRAM is 4Kx72; a LUT of a SLICEM is a 32x2 or 64x1 dual-port RAM (taken as one LUT per 32 bits).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hls_export.plan.devices import Device
from hls_export.plan.layer import LayerPlan
from hls_export.plan.pipeline import Pipeline

BRAM18_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
URAM_SHAPE = (4096, 72)
LUTRAM_WORDS = 64
LUTRAM_BITS = 2048
ROM_LUT_WORDS = 512


@dataclass(frozen=True)
class Memory:
    """`banks` memories of `words` words of `width_bits` bits.

    kind: "lutram", "bram36", "uram" or "constants"; count: of that kind in all (LUTs for "lutram").
    """

    name: str
    purpose: str
    banks: int
    words: int
    width_bits: int
    kind: str
    count: int

    @property
    def bits(self) -> int:
        return self.banks * self.words * self.width_bits


def memory(name: str, purpose: str, banks: int, words: int, width_bits: int) -> Memory:
    """The buffer in LUTRAM when it is shallow or small, else in block RAM; `move_to_uram` decides about UltraRAM."""
    if words <= LUTRAM_WORDS or words * width_bits <= LUTRAM_BITS:
        luts = banks * -(-words // 32) * width_bits
        return Memory(name, purpose, banks, words, width_bits, "lutram", luts)
    return Memory(name, purpose, banks, words, width_bits, "bram36", _bram36(banks, words, width_bits))


def rom(name: str, words: int, width_bits: int) -> Memory:
    """A weight ROM: constants of the logic up to two words, LUTs as 64x1 ROMs up to 512 words, else block RAM."""
    if words <= 2:
        return Memory(name, "weight ROM", 1, words, width_bits, "constants", 0)
    if words <= ROM_LUT_WORDS:
        return Memory(name, "weight ROM", 1, words, width_bits, "lutram", -(-words // 64) * width_bits)
    return Memory(name, "weight ROM", 1, words, width_bits, "bram36", _bram36(1, words, width_bits))


def line_buffer(layer: LayerPlan, width: int) -> Memory:
    """The rows that an engine keeps of frames `width` pixels wide."""
    name, shape = layer.name, layer.geometry
    words = shape.line_positions(width)
    if layer.form == "overlap_add":
        rows = shape.kernel - shape.stride
        bits = rows * shape.stride * shape.pixels * layer.widths.accumulator
        return memory(name, f"line buffers of {rows} rows of partial sums", 1, words, bits)
    rows = shape.window - 1
    return memory(name, f"line buffers of {rows} rows of inputs", rows, words, layer.input_beat_bits)


def memories(pipeline: Pipeline, width: int, device: Device) -> tuple[Memory, ...]:
    """Every memory of the pipeline, block RAM or UltraRAM as the device has them."""
    fifos = sorted((stream for stream in pipeline.streams if stream.memory), key=lambda stream: stream.memory, reverse=True)
    found = [line_buffer(layer, width) for layer in pipeline.engines]
    found += [memory(fifo.name, fifo.memory, 1, fifo.depth, fifo.width_bits) for fifo in fifos]
    found += [rom(layer.name, layer.rom_words, layer.rom_word_bits) for layer in pipeline.engines]
    return move_to_uram(tuple(part for part in found if part.bits), device.bram36, device.uram)


def total(memories: tuple[Memory, ...], kind: str) -> int:
    return sum(part.count for part in memories if part.kind == kind)


def move_to_uram(memories: tuple[Memory, ...], bram36: int, uram: int) -> tuple[Memory, ...]:
    """`memories` with as few as needed moved from block RAM to UltraRAM so that at most `bram36` and `uram` are used.

    Those that free most block RAM per UltraRAM go first.  What does not fit stays in block RAM; the plan refuses it.
    """
    chosen = list(memories)
    order = sorted(range(len(chosen)), key=lambda i: (-chosen[i].count / _uram(chosen[i]), i))
    for index in order:
        if total(tuple(chosen), "bram36") <= bram36:
            break
        part = chosen[index]
        if part.kind == "bram36" and total(tuple(chosen), "uram") + _uram(part) <= uram:
            chosen[index] = replace(part, kind="uram", count=_uram(part))
    return tuple(chosen)


def _bram36(banks: int, words: int, width_bits: int) -> int:
    halves = min(-(-words // depth) * -(-width_bits // width) for depth, width in BRAM18_SHAPES)
    return -(-banks * halves // 2)


def _uram(part: Memory) -> int:
    depth, width = URAM_SHAPE
    return part.banks * -(-part.words // depth) * -(-part.width_bits // width)
