"""Reconstruction, layers fitted in closed form: least squares instead of steps, on sums over the training images.

A layer's sums are linear in its weights, so the best weights for given inputs solve a linear system.  For a float student that is
its deconvolution, fitted to the high-resolution images: what a body that was trained at another scale needs first.  For a quantized
one it is every layer in turn: its inputs are what the quantized layers before it really give, its target what the float layer gave,
and the weights are rounded one after another while those that follow make up for it (Frantar and Alistarh, "Optimal brain
compression", NeurIPS 2022; all rows in the same order as in GPTQ, ICLR 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from golden.phases import phases
from qat.model.quantized import RESIDUAL_BITS, Quantization, QuantizedFSRCNN, plain
from qat.model.shape import MIDDLE
from qat.model.student import FSRCNN
from qat.quantizing.equalize import equalized

RIDGE = 1e-4
"""Pull towards the weights that are there, in units of the mean square of an input."""
ROUNDING_RIDGE = 1e-3
CHUNK = 4
"""Pictures whose windows are held at once."""
OCTAVES = (-3, -2, -1, 0, 1)
"""Weight thresholds tried, around the power of two that holds the largest weight."""
MIN_EXPONENT, MAX_EXPONENT = -12, 8
"""Thresholds that may be chosen, as powers of two; below, a dead channel's scale would push its bias out of int32."""


@dataclass
class Sums:
    """What least squares needs of windows x (positions, n) and targets y (positions, m): means, and mean products around them."""

    x: Tensor
    y: Tensor
    xx: Tensor
    xy: Tensor

    @classmethod
    def of(cls, windows: Iterable[tuple[Tensor, Tensor]], around: Tensor | None = None) -> Sums:
        """The sums over pairs of (positions, n) and (positions, m), one after another.

        around: what to take for the targets' means, the inputs' then being 0.
        """
        count, x, y, xx, xy = 0, *(torch.zeros((), dtype=torch.float64) for _ in range(4))
        for a, b in windows:
            a, b = a.double(), b.double() - (0 if around is None else around.double())
            count, x, y = count + len(a), x + a.sum(0), y + b.sum(0)
            xx, xy = xx + (a.T.float() @ a.float()).double(), xy + a.T @ b
        x, y, xx, xy = x / count, y / count, xx / count, xy / count
        if around is not None:
            return cls(torch.zeros_like(x), around.double().expand_as(y), xx, xy)
        return cls(x, y, xx - torch.outer(x, x), xy - torch.outer(x, y))

    def part(self, rows: Tensor, column: int) -> Sums:
        """The sums of the inputs `rows` and one target."""
        column_ = slice(column, column + 1)
        return Sums(self.x[rows], self.y[column_], self.xx[rows][:, rows], self.xy[rows][:, column_])

    def solve(self, weight: Tensor) -> Tensor:
        """(m, n): least squares, with a ridge around `weight`."""
        return weight + torch.linalg.solve(self._ridged(RIDGE), self.xy - self.xx @ weight.double().T).T

    def _ridged(self, ridge: float) -> Tensor:
        return self.xx + ridge * self.xx.diagonal().mean().clamp(min=1e-12) * torch.eye(len(self.x), device=self.x.device)

    def error(self, weight: Tensor, best: Tensor) -> Tensor:
        """(..., m): how much the mean square of the error grows from `best` (m, n) to `weight` (..., m, n)."""
        off = (weight - best).double()
        return ((off @ self.xx) * off).sum(-1)

    def round(self, weight: Tensor, step: Tensor, limit: int) -> Tensor:
        """`weight` (m, n) on multiples of `step` (m,) up to `limit`, in order: what follows makes up for each rounding error."""
        upper = torch.linalg.cholesky(torch.linalg.inv(self._ridged(ROUNDING_RIDGE)), upper=True)
        rest, rounded = weight.double().clone(), torch.zeros_like(weight, dtype=torch.float64)
        for i in range(weight.shape[1]):
            rounded[:, i] = (rest[:, i] / step).round().clamp(-limit, limit) * step
            off = (rest[:, i] - rounded[:, i]) / upper[i, i]
            rest[:, i:] -= off[:, None] * upper[i, i:]
        return rounded


