"""Clips in the containers that people have (mp4, mkv, mov, webm): Y, Cb, Cr straight, all other streams and all tags as they are.

Needs PyAV (the extra `video`), imported when the first clip is opened.  Decides which pixel formats are taken and what is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from golden.video import statements
from golden.video.encoders import CODECS, TO_ENCODED, WRITTEN_AS, open_encoder
from golden.video.picture import Picture, Plane, Sampling, Siting, VideoError, VideoFormat

SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".avi")
SAMPLINGS: dict[str, Sampling] = {
    "yuv420p": "4:2:0",
    "yuvj420p": "4:2:0",
    "yuv422p": "4:2:2",
    "yuvj422p": "4:2:2",
    "yuv444p": "4:4:4",
    "yuvj444p": "4:4:4",
    "gray": "4:0:0",
    "gbrp": "RGB",
}
"""The pixel formats that are taken, by FFmpeg's names."""
REARRANGED = {"nv12": "yuv420p", "nv21": "yuv420p", "nv16": "yuv422p", "rgb24": "gbrp", "bgr24": "gbrp", "bgr0": "gbrp"}
"""Formats that hold the same samples in another order."""
GBR = (2, 0, 1)
"""Where R, G and B lie among the planes of gbrp."""
FULL_RANGE = 2
MILLISECOND = Fraction(1, 1000)
"""What a container may round times to."""
COLOUR_TAGS = ("colorspace", "color_range", "color_primaries", "color_trc")


@dataclass(frozen=True)
class Clip:
    """What was written: frames, and the sides of one; left_out: what frames state that PyAV cannot write, by FFmpeg's names."""

    frames: int
    width: int
    height: int
    left_out: tuple[str, ...] = ()


def is_container(path: Path) -> bool:
    """Whether the ending is that of a clip that PyAV reads and writes."""
    return path.suffix.lower() in SUFFIXES


def enlarge_clip(
    source: Path,
    target: Path,
    scale: int,
    enlarge: Callable[[Picture], Picture],
    codec: str = "libx264",
    siting: Siting | None = None,
    tick: Callable[[int], None] | None = None,
    going_on: Path | None = None,
) -> Clip:
    """Write `target`, the clip `source` with every frame enlarged; audio, subtitles, timestamps, colour and other tags are copied.

    enlarge: gives a picture `scale` times as large each way in the same format.  siting: of chroma; None: as the clip states.
    tick: called with the number of frames after each.  going_on: what an interrupted call of the same arguments left (`begun`).
    When interrupted (KeyboardInterrupt), the frames that there are stay in `target`, a whole file, and the interruption goes on.
    Raises VideoError naming the file for what is broken, not taken, or cannot be written; OSError as the file system does.
    """
    av = _av(source)
    with _one_line(av, source, target), av.open(str(source)) as incoming:
        first = _first_frame(av, source)
        if codec not in CODECS:
            raise VideoError(f"{target}: codec {codec!r}; allowed {', '.join(CODECS)}")
        with av.open(str(target), "w") as outgoing:
            copy = _Copy(av, source, target, incoming, outgoing, scale, enlarge, codec, siting, first)
            with nullcontext() if going_on is None else av.open(str(going_on)) as kept:
                return copy.run(tick, iter(()) if kept is None else copy.packets(av, kept, codec))


def _first_frame(av: Any, source: Path) -> Any:
    """For the encoder must be opened before anything is written.  Raises VideoError where there is none."""
    with av.open(str(source)) as clip:
        if not clip.streams.video:
            raise VideoError(f"{source}: no video stream; allowed one")
        for frame in clip.decode(clip.streams.video[0]):
            return frame
    raise VideoError(f"{source}: no frame; allowed one or more")


def begun(part: Path, source: Path) -> int:
    """How many frames of `source` a part holds enlarged, every one from the first on; 0 where one is missing, or it is broken."""
    av = _av(source)
    try:
        times = [_times(av, path) for path in (part, source)]
    except (av.error.FFmpegError, VideoError):
        return 0
    kept, whole = times
    until = sum(time <= kept[-1] + MILLISECOND for time in whole) if kept else 0
    return len(kept) if len(set(kept)) == until == len(kept) else 0


def _times(av: Any, path: Path) -> list[Fraction]:
    """When the pictures of a clip are shown, in seconds, in order."""
    with av.open(str(path)) as clip:
        packets = clip.demux(clip.streams.video[0]) if clip.streams.video else ()
        return sorted(packet.pts * packet.time_base for packet in packets if packet.size and packet.pts is not None)


