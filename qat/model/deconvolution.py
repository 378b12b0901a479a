"""The transposed convolution that enlarges, computed by its taps, and the bicubic kernel that it starts from."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qat.model.shape import DECONVOLUTION_KERNEL, MIDDLE, LayerShape


class Deconvolution(nn.ConvTranspose2d):
    """The transposed convolution, output exactly `stride` times the input.

    In training it is computed by its taps, which is faster on a CPU, most of all when compiled.
    """

    def __init__(self, layer: LayerShape, bias: bool = True) -> None:
        super().__init__(layer.in_channels, 1, layer.kernel, layer.stride, layer.padding, layer.output_padding, bias=bias)

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """added: what a residual gives, (N, 1, scale*H, scale*W)."""
        y = deconvolve_by_taps(x, self.weight, self.bias, self.stride[0]) if self.training else super().forward(x)
        return y if added is None else y + added


class Residual(Deconvolution):
    """The LR pixel's own transposed convolution: of luma - 1/2, so that the halo is mid-gray; the deconvolution has the bias."""

    def __init__(self, layer: LayerShape) -> None:
        super().__init__(layer, bias=False)

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:  # type: ignore[override]
        return super().forward(x - MIDDLE, added)


def deconvolve_by_taps(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    """The transposed convolution of (N, C, H, W) with weight (C, 1, K, K), by phases (`golden.phases`).

    One matrix product gives what each LR pixel adds to each phase of its neighbours, and `F.fold` adds it up.
    """
    count, channels, rows, columns = x.shape
    order = _taps_by_neighbour(weight.shape[-1], stride, weight.device)
    by_phase = F.pad(weight.reshape(channels, -1), (0, 1))[:, order.flatten()]
    added = torch.einsum("ck,nchw->nkhw", by_phase, x)
    added = added.to(torch.promote_types(added.dtype, torch.float32)).reshape(count, -1, rows * columns)
    by_phase_added = F.fold(added, (rows, columns), order.shape[1], padding=order.shape[1] // 2)
    y = F.pixel_shuffle(_in_memory(by_phase_added), stride)
    return y if bias is None else y + bias[:, None, None]


@torch.library.custom_op("qat::in_memory", mutates_args=())
def _in_memory(x: Tensor) -> Tensor:
    """The same tensor, and in the backward pass the same gradient, written out where a compiled graph would compute it again for
    each of the K*K taps that read it: a third more steps a second.
    """
    return x.clone()


@_in_memory.register_fake
def _like(x: Tensor) -> Tensor:
    return torch.empty_like(x)


_in_memory.register_autograd(lambda _context, gradient: _in_memory(gradient))


def _taps_by_neighbour(kernel: int, stride: int, device: torch.device) -> Tensor:
    """(stride^2, reach, reach) of ky*K + kx: the tap through which an LR pixel adds to a phase of each neighbour; K*K for none."""
    padding = (kernel - 1) // 2
    reach = (stride - 1 + padding) // stride
    neighbour = torch.arange(-reach, reach + 1, device=device)
    tap = torch.arange(stride, device=device)[:, None] + padding + stride * neighbour
    exists = (tap >= 0) & (tap < kernel)
    index = tap[:, None, :, None] * kernel + tap[None, :, None, :]
    index = torch.where(exists[:, None, :, None] & exists[None, :, None, :], index, kernel * kernel)
    return index.reshape(stride**2, len(neighbour), len(neighbour))


def cubic(t: Tensor) -> Tensor:
    """Keys' cubic convolution kernel with a = -0.5 (Keys 1981, eq. 15), the one of MATLAB's imresize."""
    t = t.abs()
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return torch.where(t <= 1, near, torch.where(t < 2, far, torch.zeros_like(t)))


def interpolating_kernel(scale: int, kernel: int = DECONVOLUTION_KERNEL) -> Tensor:
    """(kernel, kernel): the taps with which a transposed convolution of that stride is a bicubic interpolator."""
    tap = torch.arange(kernel) - (kernel - 1) // 2
    line = cubic((tap + 0.5) / scale - 0.5)
    for phase in range(scale):
        of_phase = (tap - phase) % scale == 0
        line[of_phase] /= line[of_phase].sum()
    return torch.outer(line, line)
