"""Thaw: the inverse of `qat.quantizing.freeze`.  The quantized student that means the integers of an `IntNetwork`, or a refusal.

real = scale * q.  Integers fix products of scales, not the scales: a hidden activation's scale is a free gauge, and its threshold
is 1 here.  Every scale of a student is a power of two, so what is computed is exponents.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from golden.spec import ARRAYS, LUMA, TYPES, IntArray, IntLayer, IntNetwork, IntType, NetworkError
from qat.errors import ThawError
from qat.model.quantized import RESIDUAL_BITS, SLOPE_BITS, SLOPE_FRACTION_BITS, LayerBits, Quantization, QuantizedFSRCNN
from qat.model.shape import SCALES, LayerShape, NetworkShape
from qat.quantizing.freeze import FreezeError, freeze

UNIT_EXPONENT = -LUMA.bits
"""log2 of the scale of luma."""


@torch.no_grad()
def thaw(network: IntNetwork) -> QuantizedFSRCNN:
    """The quantized student, in evaluation mode, for which freeze(student) == network.

    Raises ThawError for other layers than an FSRCNN's or a plain network's, other widths than a student's, and numbers that are no
    product of its scales and slopes.
    """
    student = QuantizedFSRCNN(_shape(network), Quantization(overrides={layer.name: _bits(layer) for layer in network.layers}))
    input_exponent = UNIT_EXPONENT
    for layer, module in zip(network.layers, student.layers.values(), strict=True):
        hidden = layer is not network.layers[-1]
        output_exponent = layer.output.signed - layer.output.bits if hidden else UNIT_EXPONENT
        accumulator = _log2_multipliers(layer) - layer.shift + output_exponent
        sums = accumulator + layer.terms[0].shift
        _set_weights(module.conv, layer, sums - input_exponent)
        module.conv.bias.copy_(_bias(layer, sums))
        if hidden:
            module.prelu.weight.copy_(_slopes(layer))
        elif student.residual is not None:
            student.residual.conv.weight.copy_(_luma_weights(layer, int(accumulator[0]), student.shape.residual_limit))
        input_exponent = output_exponent
    _check(student, network)
    return student.eval()


def _shape(network: IntNetwork) -> NetworkShape:
    """The plain network that is called so, or the FSRCNN, whose layers the network has."""
    layers, last = network.layers, network.layers[-1]
    if last.name == "deconvolution" and len(layers) > 1 and layers[0].name == "convolution1":
        return _plain_shape(network)
    if len(layers) < len(NetworkShape(m=0).layers):
        raise ThawError(f"network: {len(layers)} layers; allowed those of an FSRCNN, which are at least 4")
    if network.scale not in SCALES:
        raise ThawError(f"{last.where}: scale {network.scale}; allowed {', '.join(map(str, SCALES))}")
    residual, (wide, narrow) = last.luma is not None, (not layer.output.signed for layer in layers[:2])
    rectified: Any = "none" if not (residual and wide) else "all" if narrow else "wide"
    sizes = layers[0].out_channels, layers[1].out_channels, len(layers) - 4, network.scale
    try:
        shape = NetworkShape(*sizes, slopes="channel", residual=residual, rectified=rectified)
    except ValueError as error:
        raise ThawError(f"network: {error}") from error
    _check_layers(network, shape)
    return shape


def _plain_shape(network: IntNetwork) -> NetworkShape:
    hidden = tuple((x.kernel, x.out_channels, "prelu" if x.output.signed else "relu") for x in network.layers[:-1])
    last = network.layers[-1]
    try:
        shape = NetworkShape(
            scale=network.scale, slopes="channel", residual=last.luma is not None, convolutions=(*hidden, (last.kernel, 1, "none"))
        )
    except ValueError as error:
        raise ThawError(f"network: {error}") from error
    _check_layers(network, shape)
    return shape


def _check_layers(network: IntNetwork, shape: NetworkShape) -> None:
    """Raises ThawError unless the network has the layers of the shape."""
    for layer, expected in zip(network.layers, shape.layers, strict=True):
        rectified = layer is not network.layers[-1] and not layer.output.signed
        found = LayerShape(layer.name, layer.in_channels, layer.out_channels, layer.kernel, layer.stride, rectified)
        if found != expected:
            raise ThawError(f"{layer.where}: {_describe(found)}; allowed '{expected.name}', {_describe(expected)}")


def _describe(layer: LayerShape) -> str:
    outputs = "unsigned" if layer.rectified else "signed"
    return f"{layer.kernel}x{layer.kernel}, {layer.in_channels} to {layer.out_channels} channels, {outputs} outputs"


def _bits(layer: IntLayer) -> LayerBits:
    try:
        return LayerBits(layer.weight_type.bits, layer.output.bits)
    except ValueError as error:
        raise ThawError(f"{layer.where}: {error}") from error


def _log2_multipliers(layer: IntLayer) -> IntArray:
    """(out_channels,) log2 of the positive multipliers."""
    positive = layer.positive_multiplier
    _refuse(layer, "positive_multiplier", (positive < 1) | (positive & (positive - 1) != 0), "a power of two")
    return np.array([value.bit_length() - 1 for value in positive.tolist()])


def _slopes(layer: IntLayer) -> Tensor:
    """(out_channels,) slopes, negative / positive multiplier."""
    steps, rest = np.divmod(layer.negative_multiplier << SLOPE_FRACTION_BITS, layer.positive_multiplier)
    limit = 1 << (SLOPE_BITS - 1)
    allowed = f"slope * positive_multiplier, slope k / {1 << SLOPE_FRACTION_BITS} with k in [{-limit}, {limit - 1}]"
    _refuse(layer, "negative_multiplier", (rest != 0) | (steps < -limit) | (steps >= limit), allowed)
    return torch.from_numpy(np.ldexp(steps.astype(np.float64), -SLOPE_FRACTION_BITS))


def _set_weights(conv: Any, layer: IntLayer, exponents: IntArray) -> None:
    """Weights of scale 2^exponents (out_channels,), and the thresholds, which are 2^(bits - 1) times as large."""
    weight = np.ldexp(layer.weight.astype(np.float64), exponents[:, None, None, None])
    conv.weight.copy_(torch.from_numpy(weight.swapaxes(0, 1) if conv.output_channel_dim == 1 else weight))
    threshold = conv.weight_quant.tensor_quant.scaling_impl.value
    threshold.copy_(torch.from_numpy(exponents + layer.weight_type.bits - 1).reshape(threshold.shape))


def _bias(layer: IntLayer, exponents: IntArray) -> Tensor:
    """(out_channels,) biases on the grid 2^exponents of the layer's own sums; float32 must hold them."""
    steps, rest = np.divmod(layer.bias, layer.terms[0].factor)
    _refuse(layer, "bias", rest != 0, f"a multiple of 2^{layer.terms[0].shift}, the step of the layer's own sums")
    bias = np.ldexp(steps.astype(np.float64), exponents)
    _refuse(layer, "bias", bias.astype(np.float32) != bias, "24 significant bits, as float32 has")
    return torch.from_numpy(bias)


