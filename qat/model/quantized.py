"""The quantized student: the FSRCNN in Brevitas layers whose every number an integer network can hold.

Decides the quantizers.  Scales are powers of two, of activations per tensor, of weights per output channel; biases lie on the
accumulator's grid; PReLU slopes are k / 2^5.  So the model is exact in float64 and `qat.quantizing.freeze` can be exact.  Rounding
is to nearest, ties to even (Brevitas ROUND).
"""

from __future__ import annotations

from typing import Any

import torch
from brevitas.core.function_wrapper import RoundSte
from brevitas.core.scaling import ParameterScaling, PowerOfTwoIntScaling
from brevitas.inject import ExtendedInjector
from brevitas.inject.enum import RestrictValueType, ScalingImplType, ScalingPerOutputType
from brevitas.nn import QuantConv2d, QuantConvTranspose2d, QuantIdentity
from brevitas.nn.mixin.parameter import QuantWeightMixin
from brevitas.quant.base import IntQuant, NarrowIntQuant, UintQuant
from brevitas.quant.scaled_int import Int32Bias
from brevitas.quant.solver.act import ActQuantSolver
from brevitas.quant.solver.weight import WeightQuantSolver
from torch import Tensor, nn

from qat.model.deconvolution import deconvolve_by_taps
from qat.model.settings import LayerBits, Quantization
from qat.model.shape import MIDDLE, UNIT, LayerShape, NetworkShape
from qat.model.student import FSRCNN

SLOPE_FRACTION_BITS = 5
SLOPE_BITS = 7
RESIDUAL_BITS = 8
RESIDUAL_STEP = 2.0 ** (1 - RESIDUAL_BITS)
"""Weights of an FSRCNN's residual are multiples of it, below 1."""


class _FixedScale(ExtendedInjector):
    """Injector part shared by what has one scale that nothing changes: `scaling_init`, a power of two, is the threshold, divided by
    2^(bits - 1) or, where values are unsigned, 2^bits.
    """

    scaling_impl_type = ScalingImplType.CONST
    scaling_init = 1.0
    scaling_per_output_type = ScalingPerOutputType.TENSOR
    restrict_scaling_type = RestrictValueType.POWER_OF_TWO
    restrict_value_float_to_int_impl = RoundSte
    int_scaling_impl = PowerOfTwoIntScaling


class PowerOfTwoWeight(_FixedScale, NarrowIntQuant, WeightQuantSolver):
    """Narrow symmetric weights; the threshold of each output channel is chosen before a training and not moved by it."""

    scaling_impl_type = ScalingImplType.PARAMETER
    scaling_min_val = None
    scaling_per_output_type = ScalingPerOutputType.CHANNEL
    bit_width = 8


class HiddenActivation(_FixedScale, IntQuant, ActQuantSolver):
    """Signed activations from -1 to below 1: a PReLU lets a positive factor through, so one threshold serves all layers."""

    bit_width = 8


class RectifiedActivation(_FixedScale, UintQuant, ActQuantSolver):
    """Unsigned activations below 1, of a layer whose slopes are at most 0."""

    bit_width = 8


class Luma(_FixedScale, UintQuant, ActQuantSolver):
    """8-bit unsigned luma: the fixed scale 2^-8 of the network's input and output."""

    scaling_init = 256 * UNIT
    bit_width = 8


class Slope(_FixedScale, IntQuant, WeightQuantSolver):
    """PReLU slopes k / 2^5 with a 7-bit k, so from -2 to 63/32.

    A subset of the contract's k / 2^7: two bits fewer keep most 8-bit networks inside float32's 24 bits (`golden.ranges`).
    """

    scaling_init = 2.0 ** (SLOPE_BITS - 1 - SLOPE_FRACTION_BITS)
    bit_width = SLOPE_BITS


class ResidualWeight(_FixedScale, NarrowIntQuant, WeightQuantSolver):
    """Narrow 8-bit weights of the residual, k / 2^7 below `scaling_init`."""

    bit_width = RESIDUAL_BITS


class QuantPReLU(QuantWeightMixin, nn.PReLU):
    """A PReLU whose slopes are quantized; Brevitas has none."""

    def __init__(self, num_parameters: int) -> None:
        nn.PReLU.__init__(self, num_parameters)
        QuantWeightMixin.__init__(self, weight_quant=Slope)

    @property
    def output_channel_dim(self) -> int:
        return 0

    @property
    def out_channels(self) -> int:
        return self.num_parameters

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.prelu(plain(x), plain(self.quant_weight()))


