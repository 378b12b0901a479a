"""Holds what a simulation wrote against golden, beat by beat in order: values, missing beats and spurious ones.

Decides what a difference is; knows nothing of simulators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import model, video
from golden.spec import IntNetwork
from rtl_tb.bench.design import Design, Tap
from rtl_tb.bench.dump import UNKNOWN_VALUE, Dump
from rtl_tb.bench.harness import OUTPUT
from rtl_tb.errors import BenchError
from rtl_tb.stimulus.script import Epoch, Expected
from rtl_tb.stimulus.video_model import Frame

Array = NDArray[Any]
Trace = Callable[[Frame], dict[str, Array]]


@dataclass
class StreamAgreement:
    """One stream over a whole run: integers compared and different, beats missing and spurious, the first difference in words."""

    stream: str
    compared: int = 0
    mismatches: int = 0
    missing: int = 0
    spurious: int = 0
    first: str | None = None

    @property
    def agrees(self) -> bool:
        return self.mismatches == self.missing == self.spurious == 0

    def say(self, words: str) -> None:
        self.first = self.first or words


@dataclass(frozen=True)
class Place:
    """Where the integers of a stream stand, whose beats hold `beat_pixels` neighbouring samples, `components` of a pixel."""

    network: IntNetwork
    tap: Tap | None  # None: the video output
    beat_pixels: int
    components: int = 1

    def of(self, frames: Sequence[Frame], beat: int, lane: int) -> str:
        """Frame, channel, row and column of a lane of a beat."""
        for index, frame in enumerate(frames):
            scale, channels = (1, self.tap.lanes) if self.tap else (self.network.scale, 1)
            line = -(-frame.shape[1] * scale // self.beat_pixels)
            beats = line * frame.shape[0] * scale
            if beat < beats:
                (row, column), (pixel, channel) = divmod(beat, line), divmod(lane, channels)
                column, component = divmod(column * self.beat_pixels + pixel, self.components)
                size = f"{frame.shape[1] // self.components}x{frame.shape[0]}"
                return f"channel {channel + component}, row {row}, column {column} of frame {index} ({size})"
            beat -= beats
        return "after the last frame"


def golden_trace(design: Design, taps: bool) -> Trace:
    """Golden's integers of a frame: every layer's, or those of the last one alone; frames seen before are not computed again."""
    kept: dict[tuple[tuple[int, ...], bytes], dict[str, Array]] = {}

    def trace(frame: Frame) -> dict[str, Array]:
        key = (frame.shape, frame.tobytes())
        if key not in kept:
            if len(kept) > 64:
                kept.clear()
            kept[key] = model.trace(design.network, frame) if taps else {design.network.layers[-1].name: _output(design, frame)}
        return kept[key]

    return trace


def _output(design: Design, frame: Frame) -> Array:
    """(1, rows, samples) of the output; the components of a pixel are neighbours, in and out."""
    if design.components == 1:
        return model.run(design.network, frame)[None]
    planes = tuple(np.ascontiguousarray(frame[:, i :: design.components]) for i in range(design.components))
    larger = video.run(design.network, video.Picture(video.VideoFormat("4:4:4"), planes))
    return np.stack(larger.planes, axis=-1).reshape(1, len(larger.planes[0]), -1)


def compare_tap(design: Design, tap: Tap, dump: Dump, expected: Expected, trace: Trace) -> StreamAgreement:
    """The stream that leaves a hidden layer."""
    result = StreamAgreement(tap.name)
    place, lanes = Place(design.network, tap, tap.pixels), tap.pixels * tap.lanes
    for index, epoch in enumerate(expected.epochs):
        said = dump.of_epoch(index)
        parts = [beats_of(trace(frame)[tap.name], tap.pixels) for frame in _frames(epoch)]
        empty = (np.zeros((0, lanes), np.int64), np.zeros((0, lanes), bool))
        wanted, kept = (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else empty
        _compare_beats(result, epoch, place, said.clock, said.fields(0, lanes, tap.bits, tap.signed), wanted, kept)
    _epochs_beyond(result, dump, len(expected.epochs))
    return result


def compare_output(design: Design, dump: Dump, expected: Expected, trace: Trace) -> StreamAgreement:
    """The video output: pixels, and SOF, EOL and tkeep of every beat."""
    name, lanes = design.network.layers[-1].name, design.beat_samples
    result = StreamAgreement(name)
    place = Place(design.network, None, lanes, design.components)
    for index, epoch in enumerate(expected.epochs):
        said = dump.of_epoch(index)
        beats = [output_beats(trace(frame)[name][0], lanes) for frame in _frames(epoch)]
        empty = (np.zeros((0, lanes), np.int64), np.zeros((0, 3), np.int64), np.zeros((0, lanes), bool))
        pixels, flags, kept = (np.concatenate(part) for part in zip(*beats, strict=True)) if beats else empty
        sidebands = np.concatenate([said.fields(9 * lanes, 2, 1), said.fields(8 * lanes, 1, lanes)], axis=1)
        _compare_flags(result, place, epoch, said.clock, sidebands, flags)
        _compare_beats(result, epoch, place, said.clock, said.fields(0, lanes, 8), pixels, kept)
    _epochs_beyond(result, dump, len(expected.epochs))
    return result


def output_beats(frame: Array, lanes: int) -> tuple[Array, Array, Array]:
    """(beats, lanes) pixels, (beats, 3) of EOL, SOF, tkeep, and which lanes are kept, of one output frame."""
    pixels, kept = beats_of(frame[None], lanes)
    flags = np.zeros((len(frame), len(kept) // len(frame), 3), dtype=np.int64)
    flags[:, -1, 0] = 1
    flags[0, 0, 1] = 1
    flags[..., 2] = (kept @ (1 << np.arange(lanes))).reshape(flags.shape[:2])
    return pixels, flags.reshape(-1, 3), kept


def beats_of(values: Array, pixels: int) -> tuple[Array, Array]:
    """(beats, pixels * channels) of (channels, rows, columns), and which are the frame's: a line's last beat may have fewer."""
    channels, height, width = values.shape
    line = -(-width // pixels)
    padded = np.zeros((height, line * pixels, channels), dtype=np.int64)
    kept = np.zeros(padded.shape, dtype=bool)
    padded[:, :width], kept[:, :width] = values.transpose(1, 2, 0), True
    return padded.reshape(height * line, -1), kept.reshape(height * line, -1)


def _frames(epoch: Epoch) -> list[Frame]:
    return [*epoch.frames, *([epoch.under_way] if epoch.under_way is not None else [])]


def _compare_beats(
    result: StreamAgreement, epoch: Epoch, place: Place, clock: Array, said: Array, wanted: Array, kept: Array
) -> None:
    common = min(len(said), len(wanted))
    different = (said[:common] != wanted[:common]) & kept[:common]
    if different.any():
        beat, lane = (int(i) for i in np.unravel_index(int(different.argmax()), different.shape))
        value = int(said[beat, lane])
        shown = "unknown (x)" if value == UNKNOWN_VALUE else str(value)
        where = place.of(_frames(epoch), beat, lane)
        result.say(f"{where}, clock {int(clock[beat])}: golden {int(wanted[beat, lane])}, rtl {shown}")
    if len(said) > len(wanted):
        result.say(f"beat {common} at clock {int(clock[common])} is one too many: {len(said)} beats, golden has {len(wanted)}")
    elif len(said) < len(wanted) and not epoch.cut:
        result.say(f"{len(said)} beats, golden has {len(wanted)}; the first missing is {place.of(_frames(epoch), common, 0)}")
    result.compared += int(kept[:common].sum())
    result.mismatches += int(different.sum())
    result.spurious += max(0, len(said) - len(wanted))
    result.missing += 0 if epoch.cut else max(0, len(wanted) - len(said))


def _compare_flags(result: StreamAgreement, place: Place, epoch: Epoch, clock: Array, said: Array, wanted: Array) -> None:
    common = min(len(said), len(wanted))
    different = said[:common] != wanted[:common]
    if different.any():
        beat, which = (int(i) for i in np.unravel_index(int(different.argmax()), different.shape))
        flag = ("tlast", "tuser", "tkeep")[which]
        where = place.of(_frames(epoch), beat, 0)
        result.say(f"{where}, clock {int(clock[beat])}: {flag} is {int(said[beat, which])}, golden {int(wanted[beat, which])}")
    result.compared += said[:common].size
    result.mismatches += int(different.sum())


def _epochs_beyond(result: StreamAgreement, dump: Dump, epochs: int) -> None:
    beyond = int((dump.epoch >= epochs).sum())
    if beyond:
        result.spurious += beyond
        result.say(f"{beyond} beats after a reset that the script did not ask for")


def all_streams(design: Design, dumps: dict[str, Dump], expected: Expected, trace: Trace) -> Iterator[StreamAgreement]:
    """Hidden layers in order as far as dumped, then the output."""
    for tap in design.taps:
        if tap.name in dumps:
            yield compare_tap(design, tap, dumps[tap.name], expected, trace)
    yield compare_output(design, dumps[OUTPUT], expected, trace)


def integers(design: Design, dumps: dict[str, Dump], height: int, width: int) -> dict[str, Array]:
    """The integers of one frame as arrays (channels, rows, columns).  Raises BenchError for a wrong number of beats."""
    scale, lanes = design.network.scale, design.beat_samples
    found = {}
    for tap in design.taps:
        values = dumps[tap.name].fields(0, tap.pixels * tap.lanes, tap.bits, tap.signed)
        words = _held(tap.name, values, height * -(-width // tap.pixels))
        found[tap.name] = words.reshape(height, -1, tap.lanes)[:, :width].transpose(2, 0, 1)
    name, line = design.network.layers[-1].name, -(-width * scale // lanes)
    pixels = _held(name, dumps[OUTPUT].fields(0, lanes, 8), height * scale * line)
    found[name] = pixels.reshape(1, height * scale, line * lanes)[..., : width * scale]
    return found


def _held(name: str, values: Array, beats: int) -> Array:
    if len(values) != beats:
        raise BenchError(f"rtl: layer '{name}' gave {len(values)} beats; golden has {beats}")
    return values
