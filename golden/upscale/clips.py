"""One clip: YUV4MPEG2, from and to pipes, too, or a container; a frame is written before the next one is read.

A clip that was interrupted goes on with the frames that it left (`golden.upscale.parts`).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from golden.atomic import replacing
from golden.upscale import parts
from golden.upscale.means import Means
from golden.upscale.progress import Progress
from golden.video import Picture, VideoError, container, encoders, enlarge, y4m


class ClipInterruptedError(KeyboardInterrupt):
    """Ctrl-C in a clip; the message says what there is."""


def is_clip(path: Path) -> bool:
    """Whether a file of this name is a clip."""
    return y4m.is_clip(path) or container.is_container(path)


def enlarge_clip(source: Path, target: Path, means: Means, codec: str, progress: Progress) -> str:
    """Write `target`, the clip `source` enlarged; returns what was done, in words.

    Of an interrupted clip the frames that there are stay, as a whole file beside `target`, and the same call goes on with them;
    of one on a pipe nothing does.
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
    is_piped = y4m.PIPE in (source, target) or not source.is_file()
    part, mark = parts.part_of(target), "" if is_piped else parts.mark_of(source, means, "y4m")
    name, count = "standard input" if source == y4m.PIPE else str(source), 0
    with y4m.reading(source) as incoming:
        header = y4m.read_header(incoming, name)
        larger = replace(header, width=header.width * means.scale, height=header.height * means.scale)
        with y4m.writing(target) as outgoing:
            outgoing.write(larger.line)
            kept = count = 0 if is_piped else parts.go_on_y4m(part, larger, outgoing, mark)
            try:
                for frame in islice(y4m.read_frames(incoming, header, name), kept, None):
                    sited = replace(frame.format, siting=means.siting or frame.format.siting)
                    y4m.write_frame(outgoing, _enlarged(Picture(sited, frame.planes), means))
                    count += 1
                    progress.one_more()
            except KeyboardInterrupt as error:
                if is_piped or not count:
                    raise
                if count > kept:
                    _leave_y4m(outgoing, larger, count, part, mark)
                raise ClipInterruptedError(f"interrupted; {part} holds its first {count} frames") from error
    return f"{target}: {larger.width}x{larger.height}, frames: {count}{_gone_on(kept, part)}"


def _leave_y4m(outgoing: BinaryIO, larger: y4m.Header, count: int, part: Path, mark: str) -> None:
    outgoing.flush()
    parts.leave_y4m(Path(outgoing.name), larger, count, part, mark)


def _container(source: Path, target: Path, means: Means, codec: str, progress: Progress) -> str:
    part = parts.part_of(target)
    mark = parts.mark_of(source, means, f"{codec} {container.version()}")
    can_go_on = codec in encoders.GOES_ON and parts.is_marked(part, mark)
    kept = container.begun(part, source) if can_go_on else 0
    if part.is_file() and not kept:
        print(f"{part}: of another run, another codec, or not whole; {target} begins anew", file=sys.stderr)
    with replacing(target) as temporary:
        count, larger = 0, partial(_enlarged, means=means)

        def tick(frames: int) -> None:
            nonlocal count
            count = frames
            progress.one_more()

        going_on = part if kept else None
        try:
            done = container.enlarge_clip(source, temporary, means.scale, larger, codec, means.siting, tick, going_on)
        except KeyboardInterrupt as error:
            if count > kept or not kept:
                temporary.rename(part)
                parts.mark(part, mark)
            raise ClipInterruptedError(f"interrupted; {part} holds its first {max(count, kept)} frames") from error
        except VideoError as error:
            raise VideoError(str(error).replace(str(temporary), str(target))) from error
    left_out = f"; left out: {', '.join(done.left_out)}" if done.left_out else ""
    return f"{target}: {done.width}x{done.height}, frames: {done.frames}{_gone_on(kept, part)}{left_out}"


def _gone_on(kept: int, part: Path) -> str:
    """In words, that a finished clip went on; its part is of no more use."""
    if not kept:
        return ""
    with suppress(OSError):
        part.unlink()
    return f", {kept} of them from {part}"
