"""What a frame of a container states beside its samples: where chroma lies, how it is turned, what a player needs besides.

Decides which of it is used, kept, left out with a word, and refused; tags of colour are `container`'s.
"""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np

from golden.video.picture import Siting, VideoError

LOCATIONS: dict[Siting, str] = {"left": "left", "centre": "center"}
"""FFmpeg's names of the sitings that there is an interpolator for."""
OF_WIDTH_ALONE = {"topleft": "left", "bottomleft": "left", "top": "center", "bottom": "center"}
"""Where chroma has as many rows as luma, what an up and a down are no difference of."""
CENTRED = ("mjpeg", "mpeg1video")
"""Codecs whose chroma lies between two columns of luma unless the clip states otherwise; of others it lies on the left one."""
TURNED = "DISPLAYMATRIX"
REFUSED = {
    "STEREO3D": "two views in a frame; allowed one",
    "SPHERICAL": "a spherical picture, whose border is none; allowed a flat one",
    "DOVI_METADATA": "Dolby Vision, whose samples are no Y, Cb, Cr; allowed without",
    "DOVI_RPU_BUFFER": "Dolby Vision, whose samples are no Y, Cb, Cr; allowed without",
    "ICC_PROFILE": "an ICC profile, which cannot be written; allowed without",
}
LEFT_OUT = (
    "PANSCAN",
    "A53_CC",
    "AFD",
    "MASTERING_DISPLAY_METADATA",
    "CONTENT_LIGHT_LEVEL",
    "DYNAMIC_HDR_PLUS",
    "DYNAMIC_HDR_VIVID",
    "AMBIENT_VIEWING_ENVIRONMENT",
    "S12M_TIMECODE",
    "GOP_TIMECODE",
)
_LOGGED = threading.Lock()


def check(frame: Any, stream: Any, where: str) -> None:
    """Raises VideoError, by name, for what a frame states that can be neither used nor kept."""
    if stream.metadata.get("alpha_mode", "0") != "0":
        raise VideoError(f"{where}: transparency beside the picture (alpha_mode); allowed opaque")
    for data in frame.side_data:
        if data.type.name in REFUSED:
            raise VideoError(f"{where}: {REFUSED[data.type.name]}")


def left_out(frame: Any) -> list[str]:
    """What of a frame's statements is not written, by FFmpeg's names: captions, light levels, time codes."""
    return [data.type.name for data in frame.side_data if data.type.name in LEFT_OUT]


def display_matrix(frame: Any) -> list[int] | None:
    """How a player turns and mirrors the frame: FFmpeg's nine integers; None for upright."""
    for data in frame.side_data:
        if data.type.name == TURNED:
            return [int(value) for value in np.frombuffer(bytes(data), np.int32)]
    return None


def siting(av: Any, frame: Any, stream: Any, where: str) -> Siting:
    """Where a frame states that its chroma lies, or its codec's default.

    Raises VideoError, by name, for a place that there is no interpolator for.
    """
    by = frame.format
    if by.is_rgb or by.chroma_width(4) in (0, 4):
        return "centre"
    found = location(av, frame, stream)
    if by.chroma_height(4) == 4:
        found = OF_WIDTH_ALONE.get(found, found)
    if found == "unspecified":
        return "centre" if stream.codec_context.name in CENTRED else "left"
    for name, known in LOCATIONS.items():
        if known == found:
            return name
    raise VideoError(f"{where}: chroma sited {found}; allowed {', '.join(LOCATIONS.values())}, or --siting in its place")


def location(av: Any, frame: Any, stream: Any) -> str:
    """FFmpeg's name of where chroma lies: `left`, `center`, `topleft`, ..., `unspecified`.

    PyAV has no attribute for it; FFmpeg's filter `showinfo` writes it into the log.  The log is off otherwise: a decoder's thread
    that writes into it waits for the interpreter, which waits for the thread where the decoder is freed.
    """
    graph = av.filter.Graph()
    source, show, sink = graph.add_buffer(template=stream), graph.add("showinfo"), graph.add("buffersink")
    source.link_to(show)
    show.link_to(sink)
    graph.configure()
    with _LOGGED:
        level = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            with av.logging.Capture() as lines:
                graph.push(frame)
                graph.pull()
        finally:
            av.logging.set_level(level)
    match = re.search(r"\bcl:(\w+)", " ".join(text for _, _, text in lines))
    if match is None:
        raise VideoError("this FFmpeg does not tell where chroma lies; allowed another PyAV")
    return match[1]
