"""What lies between and inside the processes: FIFOs with their reasons, line buffers, ROMs, and the memories they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hls_export.plan import memory as memories_
from hls_export.plan.devices import Device
from hls_export.plan.layer import LayerPlan
from hls_export.plan.memory import Memory, memory
from hls_export.plan.raster import RasterPlan
from hls_export.plan.residual_plan import ResidualPlan
from hls_export.plan.schedule import STREAM_DEPTH, Schedule

PIXELS = "to_residual"
OVERLAP = "one word is written while the one before is read; a chain without branches needs no more"
LAG = "pixels wait while the layers come as far; deep enough that no block is late where both branches join"
JOIN = "one word is written while the one before is read; what one branch is ahead of the other waits in to_residual"


@dataclass(frozen=True)
class Fifo:
    """A stream between two processes: words of `width_bits`, and why it is as deep as it is."""

    name: str
    width_bits: int
    depth: int
    reason: str


def fifos(layers: tuple[LayerPlan, ...], residual: ResidualPlan | None, raster: RasterPlan, times: Schedule) -> tuple[Fifo, ...]:
    """Every stream by the process that reads it, in the order of the pipeline; then the rows of the raster."""
    blocks = raster.stride**2
    found = [Fifo(f"to_{layer.name}", layer.input_beat_bits, STREAM_DEPTH, OVERLAP) for layer in layers]
    accumulator = layers[-1].widths.accumulator
    if residual is not None:
        found.insert(0, Fifo("to_fork", layers[0].input_beat_bits, STREAM_DEPTH, OVERLAP))
        found += _branch(residual, blocks * accumulator, blocks * residual.layer.widths.accumulator)
        accumulator = residual.widths.accumulator
    found.append(Fifo("to_rescale", blocks * accumulator, STREAM_DEPTH, OVERLAP))
    return (*found, *_rows(raster, times))


def _branch(residual: ResidualPlan, main_bits: int, residual_bits: int) -> Iterator[Fifo]:
    yield Fifo("to_join", main_bits, STREAM_DEPTH, JOIN)
    yield Fifo(PIXELS, residual.layer.input_beat_bits, residual.pixel_depth, LAG)
    yield Fifo("to_join_residual", residual_bits, STREAM_DEPTH, JOIN)


def _rows(raster: RasterPlan, times: Schedule) -> Iterator[Fifo]:
    for row, depth in enumerate(times.row_depths):
        why = (
            f"row {row} of a band waits while the rows before it are written out"
            if row
            else "row 0 of a band comes while the last rows of the band before are written out"
        )
        yield Fifo(f"row{row}", raster.word_pixels * 8, depth, why)


def line_buffer(layer: LayerPlan, width: int) -> Memory:
    """The rows that an engine keeps of frames `width` pixels wide."""
    name, shape = layer.name, layer.geometry
    if layer.form == "overlap_add":
        rows = shape.kernel - shape.stride
        return memory(
            name, f"line buffers of {rows} rows of partial sums", 1, width, rows * shape.stride * layer.widths.accumulator
        )
    rows = shape.window - 1
    return memory(name, f"line buffers of {rows} rows of inputs", rows, width, layer.input_beat_bits)


def memories(engines: tuple[LayerPlan, ...], streams: tuple[Fifo, ...], width: int, device: Device) -> tuple[Memory, ...]:
    """Every memory of the pipeline, block RAM or UltraRAM as the device has them."""
    found = [line_buffer(layer, width) for layer in engines]
    found += [memory(fifo.name, "row FIFO", 1, fifo.depth, fifo.width_bits) for fifo in streams if fifo.name.startswith("row")]
    found += [memory(fifo.name, "pixel delay", 1, fifo.depth, fifo.width_bits) for fifo in streams if fifo.name == PIXELS]
    found += [memories_.rom(layer.name, layer.rom_words, layer.rom_word_bits) for layer in engines]
    present = tuple(part for part in found if part.bits)
    return memories_.move_to_uram(present, device.bram36, device.uram)
