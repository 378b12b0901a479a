"""A chain as a float student of this project: the same function of luma, as far as float32 holds it.

Here real luma is integer / 256, in the file integer / 255 * white.  Convolutions, PReLU and clips scale with their input, so only
biases and clips change.  A pixel shuffle of K x K convolutions is one transposed convolution of stride * K taps; what the biases of
its phases differ by comes from one channel more in the layer before, which is constant.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from qat.errors import ForeignError
from qat.importing.chain import Chain, Convolution, Enlargement, FloatArray
from qat.model.shape import DECONVOLUTION_KERNEL, MAX_KERNEL, MIDDLE, UNIT, NetworkShape
from qat.model.student import FSRCNN


def luma_unit(white: float) -> float:
    """By what the file's real numbers are multiplied to be this project's.

    >>> luma_unit(1.0) == 255 / 256, luma_unit(255 / 256)
    (True, 1.0)
    """
    return 255 * UNIT / white


@torch.no_grad()
def student_of(chain: Chain) -> FSRCNN:
    """The float student, in evaluation mode, that gives what the chain gives.  Raises ForeignError where there is none."""
    hidden = [_in_our_unit(layer, luma_unit(chain.white)) for layer in chain.hidden]
    taps, bias = deconvolution_of(chain.last), chain.last.bias * luma_unit(chain.white)
    hidden, taps = _clipped_at_one(hidden, taps)
    if chain.last.skip is not None:
        bias = bias + MIDDLE * chain.last.skip
    if np.ptp(bias):
        hidden[-1], taps = _with_constant(hidden[-1], taps, bias - bias.mean(), chain.last.stride)
    student = FSRCNN(_shape(chain, hidden, taps))
    for layer, module in zip(hidden, student.layers.values(), strict=False):
        module.conv.weight.copy_(torch.from_numpy(layer.weight))
        module.conv.bias.copy_(torch.from_numpy(layer.bias))
        module.prelu.weight.copy_(torch.from_numpy(layer.slope))
    student.layers["deconvolution"].weight.copy_(torch.from_numpy(taps.swapaxes(0, 1)))
    student.layers["deconvolution"].bias.fill_(float(bias.mean()))
    if student.residual is not None:
        student.residual.weight.zero_()
        where = middle(taps.shape[-1], chain.last.stride)
        student.residual.weight[0, 0, where, where] = torch.from_numpy(chain.last.skip.reshape(2 * [chain.last.stride])).float()
    return student.eval()


def deconvolution_of(last: Enlargement) -> FloatArray:
    """(1, in_channels, K, K): the taps of a transposed convolution that drops (K - 1) // 2 rows in front, zeros added where needed.

    Raises ForeignError where it has more than 31.
    """
    taps, padding = last.weight, last.padding
    if not last.transposed:
        _, channels, kernel, _ = last.weight.shape
        flipped = last.weight[:, :, ::-1, ::-1].reshape(last.stride, last.stride, channels, kernel, kernel)
        taps = flipped.transpose(2, 3, 0, 4, 1).reshape(1, channels, kernel * last.stride, kernel * last.stride)
        padding = kernel // 2 * last.stride
    kernel = taps.shape[-1]
    size = max(kernel, last.stride, 2 * padding + 1, 2 * (kernel - padding) - 2)
    front = (size - 1) // 2 - padding
    size = max(size, front + kernel)
    if size > MAX_KERNEL:
        raise ForeignError(f"layer '{last.name}': a transposed convolution of {size} x {size} taps; allowed up to {MAX_KERNEL}")
    behind = size - kernel - front
    return np.pad(taps, ((0, 0), (0, 0), (front, behind), (front, behind)))


def middle(kernel: int, stride: int) -> slice:
    """The rows of taps through which an LR pixel adds to its own sub-pixels."""
    return slice((kernel - 1) // 2, (kernel - 1) // 2 + stride)


def _in_our_unit(layer: Convolution, unit: float) -> Convolution:
    return Convolution(layer.name, layer.weight, layer.bias * unit, layer.slope, layer.clip * unit)


def _clipped_at_one(hidden: list[Convolution], taps: FloatArray) -> tuple[list[Convolution], FloatArray]:
    """The same with every clipped layer clipped at 1, and the layer that reads it multiplied by its clip."""
    found, factor = [], 1.0
    for layer in hidden:
        own = 1.0 if math.isinf(layer.clip) else layer.clip
        if own != 1.0 and not layer.rectifies:
            raise ForeignError(f"layer '{layer.name}': clipped at {layer.clip:g} above, with slopes below 0; allowed 0 to the clip")
        clip = layer.clip if math.isinf(layer.clip) else 1.0
        found.append(Convolution(layer.name, layer.weight * (factor / own), layer.bias / own, layer.slope, clip))
        factor = own
    return found, taps * factor


def _with_constant(layer: Convolution, taps: FloatArray, bias: FloatArray, stride: int) -> tuple[Convolution, FloatArray]:
    """The last hidden layer with a channel that is always 1, and taps through which it adds `bias` (stride^2,) to each phase."""
    constant = np.zeros((1, *layer.weight.shape[1:]))
    added = np.zeros((1, 1, *taps.shape[2:]))
    where = middle(taps.shape[-1], stride)
    added[0, 0, where, where] = bias.reshape(stride, stride)
    slope = np.append(layer.slope, 0.0 if layer.rectifies else 1.0)
    wider = Convolution(layer.name, np.concatenate([layer.weight, constant]), np.append(layer.bias, 1.0), slope, layer.clip)
    return wider, np.concatenate([taps, added], 1)


def fsrcnn_shape(chain: Chain) -> NetworkShape | None:
    """That of an FSRCNN where the layers are one's, so that its names and recipes hold."""
    sizes = [(layer.weight.shape[-1], layer.out_channels) for layer in chain.hidden]
    last, unclipped = chain.last, all(math.isinf(layer.clip) for layer in chain.hidden)
    enlarges = last.transposed and (last.weight.shape[-1], last.padding) == (DECONVOLUTION_KERNEL, DECONVOLUTION_KERNEL // 2)
    if len(sizes) < 3 or not enlarges or last.skip is not None or not unclipped:
        return None
    d, s, mapping = sizes[0][1], sizes[1][1], len(sizes) - 3
    if sizes != [(5, d), (1, s), *[(3, s)] * mapping, (1, d)]:
        return None
    return NetworkShape(d, s, mapping, chain.last.stride, slopes="channel")


def _shape(chain: Chain, hidden: list[Convolution], taps: FloatArray) -> NetworkShape:
    """An FSRCNN's, or that of a plain network."""
    kinds = ["prelu" if not x.rectifies else "relu" if math.isinf(x.clip) else "clipped" for x in hidden]
    layers = [(x.weight.shape[-1], x.out_channels, kind) for x, kind in zip(hidden, kinds, strict=True)]
    convolutions = (*layers, (taps.shape[-1], 1, "none"))
    scale, residual = chain.last.stride, chain.last.skip is not None
    try:
        return fsrcnn_shape(chain) or NetworkShape(scale=scale, slopes="channel", residual=residual, convolutions=convolutions)
    except ValueError as error:
        raise ForeignError(f"{chain.layout}: {error}") from error
