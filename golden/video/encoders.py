"""The encoders of clips in containers, by FFmpeg's names, and what one of them cannot take, found before the work.

An encoder refuses most of that itself once it is opened; a size at which one writes beyond its own memory is refused here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from golden.video.picture import VideoError

CODECS: dict[str, dict[str, str]] = {
    "libx264": {"crf": "14", "preset": "medium"},
    "libx265": {"crf": "14", "preset": "medium", "x265-params": "log-level=error"},
    "ffv1": {"level": "3", "slicecrc": "1"},
}
"""With their options; ffv1 loses nothing and goes into .mkv or .avi."""
TO_ENCODED = {"libx264": "h264_mp4toannexb"}
"""Bitstream filters that make of a container's packets what the encoder gave."""
GOES_ON = ("libx264", "ffv1")
"""Encoders whose packets of an interrupted call can be followed by those of another; libx265's were refused by the container."""
WRITTEN_AS = {"ffv1": {"gbrp": "bgr0"}}
"""Pixel formats that an encoder takes in another order of the same samples."""
NARROWEST = {"libx265": 49}
"""Columns.  Below, x265's lookahead (cuTree) writes four blocks of 16 columns into the memory of fewer, and the process dies."""


def open_encoder(av: Any, stream: Any, target: Path) -> None:
    """Open the encoder of a stream whose size and pixel format are set.

    Raises VideoError naming both where it cannot take them.
    """
    context = stream.codec_context
    name = context.name
    what = f"{target}: {name} cannot write {context.pix_fmt} of {context.width}x{context.height} pixels"
    formats = [one.name for one in av.Codec(name, "w").video_formats or ()]
    if formats and context.pix_fmt not in formats:
        raise VideoError(f"{what}; allowed {', '.join(formats)}, or another codec")
    if context.width < NARROWEST.get(name, 1):
        raise VideoError(f"{what}; allowed a width of {NARROWEST[name]} or more, or another codec")
    try:
        context.open()
    except av.error.FFmpegError as error:
        raise VideoError(f"{what} ({error.strerror}); allowed another size or codec") from error
