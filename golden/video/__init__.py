"""Pictures of three components, exact in integers: colour matrices, sited chroma, whole frames and clips (docs/colour.md).

`run` gives the integers of every component that any executor must output.  This package needs NumPy alone.
"""

from golden.video.chroma import interpolator
from golden.video.matrix import to_rgb, to_ycbcr
from golden.video.model import enlarge, run
from golden.video.picture import Picture, VideoError, VideoFormat
from golden.video.stripes import enlarge_stripes

__all__ = ["Picture", "VideoError", "VideoFormat", "enlarge", "enlarge_stripes", "interpolator", "run", "to_rgb", "to_ycbcr"]
