"""The hand-written files that an export carries, as they lie in this package: C++ (library, stand-ins, bench), SystemVerilog."""

from __future__ import annotations

from importlib import resources

from hls_export.file_tree import packaged

LIBRARY = "hls"
STANDIN = "csim/standin"
TIMED = "csim/timed"
BENCH = "csim/bench"
RTL = "rtl"

SUFFIXES = (".h", ".cpp", ".sv")


def files(folder: str) -> dict[str, bytes]:
    """File name -> content of one of the package's folders of sources, sorted."""
    return packaged("hls_export", folder, SUFFIXES)


def page(name: str) -> bytes:
    """A text file of the package."""
    return resources.files("hls_export").joinpath(name).read_bytes()
