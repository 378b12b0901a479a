"""Golden: the integer network and its bit-exact meaning in NumPy.

`IntNetwork` is the value that training makes and that the hardware export reads; `run` gives its output integers and
`trace` every layer's.  This package needs NumPy alone.
"""

from golden.archive import ArchiveError, load, save
from golden.model import FrameError, run, trace
from golden.spec import IntLayer, IntNetwork, IntType, NetworkError

__all__ = [
    "ArchiveError",
    "FrameError",
    "IntLayer",
    "IntNetwork",
    "IntType",
    "NetworkError",
    "load",
    "run",
    "save",
    "trace",
]
