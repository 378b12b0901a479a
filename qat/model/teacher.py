"""The teacher: an encoder that may see the high-resolution image, and a decoder of the student's structure.

Source: KR 10-2543690 [0043], [0047], eq. 1 and 2; PISR (ECCV 2020), section 3.1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qat.model.deconvolution import cubic
from qat.model.shape import NetworkShape
from qat.model.student import FSRCNN, start_as_interpolator


class Encoder(nn.Module):
    """G_T of eq. 1: X_T = G_T(Y).  Four convolutions, PReLU between them, the second with stride `scale`.

    (N, 1, scale*H, scale*W) -> (N, 1, H, W).  width: channels of the first two layers, the paper's are 56.
    It starts as an antialiased downsampler, so that X_T begins in the range of the LR image.
    """

    def __init__(self, scale: int, width: int = 56, shrunk: int = 12) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, width, 5, padding=2),
            nn.PReLU(),
            nn.Conv2d(width, width, 5, stride=scale, padding=2),
            nn.PReLU(),
            nn.Conv2d(width, shrunk, 3, padding=1),
            nn.PReLU(),
            nn.Conv2d(shrunk, 1, 3, padding=1),
        )
        self._start_as_downsampler(scale)

    @torch.no_grad()
    def _start_as_downsampler(self, scale: int) -> None:
        tap = torch.arange(5) - 2
        line = cubic((tap - (scale - 1) / 2) / scale)
        for index, kernel in ((0, None), (2, torch.outer(line, line) / line.sum() ** 2), (4, None), (6, None)):
            conv = self.layers[index]
            middle = conv.kernel_size[0] // 2
            conv.weight[0] = 0
            conv.bias[0] = 0
            if kernel is None:
                conv.weight[0, 0, middle, middle] = 1
            else:
                conv.weight[0, 0] = kernel

    def forward(self, y: Tensor) -> Tensor:
        return self.layers(y)


class Teacher(nn.Module):
    """Encoder G_T and decoder F_T; the decoder is an FSRCNN like the student, so that its weights can be transferred ([0013])."""

    def __init__(self, shape: NetworkShape, encoder_width: int = 56) -> None:
        super().__init__()
        self.encoder = Encoder(shape.scale, encoder_width)
        self.decoder = FSRCNN(shape)
        start_as_interpolator(self.decoder)

    def forward(self, y: Tensor, map_name: str | None = None) -> tuple[Tensor, Tensor, Tensor | None]:
        """(X_T, Y_T, f_T): the compact map, the reconstruction (eq. 2) and the decoder's intermediate map called `map_name`."""
        x_t = self.encoder(y)
        y_t, f_t = self.decoder.forward_with_map(x_t, map_name)
        return x_t, y_t, f_t
