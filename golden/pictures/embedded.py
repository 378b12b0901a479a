"""The photographs inside scikit-image's wheel, whose `data/README.txt` gives their origins: images that need no download.

Needs scikit-image (the extra `train`), imported when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from golden.pictures.images import find_images
from golden.pictures.statements import ImageError

EMBEDDED = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
    "motorcycle_left.png", "motorcycle_right.png", "rocket.jpg",
)  # fmt: skip


def embedded_images() -> list[Path]:
    """Their files.  Raises ImageError for an installation that came without some."""
    import skimage.data

    folder = Path(str(skimage.data.__file__)).parent
    paths = [folder / name for name in EMBEDDED]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ImageError(f"{folder}: scikit-image came without {', '.join(missing)}; give images with --data")
    return paths


def images_of(sources: Sequence[Path] | None) -> list[Path]:
    """The images among the files and folders that a command line gives, the embedded ones where it gives none.

    Raises ImageError as `find_images` and `embedded_images` do.
    """
    return find_images(sources) if sources else embedded_images()
