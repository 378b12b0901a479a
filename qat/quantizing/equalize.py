"""The digit lane: a few channels that carry 8-bit luma exactly through a student of 8, 6 or 4 bits with per-channel slopes.

A float student is trained with channel 0 held at luma - 1/2 in every layer (`start_lane`, `hold_luma`); a slope of 1 lets it
pass signed.  At 8 bits that channel is exact as it is.  At A < 8 bits luma is written in two digits: `high`, luma - 1/2 rounded to
steps of 2^-A, and `low`, what is left, times 2^(8 - A), which fill one signed channel each.  The first layer cannot subtract its
own rounding, so it cuts luma into overlapping clamped segments, each at full resolution in a channel of its own, and the second
makes `low` of them.  The last hidden layer repeats `high`, so that the deconvolution adds several coarse weights to one fine one.
Nothing is added to the network: only its weights, biases and slopes say this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from golden.int_type import IntType
from qat.model.quantized import Quantization
from qat.model.shape import MIDDLE, NetworkShape
from qat.model.student import FSRCNN
from qat.quantizing.calibrate import round_activation

THRESHOLD_EXPONENT = -1
"""log2 of the threshold of every hidden activation: luma - 1/2 fills it."""
LEVELS, DARKEST, BRIGHTEST = 256, 16, 235
"""BT.601's luma: the levels that `low` is exact for."""
LEAST_BITS = 4
"""Fewer bits of an activation than this cannot hold luma in two digits."""
FINE = 4
"""Steps of a weight that a segment's share must at least have; with fewer, `high` is read instead."""
FACTORS = torch.logspace(-3, 1, 33, base=2)
"""Thresholds tried for a channel, as multiples of its peak over `FACTORS[-1]`."""


@dataclass(frozen=True)
class Lane:
    """How many channels of each kind a layer gives to the lane; they come first, in this order."""

    high: int
    low: int = 0
    segments: int = 0

    @property
    def channels(self) -> int:
        return self.high + self.low + self.segments


@dataclass(frozen=True)
class Digits:
    """Luma in activations of `bits` bits: a step of `high` is `base` gray levels."""

    bits: int

    @property
    def base(self) -> int:
        return 1 << (8 - self.bits)

    @property
    def centers(self) -> list[int]:
        """The level at 0 of each segment; neighbours share one level, because a clamped segment keeps its end value."""
        width, half = (1 << self.bits) - 1, 1 << (self.bits - 1)
        return [first + half for first in range(DARKEST, BRIGHTEST, width)]

    @property
    def balance(self) -> int:
        """The level at which all segments add up to 0."""
        return DARKEST + len(self.centers) * (1 << (self.bits - 1))

    @property
    def nudge(self) -> float:
        """Added to luma before `high` is rounded, in gray levels: no ties, and `low` stays in its range."""
        return 0.5 if self.base > 1 else 0.0


@dataclass(frozen=True)
class Laid:
    """A student with a lane laid in, and where its free channels come from: the float student's channels `order` times `factor`."""

    network: FSRCNN
    lanes: dict[str, Lane]
    order: dict[str, Tensor]
    factor: dict[str, Tensor]

    def target(self, name: str, sums: Tensor) -> Tensor:
        """What the free channels of a layer should sum up to, where the float student's layer sums up to `sums` (N, C, H, W)."""
        return sums[:, self.order[name]] * self.factor[name][:, None, None]


