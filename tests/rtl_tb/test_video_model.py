"""What a sequence of beats means: each rule of hls/axi_stream_video.h on beats written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rtl_tb.stimulus import video_model as video
from rtl_tb.stimulus.video_model import BEAT, Beats, VideoInput, frame_beats, with_gaps

FRAME = np.arange(1, 7, dtype=np.uint8).reshape(2, 3)


def received(*parts: Beats) -> VideoInput:
    model = VideoInput(8, 8)
    for part in parts:
        model.feed(part)
    return model


def beats(text: str) -> Beats:
    """One beat per word: the value, ^ for SOF, $ for EOL; the ports say 2x3 beside SOF."""
    found = np.zeros(len(text.split()), dtype=BEAT)
    for beat, word in zip(found, text.split(), strict=True):
        beat["data"], beat["user"], beat["last"] = int(word.strip("^$")), "^" in word, "$" in word
        if "^" in word:
            beat["height"], beat["width"] = 2, 3
    return found


@pytest.mark.parametrize(
    ("sent", "frames", "status"),
    [
        ("^1 2 3$ 4 5 6$", ["1 2 3 4 5 6"], 0),
        ("9 8$ ^1 2 3$ 4 5 6$", ["1 2 3 4 5 6"], video.BEFORE_SOF),
        ("^1 2 ^1 2 3$ 4 5 6$", ["1 2 0 0 0 0", "1 2 3 4 5 6"], video.EARLY_SOF),
        ("^1 2$ 4 5 6$", ["1 2 0 4 5 6"], video.EARLY_EOL),
        ("^1$ 4$", ["1 0 0 4 0 0"], video.EARLY_EOL),
        ("^1 2 3 7 8$ 4 5 6$", ["1 2 3 4 5 6"], video.LATE_EOL),
        ("^1 2 3 4 5 6$ 7 8 9$", ["1 2 3 7 8 9"], video.LATE_EOL),
        ("^1 2 3 4 ^1 2 3$ 4 5 6$", ["1 2 3 0 0 0", "1 2 3 4 5 6"], video.LATE_EOL | video.EARLY_SOF),
        ("^1 2 3$ 4 5 6 7 ^1 2 3$ 4 5 6$", ["1 2 3 4 5 6", "1 2 3 4 5 6"], video.LATE_EOL | video.EARLY_SOF),
        ("^1 2 3$ 4 5 6$ 7$ 8", ["1 2 3 4 5 6"], video.BEFORE_SOF),
        ("^1 2 3$ 4 5 ^7 8 9$ 1 2 3$", ["1 2 3 4 5 0", "7 8 9 1 2 3"], video.EARLY_SOF),
    ],
)
def test_frames_and_status(sent: str, frames: list[str], status: int) -> None:
    model = received(beats(sent))
    assert [" ".join(map(str, frame.reshape(-1).tolist())) for frame in model.frames] == frames
    assert model.status == status
    assert model.partial is None


@pytest.mark.parametrize("size", [(0, 3), (3, 0), (9, 3), (3, 9), (65535, 65535)])
def test_a_refused_size_drops_the_frame_and_nothing_else(size: tuple[int, int]) -> None:
    refused = frame_beats(FRAME)
    refused["height"], refused["width"] = size
    model = received(refused, frame_beats(FRAME))
    assert model.status == video.SIZE_REFUSED
    assert len(model.frames) == 1
    assert (model.frames[0] == FRAME).all()


def test_the_size_counts_beside_sof_alone() -> None:
    model = received(frame_beats(FRAME, (0, 0)))
    assert model.frames[0].shape == (2, 3)
    assert model.status == 0


def test_beat_by_beat_is_the_same_as_the_shortcut_for_whole_frames() -> None:
    whole = frame_beats(FRAME)
    at_once, one_by_one = (
        received(whole, whole),
        received(*(whole[i : i + 1] for i in range(6)), *(whole[i : i + 1] for i in range(6))),
    )
    assert len(at_once.frames) == len(one_by_one.frames) == 2
    assert all((a == b).all() for a, b in zip(at_once.frames, one_by_one.frames, strict=True))


def test_an_unfinished_frame_is_known_as_far_as_it_came_and_reset_forgets_it() -> None:
    model = received(frame_beats(FRAME)[:4])
    assert model.partial is not None
    assert model.partial.tolist() == [[1, 2, 3], [4, 0, 0]]
    model.reset()
    assert (model.partial, model.status, model.frames) == (None, 0, [])


def test_gaps_stand_before_lines() -> None:
    assert with_gaps(frame_beats(FRAME), 7, 40)["gap"].tolist() == [40, 0, 0, 7, 0, 0]
