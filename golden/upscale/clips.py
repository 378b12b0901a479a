"""One clip: YUV4MPEG2, from and to pipes, too, or a container; a frame is written before the next one is read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from golden.atomic import replacing
from golden.upscale.means import Means
from golden.upscale.progress import Progress
from golden.video import Picture, VideoError, container, enlarge, y4m


class ClipInterruptedError(KeyboardInterrupt):
    """Ctrl-C in a clip; the message says what there is."""


def is_clip(path: Path) -> bool:
    """Whether a file of this name is a clip."""
    return y4m.is_clip(path) or container.is_container(path)


def enlarge_clip(source: Path, target: Path, means: Means, codec: str, progress: Progress) -> str:
    """Write `target`, the clip `source` enlarged; returns what was done, in words.

    Of an interrupted clip in a container the frames that there are stay, as a whole file beside `target`.
    Raises VideoError, OSError, ClipInterruptedError.
    """
    if y4m.is_clip(source) and y4m.is_clip(target):
        return _y4m(source, target, means, progress)
    if container.is_container(source) and container.is_container(target):
        return _container(source, target, means, codec, progress)
    allowed = ".y4m or -" if y4m.is_clip(source) else ", ".join(container.SUFFIXES)
    raise VideoError(f"{target}: cannot write {source} as '{target.suffix or target}'; allowed {allowed}")


def _enlarged(picture: Picture, means: Means) -> Picture:
    return enlarge(picture, means.scale, means.luma, means.execute)


def _y4m(source: Path, target: Path, means: Means, progress: Progress) -> str:
    name, count = "standard input" if source == y4m.PIPE else str(source), 0
    with y4m.reading(source) as incoming:
        header = y4m.read_header(incoming, name)
        larger = replace(header, width=header.width * means.scale, height=header.height * means.scale)
        with y4m.writing(target) as outgoing:
            outgoing.write(larger.line)
            for frame in y4m.read_frames(incoming, header, name):
                sited = replace(frame.format, siting=means.siting or frame.format.siting)
                y4m.write_frame(outgoing, _enlarged(Picture(sited, frame.planes), means))
                count += 1
                progress.one_more()
    return f"{target}: {larger.width}x{larger.height}, frames: {count}"


def _container(source: Path, target: Path, means: Means, codec: str, progress: Progress) -> str:
    begun = target.with_name(f"{target.stem}.part{target.suffix}")
    with replacing(target) as temporary:
        count, larger = 0, partial(_enlarged, means=means)

        def tick(frames: int) -> None:
            nonlocal count
            count = frames
            progress.one_more()

        try:
            done = container.enlarge_clip(source, temporary, means.scale, larger, codec, means.siting, tick)
        except KeyboardInterrupt as error:
            temporary.rename(begun)
            raise ClipInterruptedError(f"interrupted; {begun} holds its first {count} frames") from error
    return f"{target}: {done.width}x{done.height}, frames: {done.frames}"