def _luma_weights(layer: IntLayer, accumulator: int, limit: int) -> Tensor:
    """The luma term's weights, below `limit`; accumulator: log2 of the scale on which the terms are added."""
    term, step = layer.terms[1], limit.bit_length() - RESIDUAL_BITS
    exponent = accumulator + term.shift - UNIT_EXPONENT
    if (term.weight_type, exponent) != (IntType(RESIDUAL_BITS, signed=True), step):
        allowed = f"int{RESIDUAL_BITS} of scale 2^{step}"
        raise ThawError(f"{layer.where}: luma weights {term.weight_type} of scale 2^{exponent}; allowed {allowed}")
    return torch.from_numpy(np.ldexp(term.weight.astype(np.float64), exponent))


def _refuse(layer: IntLayer, part: str, refused: Any, allowed: str) -> None:
    """Raises ThawError for the first channel that is refused."""
    if refused.any():
        channel = int(refused.argmax())
        raise ThawError(f"{layer.where}: {part} {int(getattr(layer, part)[channel])} at co={channel}; allowed {allowed}")


def _check(student: QuantizedFSRCNN, network: IntNetwork) -> None:
    """Raises ThawError unless the student freezes to the network.

    What is left to refuse: multipliers not in lowest terms, a slope in the last layer, an accumulator wider than proved.
    """
    try:
        frozen = freeze(student)
    except (FreezeError, NetworkError) as error:
        raise ThawError(str(error)) from error
    for ours, theirs in zip(frozen.layers, network.layers, strict=True):
        for part in (*ARRAYS, *TYPES):
            found, expected = (np.array(getattr(layer, part)) for layer in (ours, theirs))
            for index in np.argwhere(found != expected)[:1]:
                where = f" at co={index[0]}" if part in ARRAYS else ""
                raise ThawError(f"{theirs.where}: {part} {expected[*index]}{where}; a student freezes to {found[*index]}")
    if frozen != network:
        raise ThawError(f"network: {network.hash[:12]}; a student freezes to {frozen.hash[:12]}")
