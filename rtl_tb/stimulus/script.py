"""What the source does, as a list of steps; compiled into the stimulus of the bench and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rtl_tb.errors import BenchError
from rtl_tb.stimulus.video_model import BEAT, Beats, Frame, VideoInput

KINDS = {"beat": 0, "idle": 1, "reset": 2, "await": 3, "status": 4, "end": 5}
MAX_COUNT = (1 << 32) - 1
RESET_CLOCKS = 3
SETTLE_CLOCKS = 64
"""Clocks after the last beat in which its status bits must be up."""


@dataclass(frozen=True)
class Send:
    """Beats, in order."""

    beats: Beats


@dataclass(frozen=True)
class Reset:
    """Reset for some clocks, whatever is under way."""


@dataclass(frozen=True)
class Idle:
    """Nothing for so many clocks."""

    clocks: int


@dataclass(frozen=True)
class Drain:
    """Wait until every output beat of the frames so far was taken."""


@dataclass(frozen=True)
class ReadStatus:
    """Let the input settle, read the status and clear it."""


Step = Send | Reset | Idle | Drain | ReadStatus


@dataclass(frozen=True)
class Epoch:
    """What must come between two resets: whole frames, and one under way when a reset cut it (known only as far as it came)."""

    frames: tuple[Frame, ...]
    cut: bool
    under_way: Frame | None = None


@dataclass(frozen=True)
class Expected:
    """Epochs in order, and the status bits at each reading."""

    epochs: tuple[Epoch, ...]
    statuses: tuple[int, ...]

    @property
    def frames(self) -> int:
        return sum(len(epoch.frames) for epoch in self.epochs)

    @property
    def pixels(self) -> int:
        return sum(frame.size for epoch in self.epochs for frame in epoch.frames)


def compiled(
    steps: Iterable[Step],
    limits: tuple[int, int],
    output_beats: Callable[[int, int], int],
    pixels: int = 1,
    components: int = 1,
) -> tuple[bytes, Expected]:
    """The stimulus file and the expectation; limits: (height, width) that the hardware takes.

    output_beats(height, width): beats of one output frame, of its rows and samples of a line; pixels: samples of one
    beat in; components: samples of one pixel.  The script ends drained and with its
    status read.  Raises BenchError for a script that ends inside a frame.
    """
    model, epochs, statuses = VideoInput(*limits, pixels, components), [], []
    parts: list[bytes] = []
    for step in (*steps, Drain(), ReadStatus()):
        if isinstance(step, Send):
            model.feed(step.beats)
            parts.append(_beat_lines(step.beats, pixels))
        elif isinstance(step, Reset):
            epochs.append(Epoch(tuple(model.frames), True, model.partial))
            model.reset()
            parts.append(_line("reset", RESET_CLOCKS, pixels))
        elif isinstance(step, Idle):
            parts.append(_line("idle", step.clocks, pixels))
        elif isinstance(step, Drain):
            parts.append(_line("await", sum(output_beats(*frame.shape) for frame in model.frames), pixels))
        else:
            statuses.append(model.status)
            model.status = 0
            parts += [_line("idle", SETTLE_CLOCKS, pixels), _line("status", 0, pixels)]
    if model.partial is not None:
        raise BenchError("the script ends inside a frame; allowed whole frames at the end")
    epochs.append(Epoch(tuple(model.frames), False))
    return b"".join([*parts, _line("end", 0, pixels)]), Expected(tuple(epochs), tuple(statuses))


def frames_of(expected: Expected) -> Iterator[Frame]:
    for epoch in expected.epochs:
        yield from epoch.frames


def _line(kind: str, count: int, pixels: int) -> bytes:
    return f"{KINDS[kind]:01x}{0:08x}{min(count, MAX_COUNT):08x}{0:0{1 + 2 * pixels}x}\n".encode()


def _beat_lines(beats: Beats, pixels: int) -> bytes:
    """The fields of sv/stream_source.sv, a line of hexadecimal digits for each beat."""
    if beats.dtype != BEAT:
        raise BenchError(f"beats of type {beats.dtype}; allowed {BEAT}")
    flags = (beats["last"] << 1) | beats["user"]
    fields = [(beats["height"], 4), (beats["width"], 4), (beats["gap"], 8), (flags, 1), (beats["data"], 2 * pixels)]
    text = np.full((len(beats), 19 + 2 * pixels), ord("0"), dtype=np.uint8)
    text[:, -1] = ord("\n")
    at = 1
    for values, digits in fields:
        for digit in range(digits):
            nibble = (values >> (4 * (digits - 1 - digit))) & 15
            text[:, at + digit] = _HEX[nibble.astype(np.uint8)]
        at += digits
    return text.tobytes()


_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
