"""Folders of images, and an image as the array that training and evaluation take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from golden.pictures import photograph
from golden.pictures.statements import FORMATS, ImageError

__all__ = ["SUFFIXES", "ImageError", "find_images", "read_image"]
SUFFIXES = tuple(FORMATS)


def _to_stderr(note: str) -> None:
    print(note, file=sys.stderr)


def find_images(sources: Iterable[str | Path], note: Callable[[str], None] = _to_stderr) -> list[Path]:
    """The image files among `sources`: files as given, folders searched with all below them, in sorted order, each file once.

    Hidden files and folders (`.ipynb_checkpoints`, `._a.jpg`) are no images of the user's.  note: called with one line for what is
    left out.  Raises ImageError for a source that does not exist or a folder without images.
    """
    found: dict[Path, Path] = {}
    for source in map(Path, sources):
        files, hidden = inside(source)
        fresh = {path.resolve(): path for path in files if path.resolve() not in found}
        left_out = [("hidden", hidden), ("repeated", len(files) - len(fresh))]
        if any(count for _, count in left_out):
            note(f"{source}: left out {', '.join(f'{count} {what}' for what, count in left_out if count)}")
        found |= fresh
    return list(found.values())


def inside(source: Path, suffixes: Sequence[str] = SUFFIXES) -> tuple[list[Path], int]:
    """The files of a source with these endings, a file itself whatever its ending, and how many hidden ones there are besides.

    Raises ImageError for a source that does not exist or a folder without such files.
    """
    if source.is_file():
        return [source], 0
    if not source.is_dir():
        raise ImageError(f"{source}: no such file or folder")
    images = sorted(path for path in source.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    shown = [path for path in images if not any(part.startswith(".") for part in path.relative_to(source).parts)]
    if not shown:
        raise ImageError(f"{source}: no image in this folder; allowed {', '.join(suffixes)}")
    return shown, len(images) - len(shown)


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """(rows, columns) of a gray file, (rows, columns, 3) RGB of any other, upright; transparency and colour profiles are dropped.

    Raises ImageError as `golden.pictures.photograph.read` does.
    """
    return photograph.read(path).colours
