"""Clips in containers: every sample the golden model's, and audio, timestamps and tags as they were."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from golden.video import Picture, VideoError, VideoFormat, run
from golden.video.container import REARRANGED, SAMPLINGS, enlarge_clip, of_frame, to_frame
from tests import strategies

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))
LEFT, BT709, STUDIO = "left", 1, 1
MILLISECONDS = Fraction(1, 1000)
TIMES = [0, 47, 80, 127, 160]
"""Of the frames, in milliseconds: no fixed rate."""


def by_network(picture: Picture) -> Picture:
    return run(NETWORK, picture)


def make(path: Path, pixel_format="yuv420p", size=(12, 8), codec="ffv1", sound="pcm_s16le", rotation=0, **extra) -> list:
    """Write a clip of noise; returns its frames."""
    rng, frames = np.random.default_rng(0), []
    with av.open(str(path), "w") as clip:
        video = clip.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = *size, pixel_format
        video.codec_context.time_base = MILLISECONDS
        video.codec_context.color_range, video.codec_context.colorspace = STUDIO, BT709
        video.codec_context.color_primaries, video.codec_context.color_trc = BT709, BT709
        if extra.get("flat"):
            video.codec_context.sample_aspect_ratio = Fraction(4, 3)
        if rotation:
            video.set_display_rotation(rotation)
        audio = clip.add_stream(sound, rate=48000, layout="stereo") if sound else None
        clip.metadata["title"] = "noise"
        for index, milliseconds in enumerate(TIMES):
            frame = av.VideoFrame(*size, pixel_format)
            for plane in frame.planes:
                samples = np.frombuffer(plane, np.uint8)
                samples[:] = rng.integers(20, 230, samples.shape)
            frame.pts, frame.time_base = milliseconds, MILLISECONDS
            frames.append(frame)
            clip.mux(video.encode(frame))
            if audio is not None:
                noise = rng.integers(-9000, 9000, (1, 2 * 1024), dtype=np.int16)
                piece = av.AudioFrame.from_ndarray(noise, format="s16", layout="stereo")
                piece.rate, piece.pts, piece.time_base = 48000, index * 1024, Fraction(1, 48000)
                clip.mux(audio.encode(piece))
        clip.mux(video.encode(None))
    return frames


def frames_of(path: Path) -> list:
    with av.open(str(path)) as clip:
        return list(clip.decode(clip.streams.video[0]))


def sound_of(path: Path) -> bytes:
    with av.open(str(path)) as clip:
        return b"".join(bytes(packet) for packet in clip.demux(clip.streams.audio[0]) if packet.size)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "gray"])
def test_every_sample_is_the_golden_models(tmp_path, pixel_format) -> None:
    make(tmp_path / "in.mkv", pixel_format)
    found = enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 3, by_network, "ffv1")
    assert (found.frames, found.width, found.height) == (len(TIMES), 36, 24)
    pairs = list(zip(frames_of(tmp_path / "in.mkv"), frames_of(tmp_path / "out.mkv"), strict=True))
    assert len(pairs) == len(TIMES)
    for before, after in pairs:
        expected, got = by_network(of_frame(before, LEFT, "")), of_frame(after, LEFT, "")
        assert [np.array_equal(a, b) for a, b in zip(expected.planes, got.planes, strict=True)] == [True] * len(expected.planes)


@pytest.mark.parametrize("pixel_format", [*SAMPLINGS, *REARRANGED])
def test_the_planes_of_a_frame_are_its_samples_and_make_the_frame_again(pixel_format) -> None:
    frame = av.VideoFrame(12, 8, pixel_format)
    for plane in frame.planes:
        samples = np.frombuffer(plane, np.uint8)
        samples[:] = np.random.default_rng(plane.line_size).integers(0, 256, samples.shape)
    picture = of_frame(frame, LEFT, "")
    if picture.format.sampling == "RGB":
        expected = frame.to_ndarray(format="rgb24" if pixel_format != "gbrp" else None)
        expected = np.stack(expected, axis=-1) if expected.shape[0] == 3 else expected
        assert np.array_equal(np.stack(picture.planes, axis=-1), expected)
    else:
        flat = frame.reformat(format=REARRANGED[pixel_format]) if pixel_format in REARRANGED else frame
        assert [plane.tobytes() for plane in picture.planes] == [
            b"".join(bytes(plane)[row * plane.line_size :][: plane.width] for row in range(plane.height)) for plane in flat.planes
        ]
    again = of_frame(to_frame(picture, REARRANGED.get(pixel_format, pixel_format)), LEFT, "")
    assert [np.array_equal(a, b) for a, b in zip(picture.planes, again.planes, strict=True)] == [True] * len(picture.planes)
    assert picture.format.range == ("full" if pixel_format.startswith("yuvj") else "studio")


def test_y4m_and_container_give_the_same_samples(tmp_path) -> None:
    frames = make(tmp_path / "in.mkv")
    enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 3, by_network, "ffv1")
    for before, after in zip(frames, frames_of(tmp_path / "out.mkv"), strict=True):
        assert np.array_equal(by_network(of_frame(before, LEFT, "")).planes[2], of_frame(after, LEFT, "").planes[2])


@pytest.mark.parametrize(("source", "target"), [("in.mkv", "out.mkv"), ("in.mov", "out.mov"), ("in.mkv", "out.mov")])
def test_sound_times_tags_and_titles_stay(tmp_path, source, target) -> None:
    make(tmp_path / source, size=(12, 8), codec="libx264", rotation=90, flat=True)
    enlarge_clip(tmp_path / source, tmp_path / target, 3, by_network)
    assert sound_of(tmp_path / target) == sound_of(tmp_path / source)
    assert len(sound_of(tmp_path / target)) == 2 * 2 * 1024 * len(TIMES)
    frames = frames_of(tmp_path / target)
    assert [round(1000 * float(frame.pts * frame.time_base)) for frame in frames] == TIMES
    assert [frame.rotation for frame in frames] == [90] * len(TIMES)
    with av.open(str(tmp_path / target)) as clip:
        context = clip.streams.video[0].codec_context
        tags = (context.color_range, context.colorspace, context.color_primaries, context.color_trc)
        assert tags == (STUDIO, BT709, BT709, BT709)
        assert clip.streams.video[0].sample_aspect_ratio == Fraction(4, 3)
        assert clip.metadata["title"] == "noise"


def test_where_chroma_lies_changes_it_and_luma_not(tmp_path) -> None:
    make(tmp_path / "in.mkv")
    for siting in ("left", "centre"):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / f"{siting}.mkv", 3, by_network, "ffv1", siting)
    left, centre = (of_frame(frames_of(tmp_path / f"{name}.mkv")[0], LEFT, "") for name in ("left", "centre"))
    assert np.array_equal(left.planes[0], centre.planes[0])
    assert not np.array_equal(left.planes[1], centre.planes[1])


def test_a_card_of_flat_colours_comes_out_within_rounding(tmp_path) -> None:
    """Through a codec that loses something, at its shipped quality: no colour drifts."""
    card = np.array(
        [[235, 128, 128], [180, 128, 128], [168, 44, 136], [145, 147, 44], [133, 63, 52], [63, 193, 204], [51, 109, 212]]
    )
    planes = tuple(np.repeat(np.repeat(card[None, :, c], 16, axis=0), 16, axis=1).astype(np.uint8) for c in range(3))
    picture = Picture(VideoFormat("4:4:4"), planes)
    with av.open(str(tmp_path / "in.mkv"), "w") as clip:
        video = clip.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = 112, 16, "yuv444p"
        clip.mux(video.encode(to_frame(picture, "yuv444p")))
        clip.mux(video.encode(None))
    enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mp4", 2, twice)
    (frame,) = frames_of(tmp_path / "out.mp4")
    for before, after in zip(planes, of_frame(frame, LEFT, "").planes, strict=True):
        assert np.abs(after[16, 16::32].astype(int) - before[8, 8::16]).max() <= 1


def twice(picture: Picture) -> Picture:
    return Picture(picture.format, tuple(np.repeat(np.repeat(plane, 2, axis=0), 2, axis=1) for plane in picture.planes))


def ten_bits(path: Path) -> None:
    make(path, "yuv420p10le")


def odd(path: Path) -> None:
    make(path, "yuv420p", size=(13, 8))


def two_pictures(path: Path) -> None:
    make(path)
    with av.open(str(path)) as before, av.open(str(path.with_name("two.mkv")), "w") as clip:
        streams = [clip.add_stream_from_template(before.streams.video[0]) for _ in range(2)]
        for packet in list(before.demux(before.streams.video[0])):
            if packet.dts is not None:
                packet.stream = streams[0]
                clip.mux(packet)
    path.with_name("two.mkv").rename(path)


def sound_alone(path: Path) -> None:
    with av.open(str(path), "w") as clip:
        audio = clip.add_stream("pcm_s16le", rate=48000, layout="mono")
        piece = av.AudioFrame.from_ndarray(np.zeros((1, 64), np.int16), format="s16", layout="mono")
        piece.rate = 48000
        clip.mux(audio.encode(piece))


REFUSED = {
    "10 bits": (ten_bits, r"frame 0: pixel format yuv420p10le; allowed yuv420p, "),
    "an odd width of 4:2:0": (odd, r"frame 0: 4:2:0 picture of 13x8; allowed"),
    "two pictures": (two_pictures, r"stream 1 is a second one of video; allowed one"),
    "no picture": (sound_alone, r"no video stream; allowed one"),
    "no clip": (lambda path: path.write_bytes(b"not a clip"), r"in\.mkv: "),
    "nothing": (lambda path: path.write_bytes(b""), r"in\.mkv: "),
    "cut": (lambda path: (make(path), path.write_bytes(path.read_bytes()[:300])), r"in\.mkv: "),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_clip_that_is_not_taken_is_named_with_the_reason(tmp_path, kind) -> None:
    spoil, message = REFUSED[kind]
    spoil(tmp_path / "in.mkv")
    with pytest.raises(VideoError, match=message):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 3, by_network)


def test_a_container_that_cannot_hold_the_codec_or_the_sound_is_named(tmp_path) -> None:
    make(tmp_path / "in.mkv")
    with pytest.raises(VideoError, match=r"out\.webm: 'webm' format does not support 'libx264' codec; allowed another"):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.webm", 3, by_network)


def test_an_interruption_leaves_the_frames_that_there_are_in_a_whole_file(tmp_path) -> None:
    make(tmp_path / "in.mkv")

    def stop(frames: int) -> None:
        if frames == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 3, by_network, "ffv1", tick=stop)
    assert len(frames_of(tmp_path / "out.mkv")) == 3


def test_a_container_without_a_place_for_the_sound_is_named(tmp_path) -> None:
    make(tmp_path / "in.mkv", codec="libx264")
    with pytest.raises(
        VideoError, match=r"out\.mp4: Invalid argument, the container may have no place for these streams; allowed \.mkv"
    ):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mp4", 3, by_network)
