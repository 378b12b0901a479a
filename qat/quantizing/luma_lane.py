"""The luma lane: two channels that carry the LR pixel through a quantized student without a rounding error.

A trained student passes luma on in one channel, and every layer rounds it again: at 8 signed bits of range 1 that is 0.6 gray
levels of noise a layer, which costs a 37 dB network 0.7 dB.  The lane is a pair, relu(1/2 - luma) and relu(luma - 1/2), each below
1/2 and a multiple of 2^-8: exact in 8 signed bits, and non-negative, so that later slopes leave it alone.  Same layers, same size.
"""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from torch import Tensor, nn

from qat.model.shape import MIDDLE
from qat.model.student import FSRCNN
from qat.quantizing.equalize import hold_rows

THRESHOLD_EXPONENT = -1
"""log2 of the activation threshold at which 8 signed bits hold the lane exactly."""
LIMIT = 0.49


@torch.no_grad()
def into_lane(student: FSRCNN, x: Tensor) -> FSRCNN:
    """A copy of a float student whose channels 0 and 1 are the lane; it computes about the same and is to be trained on.

    In each layer the two channels that give the next layer least make room; what they gave is replaced by its best linear estimate
    from luma.  The channel that gave it most luma keeps only what it had besides.  All are scaled to stay below 1/2.
    x: (N, 1, H, W) luma in [0, 1) to measure on.
    """
    laned, y = copy.deepcopy(student), x
    names = list(student.layers)
    for name, following in pairwise(names):
        y = student.layers[name](y)
        values = y.transpose(0, 1).flatten(1)
        gain, offset = _from_luma(values, x.flatten())
        order, luma = _lane_first(values, gain, _columns(student.layers[following]))
        values, gain, offset = values[order], gain[order], offset[order]
        ours, consumer = laned.layers[name], laned.layers[following]
        _permute(ours, consumer, order)
        rest = values[luma] - gain[luma] * x.flatten() - offset[luma]
        offset[luma] += rest.min()
        _feed_from_lane(consumer, gain, offset, [0, 1, luma])
        _lay(ours.conv, is_first=name == names[0])
        _without_luma(ours.conv, luma, float(gain[luma]), float(offset[luma]), is_first=name == names[0])
        values[luma] = rest - rest.min()
        _shrink(ours, consumer, values.abs().amax(1))
    laned.layers[names[0]].prelu.weight.zero_()
    return laned


def hold_lane(network: FSRCNN) -> None:
    """Keep the lane as it is in training: no gradient reaches its weights, its biases or the first layer's slopes."""
    modules = [module for name, module in network.layers.items() if name != "deconvolution"]
    for parameter in (p for module in modules for p in (module.conv.weight, module.conv.bias)):
        hold_rows(parameter, 2)
    modules[0].prelu.weight.requires_grad_(False)


def _columns(module: nn.Module) -> Tensor:
    """(in_channels, out_channels, K, K) weights of a layer, as a view."""
    conv = getattr(module, "conv", module)
    return conv.weight if isinstance(conv, nn.ConvTranspose2d) else conv.weight.transpose(0, 1)


def _from_luma(values: Tensor, luma: Tensor) -> tuple[Tensor, Tensor]:
    """(gain, offset) per channel of the least-squares line values = gain * luma + offset."""
    centered = luma - luma.mean()
    gain = (values * centered).mean(1) / centered.square().mean().clamp(min=1e-12)
    return gain, values.mean(1) - gain * luma.mean()


def _lane_first(values: Tensor, gain: Tensor, columns: Tensor) -> tuple[Tensor, int]:
    """The channels' order, the two of least use first; and where in it the channel is that gives most luma."""
    weight = columns.flatten(1).square().sum(1)
    luma = int((gain.square() * weight).argmax())
    use = values.var(1) * weight
    use[luma] = torch.inf
    spare = use.argsort()[:2].tolist()
    order = [*spare, *(channel for channel in range(len(values)) if channel not in spare)]
    return torch.tensor(order), order.index(luma)


def _permute(module: nn.Module, consumer: nn.Module, order: Tensor) -> None:
    module.conv.weight.copy_(module.conv.weight[order])
    module.conv.bias.copy_(module.conv.bias[order])
    if len(module.prelu.weight) > 1:
        module.prelu.weight.copy_(module.prelu.weight[order])
    columns = _columns(consumer)
    columns.copy_(columns[order].clone())


def _feed_from_lane(consumer: nn.Module, gain: Tensor, offset: Tensor, channels: list[int]) -> None:
    """Give the consumer gain * luma + offset of these channels from the lane: luma = 1/2 + channel 1 - channel 0."""
    columns, conv = _columns(consumer), getattr(consumer, "conv", consumer)
    per_luma = (gain[channels, None, None, None] * columns[channels]).sum(0)
    constant = MIDDLE * per_luma + (offset[channels, None, None, None] * columns[channels]).sum(0)
    phases = conv.stride[0] ** 2 if isinstance(conv, nn.ConvTranspose2d) else 1
    conv.bias.add_(constant.sum((1, 2)) / phases)
    columns[0], columns[1] = -per_luma, per_luma


def _without_luma(conv: nn.Conv2d, channel: int, gain: float, offset: float, is_first: bool) -> None:
    """Take gain * luma + offset off a channel, where it reads luma: the pixel in the first layer, later the lane."""
    middle = conv.kernel_size[0] // 2
    conv.bias[channel] -= offset
    if is_first:
        conv.weight[channel, 0, middle, middle] -= gain
    else:
        conv.weight[channel, 0, middle, middle] += gain
        conv.weight[channel, 1, middle, middle] -= gain
        conv.bias[channel] -= MIDDLE * gain


def _shrink(module: nn.Module, consumer: nn.Module, peak: Tensor) -> None:
    """Scale channels over the limit down, and what they give up again; a PReLU lets a positive factor through."""
    factor = (LIMIT / peak.clamp(min=LIMIT))[:, None, None, None]
    module.conv.weight.mul_(factor)
    module.conv.bias.mul_(factor.flatten())
    _columns(consumer).div_(factor)


def _lay(conv: nn.Conv2d, is_first: bool) -> None:
    """Rows 0 and 1: 1/2 - luma and luma - 1/2 in the first layer, later the lane itself."""
    middle = conv.kernel_size[0] // 2
    conv.weight[:2] = 0
    conv.bias[:2] = 0
    for row, sign in ((0, -1.0), (1, 1.0)):
        conv.weight[row, 0 if is_first else row, middle, middle] = sign if is_first else 1.0
        conv.bias[row] = -sign * MIDDLE if is_first else 0.0