def lanes(shape: NetworkShape, quantization: Quantization) -> dict[str, Lane]:
    """The lane of every hidden layer; none beside a residual, which carries luma itself."""
    if shape.residual:
        return {layer.name: Lane(0) for layer in shape.layers[:-1]}
    digits = digits_of(shape, quantization)
    low = int(digits.base > 1)
    hidden = [layer.name for layer in shape.layers[:-1]]
    found = {name: Lane(1, low) for name in hidden}
    copies = -(-digits.base // _most(quantization, hidden[1])) if low else 1
    found[hidden[0]] = Lane(copies, 0, len(digits.centers) if low else 0)
    found[hidden[-1]] = Lane(min(1 << (8 - quantization.of(shape.layers[-1].name).weight), max(1, shape.d // 4)), low)
    return found


def digits_of(shape: NetworkShape, quantization: Quantization) -> Digits:
    return Digits(min(quantization.of(layer.name).activation for layer in shape.layers[:-1]))


def fits(shape: NetworkShape, quantization: Quantization) -> bool:
    """Whether the network has the slopes and the channels for a lane: in each layer a quarter of them stays free."""
    widths = {quantization.of(layer.name).activation for layer in shape.layers[:-1]}
    if shape.slopes != "channel" or len(widths) != 1 or min(widths) < LEAST_BITS or shape.m < 1:
        return False
    out = {layer.name: layer.out_channels for layer in shape.layers}
    return all(4 * lane.channels <= 3 * out[name] for name, lane in lanes(shape, quantization).items())


@torch.no_grad()
def start_lane(student: FSRCNN) -> None:
    """Turn an interpolator's channel 0 from luma into luma - 1/2, with slopes of 1; the picture stays the same."""
    modules = list(student.layers.values())
    for module in modules[:-1]:
        module.prelu.weight[0] = 1
    modules[0].conv.bias[0] -= MIDDLE
    modules[-1].bias += MIDDLE


def hold_luma(student: FSRCNN) -> None:
    """Keep channel 0 of every hidden layer at luma - 1/2 while a float student is trained."""
    _hold(student, dict.fromkeys(list(student.layers)[:-1], 1))


def hold_lane(network: FSRCNN, quantization: Quantization) -> None:
    """Keep the lane as `into_digits` laid it while a quantized student is trained."""
    _hold(network, {name: lane.channels for name, lane in lanes(network.shape, quantization).items()})


def _hold(network: FSRCNN, held: dict[str, int]) -> None:
    for name, count in held.items():
        if count == 0:
            continue
        module = network.layers[name]
        for parameter in (module.conv.weight, module.conv.bias, module.prelu.weight):
            hold_rows(parameter, count)


def hold_rows(parameter: Tensor, count: int) -> None:
    """Let no gradient reach the first `count` rows of a parameter."""
    free = torch.ones_like(parameter)
    free[:count] = 0
    parameter.register_hook(lambda gradient: gradient * free.to(gradient.device))


@torch.no_grad()
def into_digits(student: FSRCNN, quantization: Quantization, x: Tensor) -> Laid:
    """Weights for the quantized student: those of a float student whose channel 0 is luma - 1/2, with the lane laid in.

    The least used channels make room; what they gave is replaced by its best linear estimate from luma.  Every other channel is
    scaled to fill the common threshold.  In float the lane says nothing, because it lives on rounding and clamping.
    x: (N, 1, H, W) luma in [0, 1) to measure on.
    """
    digits, laid = digits_of(student.shape, quantization), FSRCNN(student.shape)
    laid.load_state_dict(student.state_dict())
    lane_of, names, y = lanes(student.shape, quantization), list(student.layers), x
    luma = (x - MIDDLE).flatten()
    rectified = {layer.name: layer.rectified for layer in student.shape.layers}
    before: Lane | None = None
    result = Laid(laid, lane_of, {}, {})
    for name, following in pairwise(names):
        lane, ours, consumer = lane_of[name], laid.layers[name], laid.layers[following]
        y = student.layers[name](y)
        values = y.transpose(0, 1).flatten(1)
        order = _order(values, _columns(student.layers[following]), lane.channels)
        values = values[order]
        _permute(ours, consumer, order)
        per_luma = _take_over(consumer, values, luma, lane.channels)
        held = IntType(quantization.of(name).activation, signed=not rectified[name])
        result.factor[name] = _fill_threshold(ours, consumer, values, lane.channels, held)
        result.order[name] = order[lane.channels :]
        _lay(ours, lane, before, digits)
        _spread(consumer, per_luma, lane, digits, _most(quantization, following))
        before = lane
    return result


def _order(values: Tensor, columns: Tensor, room: int) -> Tensor:
    """Channel 0 and the `room` - 1 channels of least use first, the others in their order."""
    use = values.var(1) * columns.flatten(1).square().sum(1)
    use[0] = -1
    spare = use.argsort()[:room].tolist()
    return torch.tensor([*spare, *(channel for channel in range(len(values)) if channel not in spare)])


def _take_over(consumer: nn.Module, values: Tensor, luma: Tensor, room: int) -> Tensor:
    """Give the consumer the means of the first `room` channels; returns (out, K, K), what they gave it for each unit of luma."""
    columns = _columns(consumer)
    centered = luma - luma.mean()
    gain = (values[:room] * centered).mean(1) / centered.square().mean().clamp(min=1e-12)
    offset = values[:room].mean(1) - gain * luma.mean()
    per_luma = (gain[:, None, None, None] * columns[:room]).sum(0)
    constant = (offset[:, None, None, None] * columns[:room]).sum((0, 2, 3))
    conv = getattr(consumer, "conv", consumer)
    conv.bias.add_(constant / (conv.stride[0] ** 2 if isinstance(conv, nn.ConvTranspose2d) else 1))
    columns[:room] = 0
    return per_luma


def _fill_threshold(module: Any, consumer: nn.Module, values: Tensor, room: int, held: IntType) -> Tensor:
    """Scale each free channel so that the common threshold rounds it with the least squared error; the consumer undoes it.

    Returns the factors.
    """
    free = values[room:]
    thresholds = free.abs().amax(1).clamp(min=1e-6) * FACTORS[:, None] / FACTORS[-1]
    errors = [(round_activation(free, threshold[:, None], held) - free).square().mean(1) for threshold in thresholds]
    best = thresholds.gather(0, torch.stack(errors).argmin(0, keepdim=True))[0]
    factor = 2.0**THRESHOLD_EXPONENT / best
    module.conv.weight[room:] *= factor[:, None, None, None]
    module.conv.bias[room:] *= factor
    _columns(consumer)[room:] /= factor[:, None, None, None]
    return factor


def _lay(module: Any, lane: Lane, before: Lane | None, digits: Digits) -> None:
    """The lane's rows: read from the pixel in the first layer, from segments in the second, from itself later."""
    weight, bias = module.conv.weight, module.conv.bias
    middle = module.conv.kernel_size[0] // 2
    weight[: lane.channels], bias[: lane.channels] = 0, 0
    module.prelu.weight[: lane.channels] = 1
    high, low = slice(0, lane.high), lane.high
    weight[high, 0, middle, middle] = 1
    if before is None:
        bias[high] = digits.nudge / LEVELS - MIDDLE
        for row, center in enumerate(digits.centers[: lane.segments], lane.high):
            weight[row, 0, middle, middle] = digits.base
            bias[row] = -digits.base * center / LEVELS
    elif lane.low and before.segments:
        segments = slice(before.high, before.channels)
        weight[low, segments, middle, middle] = 1
        weight[low, : before.high, middle, middle] = -_shares(digits.base, before.high)
        bias[low] = digits.base * (digits.balance / LEVELS - MIDDLE)
    elif lane.low:
        weight[low, before.high, middle, middle] = 1


def _shares(total: int, parts: int) -> Tensor:
    """`total` in `parts` whole numbers, as even as they get."""
    return torch.tensor([total // parts + (part < total % parts) for part in range(parts)], dtype=torch.float32)


def _spread(consumer: nn.Module, per_luma: Tensor, lane: Lane, digits: Digits, most: int) -> None:
    """The consumer's weights on the lane: `per_luma` in shares that round differently on the copies of `high`, and on `low`."""
    columns = _columns(consumer)
    if lane.segments and FINE * digits.base <= most:
        columns[lane.high : lane.channels] = per_luma / digits.base
        consumer.conv.bias.add_(per_luma.sum((1, 2)) * (digits.balance / LEVELS - MIDDLE))
        return
    step = per_luma.abs().amax() / (most * max(1, lane.high))
    for copy in range(lane.high):
        columns[copy] = per_luma / lane.high + (((copy + 0.5) / lane.high) - 0.5) * step
    if lane.low:
        columns[lane.high] = per_luma / digits.base


def _columns(module: nn.Module) -> Tensor:
    """(in_channels, out_channels, K, K) weights of a layer, as a view."""
    conv = getattr(module, "conv", module)
    return conv.weight if isinstance(conv, nn.ConvTranspose2d) else conv.weight.transpose(0, 1)


def _permute(module: Any, consumer: nn.Module, order: Tensor) -> None:
    module.conv.weight.copy_(module.conv.weight[order])
    module.conv.bias.copy_(module.conv.bias[order])
    if module.prelu.num_parameters == len(order):  # else one slope for the layer, which a residual may have
        module.prelu.weight.copy_(module.prelu.weight[order])
    columns = _columns(consumer)
    columns.copy_(columns[order].clone())


def _most(quantization: Quantization, layer: str) -> int:
    """The largest integer weight of a layer."""
    return (1 << (quantization.of(layer).weight - 1)) - 1
