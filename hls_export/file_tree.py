"""Trees of files that a tool is to read: the folders they lie in as package data, and writing one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path


def packaged(package: str, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """File name -> content of the files with these endings in a package's folder, sorted."""
    parts = resources.files(package).joinpath(folder).iterdir()
    return {part.name: part.read_bytes() for part in sorted(parts, key=lambda part: part.name) if part.name.endswith(suffixes)}


def write_files(root: Path, files: Mapping[str, bytes]) -> None:
    """Writes each file below `root`, with the folders on its path."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
