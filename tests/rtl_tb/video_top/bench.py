"""video_top of a network between a source and a sink in cocotb, the offsets of its registers, and sources that break rules."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

import golden
from rtl_tb.stimulus.video_model import (
    BEFORE_SOF,
    EARLY_EOL,
    EARLY_SOF,
    LATE_EOL,
    Beats,
    Frame,
    frame_beats,
)
from tests.rtl_tb.video_top import bus
from tests.rtl_tb.video_top.video import Sink, Source, expected

NETWORK = golden.load(os.environ["NETWORK"])
MAX_WIDTH, MAX_HEIGHT, PIXELS, LANES = (int(os.environ[name]) for name in ("MAX_WIDTH", "MAX_HEIGHT", "PIXELS_IN", "PIXELS_OUT"))
CONTROL, ENABLED, PENDING, HEIGHT, WIDTH, STATUS, FRAMES, ERRORS = 0x00, 0x08, 0x0C, 0x10, 0x18, 0x20, 0x28, 0x2C
ENABLE, RESET, BUSY, DONE, FAULT = 1, 2, 0x100, 1, 2
SHAPES = ((5, 7), (3, 4), (6, 8), (1, 1), (2, 5))
PATIENCE = 4000
SEED = count(1)


def beats_of(frame: Frame) -> Beats:
    """The input beats of a whole frame."""
    return frame_beats(frame, pixels=PIXELS)


class Bench:
    """video_top out of reset between a source and a sink."""

    def __init__(self, dut: Any, pauses: float) -> None:
        self.dut = dut
        self.source, self.sink = Source(dut, next(SEED), pauses), Sink(dut, next(SEED), pauses)
        self.begun = self.begun_at_reset = 0
        cocotb.start_soon(self._count())

    @classmethod
    async def begun(cls, dut: Any, pauses: float = 0.3) -> Bench:
        await bus.start(dut)
        return cls(dut, pauses)

    async def _count(self) -> None:
        """Frames let in, and how many they were when the last soft reset began; a beat offered to the core must stay."""
        dut, running, offered = self.dut, False, False
        while True:
            await RisingEdge(dut.aclk)
            if dut.core_rst_n.value == 1:
                assert not offered or dut.gate_valid.value == 1, "the gate withdrew a beat"
                self.begun += int(dut.u_gate.begins_o.value)
            elif running:
                self.begun_at_reset = self.begun
            running = dut.core_rst_n.value == 1
            offered = running and dut.gate_valid.value == 1 and dut.core_ready.value == 0

    async def program(self, shape: tuple[int, int], control: int = ENABLE) -> None:
        await bus.write(self.dut, HEIGHT, shape[0])
        await bus.write(self.dut, WIDTH, shape[1])
        await bus.write(self.dut, CONTROL, control)

    async def idle(self) -> None:
        """Waits for status.busy 0 and the source's queue to be as far as it goes."""
        for _ in range(PATIENCE // 10):
            if not await bus.read(self.dut, STATUS) & BUSY:
                return
            await bus.waited(self.dut, 10)
        raise AssertionError("busy for ever")

    async def taken(self, beats: int) -> None:
        """Waits until the source has given so many beats."""
        for _ in range(PATIENCE):
            if self.source.taken >= beats:
                return
            await bus.waited(self.dut, 1)
        raise AssertionError(f"{self.source.taken} beats were taken; expected {beats}")

    def gave(self, frames: list[Frame], before: int = 0) -> None:
        """The beats behind the first `before` are those of these frames and no other."""
        found, wanted = self.sink.beats[before:], expected(NETWORK, frames, LANES)
        different = [i for i, (one, other) in enumerate(zip(found, wanted, strict=False)) if one != other]
        assert not different, f"beat {different[0]}: {found[different[0]]}, golden {wanted[different[0]]}"
        assert len(found) == len(wanted), f"{len(found)} beats, golden {len(wanted)}"


def behind_cut(bench: Bench, frames: list[Frame], begun: int, before: int) -> None:
    """Behind `before` come beats of the first `begun` frames as far as they go, then the others whole."""
    kept = len(bench.sink.beats) - before - len(expected(NETWORK, frames[begun:], LANES))
    assert kept >= 0, f"{-kept} beats are missing"
    assert bench.sink.beats[before : before + kept] == expected(NETWORK, frames[:begun], LANES)[:kept]
    bench.gave(frames[begun:], before + kept)


def broken(frame: Frame, bit: int) -> Beats:
    """Beats that raise this bit of status and no other, with a frame behind them."""
    beats, line = beats_of(frame), -(-frame.shape[1] // PIXELS)
    if bit == BEFORE_SOF:
        return beats[1:]
    if bit == EARLY_SOF:
        return beats[:-line]
    if bit == EARLY_EOL:
        beats["last"][line - 2] = 1
        return np.delete(beats, line - 1)
    if bit == LATE_EOL:
        beats = beats[[*range(line), *range(line - 1, len(beats))]]
        beats["last"][line - 1] = 0
        return beats
    beats["height"] = MAX_HEIGHT + 1
    return beats
