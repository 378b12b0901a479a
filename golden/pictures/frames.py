"""The frames that a network is compared on: embedded photographs, and frames made to break an executor.

The photographs are luma crops of pictures that scikit-image ships: astronaut (NASA, public domain), camera, chelsea and
coffee (CC0).
`python -m golden.pictures.frames` makes `frames.npz` again from them.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures.bicubic import to_uint8
from golden.pictures.luma import luma
from golden.spec import IntNetwork

Frame = NDArray[np.uint8]
CROPS = {
    "astronaut": (40, 160, 96, 128),
    "camera": (90, 190, 97, 85),
    "chelsea": (70, 150, 80, 112),
    "coffee": (120, 200, 64, 121),
}
"""Photograph -> top, left, rows, columns."""
TINY = ((1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (3, 17), (33, 17))


def photographs() -> dict[str, Frame]:
    """The embedded crops by name, each (rows, columns) uint8 luma."""
    with resources.as_file(resources.files("golden.pictures").joinpath("frames.npz")) as path, np.load(path) as content:
        return {name: content[name] for name in content.files}


def adversarial(network: IntNetwork) -> dict[str, Frame]:
    """Frames that ordinary pictures do not contain: flat, checkered, single pixels at the borders, noise, tiny and odd sizes,
    and the one that drives every accumulator of the first layer to both ends of its proved interval."""
    random = np.random.default_rng(20_430_543)
    rows, columns = np.indices((24, 31))
    frames = {
        "black": np.zeros((19, 23), np.uint8),
        "white": np.full((19, 23), 255, np.uint8),
        "checkerboard 1": ((rows + columns) % 2 * 255).astype(np.uint8),
        "checkerboard 2": ((rows // 2 + columns // 2) % 2 * 255).astype(np.uint8),
        "corner pixels": _pixels((17, 21), [(0, 0), (0, 20), (16, 0), (16, 20)]),
        "border pixels": _pixels((18, 22), [(0, 11), (9, 0), (9, 21), (17, 11)]),
        "noise": random.integers(0, 256, (45, 37), dtype=np.uint8),
        "black and white noise": (random.integers(0, 2, (40, 43)) * 255).astype(np.uint8),
        "first layer's extremes": extremes(network),
    }
    return frames | {f"{h}x{w} noise": random.integers(0, 256, (h, w), dtype=np.uint8) for h, w in TINY}


def default_frames(network: IntNetwork) -> dict[str, Frame]:
    """The adversarial frames and the embedded photographs: what an executor is held against golden on."""
    return adversarial(network) | photographs()


def extremes(network: IntNetwork) -> Frame:
    """A frame of K x K patches, two for each channel of the first layer: the inputs of its highest and lowest accumulator."""
    weight = network.layers[0].weight[:, 0]
    patches = [np.where(signed > 0, 255, 0) for kernel in weight for signed in (kernel, -kernel)]
    per_row = max(1, round(len(patches) ** 0.5))
    patches += [np.zeros_like(patches[0])] * (-len(patches) % per_row)
    return np.block([patches[i : i + per_row] for i in range(0, len(patches), per_row)]).astype(np.uint8)


def tiles(frame: Frame, side: int) -> list[Frame]:
    """The frame cut into pieces of at most side x side, each a frame of its own."""
    return [
        frame[row : row + side, column : column + side]
        for row in range(0, frame.shape[0], side)
        for column in range(0, frame.shape[1], side)
    ]


def middle(frame: Frame, max_pixels: int) -> Frame:
    """The frame if it has at most `max_pixels`, otherwise a piece of its middle that has."""
    if frame.size <= max_pixels:
        return frame
    side = max(1, int(max_pixels**0.5))
    rows, columns = min(side, frame.shape[0]), min(max_pixels // min(side, frame.shape[0]), frame.shape[1])
    top, left = (frame.shape[0] - rows) // 2, (frame.shape[1] - columns) // 2
    return frame[top : top + rows, left : left + columns]


def _pixels(shape: tuple[int, int], places: list[tuple[int, int]]) -> Frame:
    frame = np.zeros(shape, np.uint8)
    for place in places:
        frame[place] = 255
    return frame


def _crop(image: NDArray[Any], top: int, left: int, rows: int, columns: int) -> Frame:
    return to_uint8(luma(image[top : top + rows, left : left + columns]))


def embed() -> dict[str, Frame]:
    """The crops, from scikit-image's photographs."""
    import skimage.data

    return {name: _crop(getattr(skimage.data, name)(), *place) for name, place in CROPS.items()}


if __name__ == "__main__":
    np.savez_compressed(str(resources.files("golden.pictures").joinpath("frames.npz")), **embed())  # type: ignore[arg-type]
