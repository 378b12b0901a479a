"""Source and sink of AXI4-Stream video for cocotb, with random pauses; what golden makes of frames, as beats."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from golden import model
from golden.spec import IntNetwork
from rtl_tb.bench.agreement import output_beats
from rtl_tb.stimulus.video_model import Beats, Frame

Beat = tuple[int, ...]
"""Pixels, tkeep, tuser, tlast of an output beat."""


class Source:
    """Sends what is in its queue; valid and payload stay until ready.  pauses: the share of clocks without a beat."""

    def __init__(self, dut: Any, seed: int, pauses: float) -> None:
        self.dut, self.draw, self.pauses = dut, random.Random(seed), pauses
        self.queue: deque[Beat] = deque()
        self.taken = 0
        cocotb.start_soon(self._run())

    def send(self, beats: Beats) -> None:
        self.queue += [tuple(int(beat[name]) for name in ("data", "user", "last")) for beat in beats]

    async def _run(self) -> None:
        dut = self.dut
        while True:
            if not self.queue or self.draw.random() < self.pauses:
                await FallingEdge(dut.aclk)
                continue
            dut.s_axis_video_tvalid.value = 1
            dut.s_axis_video_tdata.value, dut.s_axis_video_tuser.value, dut.s_axis_video_tlast.value = self.queue.popleft()
            ready = False
            while not ready:
                await RisingEdge(dut.aclk)
                ready = dut.s_axis_video_tready.value == 1
                await FallingEdge(dut.aclk)
            self.taken += 1
            dut.s_axis_video_tvalid.value = 0


class Sink:
    """Takes output beats; a beat that was offered must stay as it is until it is taken."""

    def __init__(self, dut: Any, seed: int, pauses: float) -> None:
        self.dut, self.draw, self.pauses = dut, random.Random(seed), pauses
        self.beats: list[Beat] = []
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        dut, waiting = self.dut, None
        ports = [getattr(dut, f"m_axis_video_{name}") for name in ("tdata", "tkeep", "tuser", "tlast")]
        while True:
            dut.m_axis_video_tready.value = ready = int(self.draw.random() >= self.pauses)
            await RisingEdge(dut.aclk)
            if dut.m_axis_video_tvalid.value == 1:
                beat = tuple(int(str(port.value), 2) for port in ports)
                assert waiting in (None, beat), "a beat changed while it waited"
                waiting = None if ready else beat
                if ready:
                    self.beats.append(beat)
            else:
                assert waiting is None, "tvalid fell while a beat waited"
            await FallingEdge(dut.aclk)


def expected(network: IntNetwork, frames: list[Frame], lanes: int) -> list[Beat]:
    """The output beats of these LR frames."""
    found: list[Beat] = []
    for frame in frames:
        pixels, flags, _ = output_beats(model.run(network, frame), lanes)
        data = (pixels << (8 * np.arange(lanes))).sum(axis=1)
        found += [(int(word), int(keep), int(user), int(last)) for word, (last, user, keep) in zip(data, flags, strict=True)]
    return found


def drawn(seed: int, height: int, width: int) -> Frame:
    """A frame of random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
