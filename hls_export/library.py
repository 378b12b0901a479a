"""The hand-written files that an export carries, as they lie in this package: C++ (library, stand-ins, bench), SystemVerilog."""

from __future__ import annotations

from importlib import resources

LIBRARY = "hls"
STANDIN = "standin"
TIMED = "timed"
BENCH = "bench"
RTL = "rtl"

SUFFIXES = (".h", ".cpp", ".sv")


def files(folder: str) -> dict[str, bytes]:
    """File name -> content of one of the package's folders of sources, sorted."""
    parts = resources.files("hls_export").joinpath(folder).iterdir()
    return {part.name: part.read_bytes() for part in sorted(parts, key=lambda part: part.name) if part.name.endswith(SUFFIXES)}


def page(name: str) -> bytes:
    """A text file of the package."""
    return resources.files("hls_export").joinpath(name).read_bytes()