@torch.no_grad()
def fit_deconvolution(student: FSRCNN, pictures: Sequence[tuple[Tensor, Tensor]]) -> None:
    """Fit the float student's deconvolution to whole pictures (LR, HR); its one bias stays, as all phases share it.

    Many pictures: with 65,000 pixels for 1,400 weights it was 0.9 dB worse.
    """
    conv, last = student.eval().layers["deconvolution"], list(student.layers)[-2]
    left = (y if student.residual is None else y - student.residual(x) for x, y in pictures)
    maps = (student.forward_with_map(x, last)[1] for x, _ in pictures)
    sums = Sums.of((pair for x, y in zip(maps, left, strict=True) for pair in _phase_windows(conv, x, y)), conv.bias)
    for phase, rows, taps in _phases(conv):
        _taps(conv)[taps] = sums.part(rows, phase).solve(_taps(conv)[taps][None])[0].float()


@torch.no_grad()
def reconstructed(student: FSRCNN, quantization: Quantization, batches: Sequence[Tensor]) -> QuantizedFSRCNN:
    """The quantized student of a float one, before any training: thresholds equalized, every layer fitted, its scales chosen.

    batches: (N, 1, H, W) luma in [0, 1) to measure and to fit on.
    """
    student.eval()
    source = equalized(student, quantization, torch.cat(list(batches)))
    network = QuantizedFSRCNN(student.shape, quantization).eval()
    network.copy_float(source.network)
    inputs, maps = [network.input(x) for x in batches], list(batches)
    for name, module in student.layers.items():
        layer, bits = network.layers[name], network.quantization.of(name).weight
        if name == "deconvolution":
            phased = (w for x, f in zip(inputs, maps, strict=True) for w in _phase_windows(layer.conv, x.value, module(f)))
            _fit_phases(layer.conv, Sums.of(phased, layer.conv.bias), bits)
            break
        targets = (source.target(name, module.conv(f)) for f in maps)
        windows = (w for x, y in zip(inputs, targets, strict=True) for w in _windows(layer.conv, x.value, y))
        _fit_rows(layer.conv, Sums.of(windows), bits)
        inputs, maps = [layer(x) for x in inputs], [module(f) for f in maps]
    if network.residual is not None:
        left = [student(x) - plain(layer.conv(given)) for x, given in zip(batches, inputs, strict=True)]
        _fit_residual(network.residual.conv, batches, left)
    return network


def _fit_residual(conv: Any, batches: Sequence[Tensor], left: Sequence[Tensor]) -> None:
    """Fit the residual's taps to what the other layers leave of the picture, round them while those that follow make up for it:
    luma rides on a large constant, so that nearest taps are 0.7 gray levels off, these 0.1 (x2).
    """
    windows = (pair for x, y in zip(batches, left, strict=True) for pair in _phase_windows(conv, x - MIDDLE, y))
    sums, limit = Sums.of(windows, torch.zeros(1)), 2 ** (RESIDUAL_BITS - 1) - 1
    step = conv.quant_weight().scale.flatten()
    for phase, rows, taps in _phases(conv):
        part = sums.part(rows, phase)
        best = part.solve(_taps(conv)[taps][None])
        _taps(conv)[taps] = part.round(best, step, limit)[0].float()


