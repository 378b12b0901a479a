"""The hand-written C++ that every export carries, as it lies in this package: the HLS library, the stand-ins, the bench."""

from __future__ import annotations

from importlib import resources

LIBRARY = "hls"
STANDIN = "standin"
TIMED = "timed"
BENCH = "bench"


def files(folder: str) -> dict[str, bytes]:
    """File name -> content of one of the package's folders of C++ files, sorted."""
    parts = resources.files("hls_export").joinpath(folder).iterdir()
    return {
        part.name: part.read_bytes() for part in sorted(parts, key=lambda part: part.name) if part.name.endswith((".h", ".cpp"))
    }


def page(name: str) -> bytes:
    """A text file of the package."""
    return resources.files("hls_export").joinpath(name).read_bytes()