def version() -> str:
    """Of PyAV; empty where it is not installed."""
    try:
        import av
    except ModuleNotFoundError:
        return ""
    return str(av.__version__)


def read_frames(source: Path, siting: Siting | None = None) -> Iterator[Picture]:
    """The pictures of a clip, one at a time.  Raises VideoError and OSError as `enlarge_clip` does."""
    av, count = _av(source), 0
    with _one_line(av, source, source), av.open(str(source)) as clip:
        if not clip.streams.video:
            raise VideoError(f"{source}: no video stream; allowed one")
        for frame in clip.decode(clip.streams.video[0]):
            where = f"{source}: frame {count}"
            _check_whole(frame, where)
            yield of_frame(frame, siting or "left", where)
            count += 1
    if not count:
        raise VideoError(f"{source}: no frame; allowed one or more")


def _check_whole(frame: Any, where: str) -> None:
    """Raises VideoError for an interlaced frame, and for a broken one."""
    if frame.interlaced_frame:
        raise VideoError(f"{where}: interlaced; allowed progressive")
    if frame.is_corrupt:
        raise VideoError(f"{where}: broken")


class _Copy:
    """One clip on its way: packets of the picture decoded, enlarged and encoded, others passed on."""

    def __init__(
        self,
        av: Any,
        source: Path,
        target: Path,
        incoming: Any,
        outgoing: Any,
        scale: int,
        enlarge: Callable[[Picture], Picture],
        codec: str,
        siting: Siting | None,
        first: Any,
    ) -> None:
        self.source, self.target, self.incoming, self.outgoing = source, target, incoming, outgoing
        self.scale, self.enlarge = scale, enlarge
        self.read, self.count = incoming.streams.video[0], 0
        self.read.thread_type = "AUTO"
        where = f"{source}: frame 0"
        statements.check(first, self.read, where)
        self.siting = siting or statements.siting(av, first, self.read, where)
        self.left_out: dict[str, None] = {}
        self.written = self._encoder(av, first, codec)
        self.passed = {stream.index: self._pass_on(stream) for stream in incoming.streams if stream.index != self.read.index}
        outgoing.metadata.update(incoming.metadata)
        outgoing.set_chapters(incoming.chapters())
        outgoing.start_encoding()  # what the container refuses, it refuses before the work

    def _pass_on(self, stream: Any) -> Any:
        if stream.type not in ("audio", "subtitle", "data", "attachment"):
            raise VideoError(f"{self.source}: stream {stream.index} is a second one of {stream.type}; allowed one")
        return self._added(lambda: self.outgoing.add_stream_from_template(stream))

    def _added(self, add: Callable[[], Any]) -> Any:
        """What `add` gives; VideoError where the container has no place for it."""
        try:
            return add()
        except ValueError as error:
            raise VideoError(f"{self.target}: {error}; allowed another ending or codec") from error

    def packets(self, av: Any, kept: Any, codec: str) -> Iterator[Any]:
        """The packets of a clip that was written before, as the encoder gave them."""
        stream = kept.streams.video[0]
        name = TO_ENCODED.get(codec)
        filter_ = None if name is None else av.bitstream.BitStreamFilterContext(name, stream)
        for packet in kept.demux(stream):
            if packet.size:
                yield from [packet] if filter_ is None else filter_.filter(packet)

    def run(self, tick: Callable[[int], None] | None, kept: Iterator[Any]) -> Clip:
        """kept: packets that stand for the first frames."""
        try:
            for packet in self.incoming.demux():
                if packet.stream.index == self.read.index:
                    for frame in packet.decode():
                        self._frame(frame, next(kept, None))
                        if tick is not None:
                            tick(self.count)
                elif packet.dts is not None:
                    packet.stream = self.passed[packet.stream.index]
                    self.outgoing.mux(packet)
        finally:
            self.outgoing.mux(self.written.encode(None))
        return Clip(self.count, self.written.width, self.written.height, tuple(self.left_out))

    def _frame(self, frame: Any, kept: Any) -> None:
        where = f"{self.source}: frame {self.count}"
        _check_whole(frame, where)
        self.left_out |= dict.fromkeys(statements.left_out(frame))
        if kept is not None:
            kept.stream = self.written
            self.outgoing.mux(kept)
            self.count += 1
            return
        larger = to_frame(self.enlarge(of_frame(frame, self.siting, where)), self.written.pix_fmt)
        if (larger.width, larger.height) != (self.written.width, self.written.height):
            raise VideoError(f"{where}: {frame.width}x{frame.height} pixels, others before it; allowed one size in a clip")
        larger.pts, larger.time_base = frame.pts, frame.time_base
        for name in COLOUR_TAGS:
            setattr(larger, name, getattr(frame, name))
        self.outgoing.mux(self.written.encode(larger))
        self.count += 1

    def _encoder(self, av: Any, first: Any, codec: str) -> Any:
        """The stream that is written, of the format and with the tags of the first frame."""
        of_frame(first, self.siting, f"{self.source}: frame 0")
        rate = self.read.average_rate
        options = CODECS[codec] | {"chroma_sample_location": statements.LOCATIONS[self.siting]}
        stream = self._added(lambda: self.outgoing.add_stream(codec, rate=rate, options=options))
        stream.width, stream.height = first.width * self.scale, first.height * self.scale
        pixel_format = REARRANGED.get(first.format.name, first.format.name)
        stream.pix_fmt = WRITTEN_AS.get(codec, {}).get(pixel_format, pixel_format)
        stream.codec_context.time_base = self.read.time_base
        for name in COLOUR_TAGS:
            setattr(stream.codec_context, name, getattr(first, name))
        if self.read.sample_aspect_ratio:
            stream.codec_context.sample_aspect_ratio = self.read.sample_aspect_ratio
        stream.set_display_matrix(statements.display_matrix(first))
        stream.metadata.update(self.read.metadata)
        open_encoder(av, stream, self.target)
        return stream


