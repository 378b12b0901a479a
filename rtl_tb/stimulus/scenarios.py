"""What is sent to the hardware: shapes, photographs, blanking, resets, broken sources, speed, a whole frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from golden.pictures import frames as golden_frames
from golden.spec import IntNetwork
from rtl_tb.errors import BenchError
from rtl_tb.stimulus.script import Drain, Idle, ReadStatus, Reset, Send, Step
from rtl_tb.stimulus.video_model import Beats, Frame, frame_beats, with_gaps

NO_SIZE = (0, 0)


@dataclass(frozen=True)
class Scenario:
    """A named script.  measured: equal frames back to back, on which clocks are counted."""

    name: str
    steps: tuple[Step, ...]
    measured: bool = False


@dataclass(frozen=True)
class Setting:
    """What scenarios are made for: the network, (height, width) that the hardware takes at most, and the samples of a beat.

    components: samples of a pixel, side by side in a line of a frame.
    """

    network: IntNetwork
    limits: tuple[int, int]
    pixels: int = 1
    components: int = 1

    def beats(self, frame: Frame, elsewhere: tuple[int, int] | None = None) -> Beats:
        """Of a whole frame."""
        return frame_beats(frame, elsewhere, self.pixels, self.components)

    def sent(self, name: str, on: Iterable[Frame], *, measured: bool = False) -> Scenario:
        """Frames without a clock between them, as `back_to_back`."""
        return back_to_back(name, on, self.pixels, self.components, measured=measured)

    def noise(self, height: int, width: int, seed: int = 0) -> Frame:
        """A frame of noise, cut to what the hardware takes."""
        height, width = min(height, self.limits[0]), min(width, self.limits[1])
        return np.random.default_rng([seed, height, width]).integers(0, 256, (height, width * self.components), dtype=np.uint8)

    def fitting(self, frame: Frame) -> Frame:
        """The middle of a plane, as large as the hardware takes; the other components are turned over, each in its own way."""
        rows, columns = (min(size, limit) for size, limit in zip(frame.shape, self.limits, strict=True))
        top, left = (frame.shape[0] - rows) // 2, (frame.shape[1] - columns) // 2
        middle = frame[top : top + rows, left : left + columns]
        planes = (middle, middle[::-1], middle[:, ::-1])[: self.components]
        return np.ascontiguousarray(np.stack(planes, axis=-1).reshape(rows, -1))


def back_to_back(name: str, on: Iterable[Frame], pixels: int = 1, components: int = 1, *, measured: bool = False) -> Scenario:
    """Frames without a clock between them; the size ports hold 0 x 0 but beside SOF, where alone they count."""
    return Scenario(name, tuple(Send(frame_beats(frame, NO_SIZE, pixels, components)) for frame in on), measured)


def shapes(setting: Setting) -> list[Scenario]:
    """One pixel, one row, one column, odd, small and full-width frames, the size changing from each to the next."""
    full = setting.limits[1]
    sizes = ((1, 1), (7, 3), (1, 5), (5, 1), (1, 1), (3, 7), (3, full), (2, full), (13, 9), (6, 8), (1, full), (4, 16), (2, 2))
    return [setting.sent("shapes, size changes", [setting.noise(*size, seed) for seed, size in enumerate(sizes)])]


def photographs(setting: Setting) -> list[Scenario]:
    on = golden_frames.photographs().values()
    return [setting.sent("photographs, back to back", [setting.fitting(frame) for frame in on])]


def adversarial(setting: Setting) -> list[Scenario]:
    on = golden_frames.adversarial(setting.network).values()
    return [setting.sent("adversarial frames, back to back", [setting.fitting(frame) for frame in on])]


def gaps(setting: Setting) -> list[Scenario]:
    """Blanking between lines and frames, short and long, and a drained pipeline between frames."""
    steps: list[Step] = []
    for seed, (lines, before) in enumerate(((1, 1), (7, 40), (0, 300), (33, 5))):
        frame = setting.noise(5 + seed, 9 - seed, 100 + seed)
        steps.append(Send(with_gaps(setting.beats(frame), lines, before)))
        steps += [Drain(), Idle(50)] if seed % 2 else []
    return [Scenario("gaps", tuple(steps))]


def reset(setting: Setting) -> list[Scenario]:
    """Reset after the first beat, inside a line, at a line's end, after the last beat, while the output drains, when idle."""
    frame, after = setting.beats(setting.noise(6, 8, 200)), setting.beats(setting.noise(5, 7, 201))
    steps: list[Step] = []
    for beats, wait in ((1, 0), (3, 0), (8, 0), (21, 40), (len(frame) - 1, 9), (len(frame), 0), (len(frame), 77)):
        steps += [Send(frame[:beats]), Idle(wait), Reset()]
        steps += [Send(after)] if beats % 2 else [Send(after), Drain(), Reset()]
    return [Scenario("reset in mid-frame", tuple(steps))]


def _without(beats: Beats, *places: int) -> Beats:
    return np.delete(beats, places)


def _changed(beats: Beats, field: str, place: int) -> Beats:
    changed = beats.copy()
    changed[field][place] ^= 1
    return changed


def _inserted(beats: Beats, place: int, count: int) -> Beats:
    """`count` more beats before `place`, neither SOF nor EOL."""
    extra = np.repeat(beats[place - 1 : place], count)
    extra["user"] = extra["last"] = 0
    extra["data"] = 77
    return np.concatenate([beats[:place], extra, beats[place:]])


