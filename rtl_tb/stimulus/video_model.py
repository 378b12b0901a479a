"""What a sequence of AXI4-Stream video beats means: the frames that come of it and the status bits it raises.

The semantics are those of hls/axi_stream_video.h, beat by beat.  Beats before SOF are dropped, a line that ends early is filled
with black, one that ends late is cut, a frame whose SOF comes early is finished with black, and a frame of refused size is
dropped up to the next SOF.  Knows nothing of clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SIZE_REFUSED, BEFORE_SOF, EARLY_SOF, EARLY_EOL, LATE_EOL = (1 << bit for bit in range(5))
BEAT = np.dtype([("data", "u4"), ("user", "u1"), ("last", "u1"), ("height", "u2"), ("width", "u2"), ("gap", "u4")])
"""A beat of up to four pixels, the first in the low byte, what is on the size ports beside it, and the idle clocks before it."""
BEYOND = 0xC3
"""What a line's last beat holds beyond the line, which nobody may look at."""
BLACK = {1: (0,), 3: (0, 128, 128)}
"""By number of components."""
Beats = NDArray[np.void]
Frame = NDArray[np.uint8]


def frame_beats(frame: Frame, elsewhere: tuple[int, int] | None = None, pixels: int = 1, components: int = 1) -> Beats:
    """The beats of a whole frame; elsewhere: (height, width) on the ports beside every beat but the first.

    components: neighbouring samples of a line that are one pixel; pixels: samples of a beat.
    """
    height, width = frame.shape
    line = -(-width // pixels)
    padded = np.full((height, line * pixels), BEYOND, dtype=np.uint32)
    padded[:, :width] = frame
    beats = np.zeros(height * line, dtype=BEAT)
    beats["data"] = (padded.reshape(-1, pixels) << (8 * np.arange(pixels, dtype=np.uint32))).sum(axis=1)
    beats["user"][0] = 1
    beats["last"][line - 1 :: line] = 1
    beats["height"], beats["width"] = elsewhere or (height, width // components)
    beats["height"][0], beats["width"][0] = height, width // components
    return beats


def with_gaps(beats: Beats, between_lines: int, before_frame: int) -> Beats:
    """The beats with idle clocks after every EOL and before the first beat, as blanking makes them."""
    spaced = beats.copy()
    spaced["gap"][1:][beats["last"][:-1] == 1] = between_lines
    spaced["gap"][0] = before_frame
    return spaced


@dataclass
class VideoInput:
    """The receiver of the beats, of so many samples each; components: those of a pixel, side by side.

    frames: those completed since the reset; partial: the one that is not, black where unknown.
    """

    max_height: int
    max_width: int
    pixels: int = 1
    components: int = 1
    status: int = 0
    frames: list[Frame] = field(default_factory=list)
    partial: Frame | None = None
    _at: tuple[int, int] = (0, 0)
    _discard: bool = False
    _refused: bool = False

    def reset(self) -> None:
        self.status, self.frames, self.partial = 0, [], None
        self._discard = self._refused = False

    def feed(self, beats: Beats) -> None:
        """Takes beats in order."""
        if self.partial is None and self._is_whole_frame(beats):
            self._refused = False
            height, width = int(beats["height"][0]), int(beats["width"][0])
            samples = self._pixels(beats["data"]).reshape(height, -1)
            self.frames.append(np.ascontiguousarray(samples[:, : width * self.components]))
            return
        for beat in beats:
            self._take(int(beat["data"]), bool(beat["user"]), bool(beat["last"]), (int(beat["height"]), int(beat["width"])))

    def _is_whole_frame(self, beats: Beats) -> bool:
        """Whether the beats are one good frame: the shortcut for frames of millions of beats."""
        height, width = int(beats["height"][0]), int(beats["width"][0])
        line = -(-width * self.components // self.pixels)
        if not self._fits((height, width)) or len(beats) != height * line:
            return False
        last = np.zeros((height, line), dtype=np.uint8)
        last[:, -1] = 1
        return bool(beats["user"][0] == 1 and not beats["user"][1:].any() and (beats["last"] == last.reshape(-1)).all())

    def _pixels(self, data: NDArray[np.uint32]) -> Frame:
        """(beats, pixels) of their data."""
        return (data[..., None] >> (8 * np.arange(self.pixels, dtype=np.uint32)) & 0xFF).astype(np.uint8)

    def _fits(self, size: tuple[int, int]) -> bool:
        return 1 <= size[0] <= self.max_height and 1 <= size[1] <= self.max_width

    def _take(self, data: int, user: bool, last: bool, size: tuple[int, int]) -> None:
        if user:
            self._open(data, last, size)
        elif self.partial is None:
            self.status |= 0 if self._refused else BEFORE_SOF
        elif self._discard:
            if last:
                self._next_line(self.partial)
        else:
            self._write(self.partial, data, last)

    def _open(self, data: int, last: bool, size: tuple[int, int]) -> None:
        if self.partial is not None:
            self.status |= EARLY_SOF
            self._finish(self.partial)
        self._refused = not self._fits(size)
        if self._refused:
            self.status |= SIZE_REFUSED
            return
        self.partial, self._at = np.tile(np.array(BLACK[self.components], dtype=np.uint8), size), (0, 0)
        self._write(self.partial, data, last)

    def _write(self, frame: Frame, data: int, last: bool) -> None:
        row, column = self._at
        after = column + self.pixels
        frame[row, column:after] = self._pixels(np.array(data, dtype=np.uint32))[: frame.shape[1] - column]
        ends_line = after >= frame.shape[1]
        if ends_line and not last:
            self.status |= LATE_EOL
            self._discard = True
        elif ends_line or last:
            self.status |= 0 if ends_line else EARLY_EOL
            self._next_line(frame)
        else:
            self._at = row, after

    def _next_line(self, frame: Frame) -> None:
        self._at, self._discard = (self._at[0] + 1, 0), False
        if self._at[0] == frame.shape[0]:
            self._finish(frame)

    def _finish(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.partial, self._discard = None, False