def of_frame(frame: Any, siting: Siting, where: str) -> Picture:
    """The planes of a decoded frame.  Raises VideoError for a pixel format that is not taken, and an odd size of shared chroma."""
    name = frame.format.name
    if name in REARRANGED:
        frame, name = frame.reformat(format=REARRANGED[name]), REARRANGED[name]
    if name not in SAMPLINGS:
        raise VideoError(f"{where}: pixel format {name}; allowed {', '.join([*SAMPLINGS, *REARRANGED])}")
    is_full = frame.color_range == FULL_RANGE or name.startswith("yuvj")
    by = VideoFormat(SAMPLINGS[name], range="full" if is_full else "studio", siting=siting)
    try:
        shapes = by.plane_shapes(frame.height, frame.width)
    except VideoError as error:
        raise VideoError(f"{where}: {error}") from error
    planes = tuple(_samples(plane)[:rows, :columns].copy() for plane, (rows, columns) in zip(frame.planes, shapes, strict=True))
    return Picture(by, tuple(planes[i] for i in GBR) if by.sampling == "RGB" else planes)


def to_frame(picture: Picture, pixel_format: str) -> Any:
    """A frame of `pixel_format`, one of `SAMPLINGS` or `REARRANGED`, with the samples of `picture`."""
    import av

    rows, columns = picture.shape
    frame = av.VideoFrame(columns, rows, REARRANGED.get(pixel_format, pixel_format))
    planes = [picture.planes[GBR.index(i)] for i in range(3)] if picture.format.sampling == "RGB" else picture.planes
    for plane, samples in zip(frame.planes, planes, strict=True):
        _samples(plane)[: samples.shape[0], : samples.shape[1]] = samples
    return frame.reformat(format=pixel_format) if pixel_format in REARRANGED else frame


def _samples(plane: Any) -> Plane:
    """The samples of a frame's plane, whose lines may be longer than the picture is wide."""
    return np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)


def _av(source: Path) -> Any:
    try:
        import av
    except ModuleNotFoundError as error:
        raise VideoError(f"{source}: clips need PyAV; allowed after: pip install '.[video]'") from error
    return av


@contextmanager
def _one_line(av: Any, source: Path, target: Path) -> Iterator[None]:
    """What FFmpeg refuses, as VideoError with the file's name."""
    try:
        yield
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno in (2, 13, 28):
            raise OSError(error.errno, error.strerror, error.filename or str(target)) from error
        name = error.filename or str(source)
        hint = ", the container may have no place for these streams; allowed .mkv" if name == str(target) else ""
        raise VideoError(f"{name}: {error.strerror}{hint}") from error
