"""Golden: the integer network and its bit-exact meaning in NumPy.

`load` opens a network of the catalogue or a file, `Network.upscale` enlarges pictures, `Network.compare` holds executors against
it.  `IntNetwork` is the value that training makes and that the hardware export reads; `run` gives its output integers and `trace`
every layer's.  This package needs NumPy alone.
"""

from golden.archive import ArchiveError, save
from golden.executors import UnknownExecutorError
from golden.model import FrameError, run, trace
from golden.network import Comparison, Network, load
from golden.pictures.images import ImageError
from golden.spec import IntLayer, IntNetwork, IntType, NetworkError
from golden.video.picture import VideoError

__all__ = [
    "ArchiveError",
    "Comparison",
    "FrameError",
    "ImageError",
    "IntLayer",
    "IntNetwork",
    "IntType",
    "Network",
    "NetworkError",
    "UnknownExecutorError",
    "VideoError",
    "load",
    "run",
    "save",
    "trace",
]