def _of_size(beats: Beats, height: int, width: int) -> Beats:
    sized = beats.copy()
    sized["height"], sized["width"] = height, width
    return sized


def broken_frames(setting: Setting) -> dict[str, Beats]:
    """Beats of a frame that break the video protocol in one way each."""
    frame = setting.noise(6, 7 + 2 * setting.pixels, 300)
    height, width = frame.shape[0], frame.shape[1] // setting.components
    beats, (most_rows, most_columns) = setting.beats(frame), setting.limits
    line = len(beats) // height
    end = line - 1
    return {
        "beats before SOF": np.concatenate([_changed(beats, "user", 0)[:5], beats]),
        "SOF in mid-line": beats[: line + 2],
        "SOF at the start of a line": beats[: 2 * line],
        "SOF after one beat": beats[:1],
        "SOF instead of the last beat": beats[:-1],
        "EOL one beat early": _changed(_without(beats, line + end), "last", line + end - 1),
        "EOL on the first beat of a line": _changed(_without(beats, *range(line + 1, 2 * line)), "last", line),
        "EOL one beat late": _inserted(beats, end, 1),
        "EOL many beats late": _inserted(beats, end, 3 * line),
        "no EOL in a line": _changed(beats, "last", end),
        "no EOL in the last line": _changed(beats, "last", len(beats) - 1),
        "no EOL at all": _no_eol(beats),
        "an EOL too many": _changed(beats, "last", 2),
        "height 0": _of_size(beats, 0, width),
        "width 0": _of_size(beats, height, 0),
        "too high": _of_size(beats, most_rows + 1, width),
        "too wide": _of_size(beats, height, most_columns + 1),
        "largest size on the ports": _of_size(beats, 65535, 65535),
    }


def _no_eol(beats: Beats) -> Beats:
    changed = beats.copy()
    changed["last"] = 0
    return changed


def faults(setting: Setting) -> list[Scenario]:
    """Each way to break the protocol, between good frames: after it the status is read and the next frame must be exact."""
    before, after = setting.beats(setting.noise(4, 5, 301)), setting.beats(setting.noise(5, 6, 302))
    steps: list[Step] = []
    for broken in broken_frames(setting).values():
        steps += [Send(before), Send(broken), Send(after), Drain(), ReadStatus()]
    return [Scenario("broken sources", tuple(steps)), fuzz(setting, 1), fuzz(setting, 2)]


def fuzz(setting: Setting, seed: int) -> Scenario:
    """Good frames whose beats are lost, doubled or have SOF or EOL flipped at random; two good frames end it."""
    random = np.random.default_rng(seed)
    steps: list[Step] = []
    for turn in range(12):
        height, width = random.integers(1, 8, 2).tolist()
        beats = setting.beats(setting.noise(height, width, seed * 100 + turn))
        for _ in range(int(random.integers(0, 4))):
            place = int(random.integers(0, len(beats)))
            beats = _mutilated(beats, place, int(random.integers(0, 4)))
        steps.append(Send(beats))
    good = setting.beats(setting.noise(5, 6, 303))
    return Scenario(f"broken at random, {seed}", (*steps, Send(good), Send(good)))


def _mutilated(beats: Beats, place: int, how: int) -> Beats:
    if how == 0 and len(beats) > 1:
        return _without(beats, place)
    if how == 1:
        return np.concatenate([beats[: place + 1], beats[place:]])
    return _changed(beats, "user" if how == 2 else "last", place)


def speed(setting: Setting) -> list[Scenario]:
    """Four equal frames without a gap: clocks per frame and latency are measured on them."""
    frame = setting.fitting(golden_frames.photographs()["camera"])
    return [setting.sent("speed", [frame] * 4, measured=True)]


def whole(setting: Setting) -> list[Scenario]:
    """Two frames as large as the hardware takes, back to back: the photographs mirrored over them."""
    height, width = setting.limits
    tiles = [golden_frames.photographs()[name] for name in ("astronaut", "chelsea")]
    return [setting.sent("whole frames", [setting.fitting(_mirrored(tile, height, width)) for tile in tiles], measured=True)]


def _mirrored(tile: Frame, height: int, width: int) -> Frame:
    block = np.block([[tile, tile[:, ::-1]], [tile[::-1], tile[::-1, ::-1]]])
    rows, columns = -(-height // block.shape[0]), -(-width // block.shape[1])
    return np.ascontiguousarray(np.tile(block, (rows, columns))[:height, :width])


SETS: Mapping[str, Callable[[Setting], list[Scenario]]] = {
    "shapes": shapes,
    "photographs": photographs,
    "adversarial": adversarial,
    "gaps": gaps,
    "reset": reset,
    "faults": faults,
    "speed": speed,
    "whole": whole,
}
DEFAULT = ("shapes", "photographs", "adversarial", "gaps", "reset", "faults", "speed")


def chosen(names: Sequence[str], setting: Setting) -> list[Scenario]:
    """The scenarios of the named sets.  Raises BenchError for a name that there is not."""
    for name in names:
        if name not in SETS:
            raise BenchError(f"--frames '{name}'; allowed {', '.join(SETS)}")
    return [scenario for name in names for scenario in SETS[name](setting)]
