"""`python -m golden.upscale IN OUT`: enlarge pictures, clips, and folders of them by a network, chroma by a fixed interpolator.

The integers are those of `golden.video`.  What files state beside their pixels is used, kept or refused (docs/pictures.md).
"""

from golden.upscale.command import main, parser
from golden.upscale.means import Means
from golden.upscale.pictures import bicubic

__all__ = ["Means", "bicubic", "main", "parser"]
