"""RGB to BT.601 studio-range luma: MATLAB's rgb2ycbcr."""

import numpy as np
import pytest

from golden.pictures.bicubic import to_uint8
from golden.pictures.luma import luma
from golden.video import Picture, to_ycbcr
from tests.strategies import noise

KNOWN = {
    "black": ((0, 0, 0), (16, 128, 128)),
    "white": ((255, 255, 255), (235, 128, 128)),
    "red": ((255, 0, 0), (81, 90, 240)),
    "green": ((0, 255, 0), (145, 54, 34)),
    "blue": ((0, 0, 255), (41, 240, 110)),
    "gray": ((128, 128, 128), (126, 128, 128)),
}


@pytest.mark.parametrize(("rgb", "ycbcr"), KNOWN.values(), ids=KNOWN)
def test_the_8_bit_values_of_known_colours(rgb: tuple[int, ...], ycbcr: tuple[int, ...]) -> None:
    pixel = np.array([[rgb]], dtype=np.uint8)
    assert to_uint8(luma(pixel)).tolist() == [[ycbcr[0]]]
    assert [int(plane[0, 0]) for plane in to_ycbcr(Picture.of_rgb(pixel)).planes] == list(ycbcr)


def test_luma_is_linear_with_the_published_weights() -> None:
    """Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255, of MATLAB's documentation."""
    image = noise(6, 15).reshape(6, 5, 3)
    red, green, blue = image.astype(float).transpose(2, 0, 1)
    assert np.abs(luma(image) - (16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255)).max() < 1e-10


def test_a_gray_image_is_its_own_luma() -> None:
    """Not squeezed into 16..235, as a gray image turned into RGB would be."""
    image = noise(4, 5)
    assert luma(image).tolist() == image.tolist()
    assert luma(image).dtype == np.float64
    assert to_uint8(luma(np.dstack([image] * 3))).tolist() != image.tolist()