def _windows(conv: Any, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Pairs (positions, inputs of a window) and (positions, channels), for a same-size convolution."""
    for a, b in zip(x.split(CHUNK), y.split(CHUNK), strict=True):
        yield F.unfold(a, conv.kernel_size, padding=conv.padding).transpose(1, 2).flatten(0, 1), _by_position(b)


def _phase_windows(conv: Any, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """The same for the deconvolution: its windows in LR pixels, and the stride^2 HR pixels of each."""
    by = phases(conv.kernel_size[0], conv.padding[0], conv.stride[0])
    around = F.pad(x, (-by.first, by.last, -by.first, by.last))
    targets = F.pixel_unshuffle(y, conv.stride[0])
    for a, b in zip(around.split(CHUNK), targets.split(CHUNK), strict=True):
        yield F.unfold(a, by.index.shape[1]).transpose(1, 2).flatten(0, 1), _by_position(b)


def _by_position(y: Tensor) -> Tensor:
    """(positions, channels) of (N, C, H, W)."""
    return y.permute(0, 2, 3, 1).flatten(0, 2)


def _phases(conv: Any) -> list[tuple[int, Tensor, Tensor]]:
    """(phase, inputs of the window that it uses, its weights among all) for each phase."""
    kernel, channels = conv.kernel_size[0], conv.in_channels
    index = torch.from_numpy(phases(kernel, conv.padding[0], conv.stride[0]).index.copy()).flatten(1)
    found = []
    for phase, taps in enumerate(index):
        used = (taps < kernel * kernel).nonzero()[:, 0]
        channel = torch.arange(channels)[:, None]
        found.append((phase, (channel * len(taps) + used).flatten(), (channel * kernel * kernel + taps[used]).flatten()))
    return found


def _taps(conv: Any) -> Tensor:
    """All weights of the deconvolution in a row, as a view."""
    return conv.weight.data.view(-1)


def _fit_rows(conv: Any, sums: Sums, bits: int) -> None:
    """Fit and round the rows of a convolution, each at the threshold that suits it best."""
    scaling, limit = conv.weight_quant.tensor_quant.scaling_impl.value, 2 ** (bits - 1) - 1
    best = sums.solve(conv.weight.data.flatten(1))
    exponents = _exponents(best)
    tried = sums.round(best.repeat(len(OCTAVES), 1), torch.exp2(exponents.flatten().double()) / (limit + 1), limit)
    tried = tried.reshape(len(OCTAVES), *best.shape)
    choice, row = sums.error(tried, best).argmin(0), torch.arange(len(best))
    weight = tried[choice, row]
    scaling.data.copy_(exponents[choice, row].reshape(scaling.data.shape))
    conv.weight.data.copy_(weight.reshape(conv.weight.shape))
    conv.bias.data.copy_(sums.y - weight @ sums.x)


def _fit_phases(conv: Any, sums: Sums, bits: int) -> None:
    """Fit and round the deconvolution, all phases at one threshold and with the bias that is there."""
    scaling, limit = conv.weight_quant.tensor_quant.scaling_impl.value, 2 ** (bits - 1) - 1
    exponents = _exponents(conv.weight.data.flatten()[None])[:, 0]
    steps = torch.exp2(exponents.double()) / (limit + 1)
    errors, fitted = torch.zeros(len(OCTAVES)), []
    for phase, rows, taps in _phases(conv):
        part = sums.part(rows, phase)
        best = part.solve(_taps(conv)[taps][None])
        tried = part.round(best.repeat(len(OCTAVES), 1), steps, limit)
        errors = errors + part.error(tried, best)
        fitted.append((taps, tried))
    chosen = int(errors.argmin())
    scaling.data.fill_(exponents[chosen])
    for taps, tried in fitted:
        _taps(conv)[taps] = tried[chosen].float()


def _exponents(weight: Tensor) -> Tensor:
    """(tried, rows): log2 of the thresholds tried for each row of `weight` (rows, n)."""
    holding = weight.abs().amax(1).log2().ceil().clamp(MIN_EXPONENT, MAX_EXPONENT)
    return (holding + torch.tensor(OCTAVES)[:, None]).clamp(MIN_EXPONENT, MAX_EXPONENT)
