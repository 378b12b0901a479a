"""What an export in colour has beside luma's: video_top around colour_top, its modules, memories, plan and frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from golden import video
from golden.spec import LUMA, IntNetwork
from hls_export.colour import sv
from hls_export.colour.pipeline import COMPONENTS
from hls_export.colour.plan import COLOUR_TOP, ColourPlan
from hls_export.writers.sv_video import video_top
from hls_export.writers.vectors import Tensors, tensor_files

FRAMES = "colour"
"""The folder of frames in three components, and of the golden ones."""
CARRIES = "YCbCr 4:4:4"


def colour_files(
    network: IntNetwork, plan: ColourPlan, frames: Mapping[str, NDArray[np.uint8]], names: Iterable[str]
) -> dict[str, bytes]:
    """Path -> content; frames: planes of which pictures are made; names: the paths of luma's export."""
    tops = {"video_top.sv": video_top(plan.luma, COLOUR_TOP, len(COMPONENTS), CARRIES).encode()}
    files = {f"rtl/{name}": data for name, data in (sv.modules(plan) | tops).items()}
    sources = sorted({name.removeprefix("rtl/") for name in (*names, *files) if name.startswith("rtl/") and name.endswith(".sv")})
    files |= {"rtl/files.f": "".join(f"{name}\n" for name in sources).encode(), "rtl/colour.json": plan.to_json().encode()}
    files |= {f"weights/{name}": data for name, data in sv.memories(plan).items()}
    pictures = {name: _tensors(network, picture_of(frame)) for name, frame in frames.items()}
    return files | {f"{FRAMES}/{name}": data for name, data in tensor_files(network, pictures).items()}


def picture_of(plane: NDArray[np.uint8]) -> video.Picture:
    """YCbCr 4:4:4 of one plane: Cb is it upside down, Cr the other way round, so that no two components agree."""
    return video.Picture(video.VideoFormat("4:4:4"), (plane, plane[::-1].copy(), plane[:, ::-1].copy()))


def _tensors(network: IntNetwork, picture: video.Picture) -> Tensors:
    larger = video.run(network, picture)
    return {"input": (np.stack(picture.planes), LUMA), "output": (np.stack(larger.planes), LUMA)}
