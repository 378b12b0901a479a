"""Before and after: one HTML file with bicubic, network and reference under a slider and a loupe, and their PSNR."""

from golden.comparison.page import Shown, luma_psnr, page, strip

__all__ = ["Shown", "luma_psnr", "page", "strip"]