class QuantActivated(nn.Module):
    """A quantized convolution, its PReLU, and the requantization to the layer's activation type."""

    def __init__(self, layer: LayerShape, slopes: str, bits: LayerBits) -> None:
        super().__init__()
        self.conv = QuantConv2d(
            layer.in_channels,
            layer.out_channels,
            layer.kernel,
            padding=layer.kernel // 2,
            weight_quant=PowerOfTwoWeight,
            weight_bit_width=bits.weight,
            bias_quant=Int32Bias,
        )
        self.prelu = QuantPReLU(layer.out_channels if slopes == "channel" else 1)
        activation = RectifiedActivation if layer.rectified else HiddenActivation
        self.requantize = QuantIdentity(act_quant=activation, bit_width=bits.activation, return_quant_tensor=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.requantize(self.prelu(self.conv(x)))


class _ConvTranspose2dByTaps(QuantConvTranspose2d):
    """Brevitas's transposed convolution, computed by its taps while training; evaluation and export use torch's own."""

    def inner_forward_impl(self, x: Tensor, quant_weight: Tensor, quant_bias: Tensor | None) -> Tensor:
        if self.training:
            bias = None if quant_bias is None else plain(quant_bias)
            return deconvolve_by_taps(plain(x), plain(quant_weight), bias, self.stride[0])
        return super().inner_forward_impl(x, quant_weight, quant_bias)


def _transposed(layer: LayerShape, **parts: Any) -> _ConvTranspose2dByTaps:
    return _ConvTranspose2dByTaps(
        layer.in_channels,
        layer.out_channels,
        layer.kernel,
        stride=layer.stride,
        padding=layer.padding,
        output_padding=layer.output_padding,
        **parts,
    )


class QuantDeconvolution(nn.Module):
    """The quantized transposed convolution and the requantization to 8-bit luma."""

    def __init__(self, layer: LayerShape, bits: LayerBits) -> None:
        super().__init__()
        self.conv = _transposed(layer, weight_quant=PowerOfTwoWeight, weight_bit_width=bits.weight, bias_quant=Int32Bias)
        self.requantize = QuantIdentity(act_quant=Luma, return_quant_tensor=True)

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:
        """added: what a residual gives, real values on a grid of their own."""
        sums = self.conv(x)
        return self.requantize(sums if added is None else plain(sums) + added)


class QuantResidual(nn.Module):
    """The residual's quantized transposed convolution of luma - 1/2; its sums are added before the deconvolution rounds.

    Its weights are fitted (`qat.quantizing.reconstruction`) and then held: no training moves them.
    """

    def __init__(self, layer: LayerShape, limit: int) -> None:
        """limit: a power of two, which the weights stay below."""
        super().__init__()
        self.conv = _transposed(layer, bias=False, weight_quant=ResidualWeight, weight_scaling_init=float(limit))
        self.conv.weight.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return plain(self.conv(plain(x) - MIDDLE))


class QuantizedFSRCNN(FSRCNN):
    """The student in Brevitas layers: (N, 1, H, W) luma in steps of 2^-8 -> 8-bit luma in steps of 2^-8, clamped."""

    def __init__(self, shape: NetworkShape, quantization: Quantization) -> None:
        quantization.check_layers(shape)

        def make_layer(layer: LayerShape) -> nn.Module:
            if layer.is_residual:
                return QuantResidual(layer, shape.residual_limit)
            bits = quantization.of(layer.name)
            if layer.is_deconvolution:
                return QuantDeconvolution(layer, bits)
            return QuantActivated(layer, shape.slopes, bits)

        super().__init__(shape, make_layer)
        self.quantization = quantization
        self.input = QuantIdentity(act_quant=Luma, return_quant_tensor=True)
        self._hold_scales(self)
        self.register_load_state_dict_post_hook(self._hold_scales)  # Brevitas makes new parameters of its scales when it loads

    @staticmethod
    def _hold_scales(network: QuantizedFSRCNN, *_: Any) -> None:
        for module in network.modules():
            if isinstance(module, ParameterScaling):
                module.value.requires_grad_(False)

    def forward_with_map(self, x: Tensor, name: str | None) -> tuple[Tensor, Tensor | None]:
        y, chosen = super().forward_with_map(self.input(x), name)
        return plain(y), None if chosen is None else plain(chosen)

    @torch.no_grad()
    def copy_float(self, student: FSRCNN) -> None:
        """Take the weights of a float student of the same shape."""
        for name, module in student.layers.items():
            ours = self.layers[name]
            conv = module if name == "deconvolution" else module.conv
            ours.conv.weight.copy_(conv.weight)
            ours.conv.bias.copy_(conv.bias)
            if name != "deconvolution":
                ours.prelu.weight.copy_(module.prelu.weight)
        if student.residual is not None:
            self.residual.conv.weight.copy_(student.residual.weight)


def plain(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else x.value
