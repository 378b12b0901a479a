"""The frozen integers as an ONNX file of standard operators: ConvInteger sums in int32, double-precision Mul and Round
(ties to even), Clip.

The file carries the network's hash in its metadata.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from golden import exactness
from golden.onnx import OnnxExportError
from golden.onnx.graph import INPUT, OUTPUT, Graph
from golden.phases import phase_weights, phases
from golden.spec import IntLayer, IntNetwork, Term


def integer_onnx(network: IntNetwork, taps: bool = False) -> onnx.ModelProto:
    """`network` as an ONNX model, uint8 (1, 1, H, W) `luma` to uint8 (1, 1, scale*H, scale*W) `upscaled`.

    taps: every hidden layer's integers are outputs too, by layer name.  Raises OnnxExportError for tensors of more than 8 bits,
    which ConvInteger does not take, and for sums outside int32.
    """
    graph, x = _IntegerGraph(), INPUT
    for layer in network.layers:
        x = graph.add_layer(layer, x, OUTPUT if layer is network.layers[-1] else layer.name)
    return graph.model(network, "integer_network", TensorProto.UINT8, network.layers[:-1] if taps else ())


class _IntegerGraph(Graph):
    """The integer network's, layer by layer."""

    def add_layer(self, layer: IntLayer, x: str, output: str) -> str:
        """Append one layer that reads the integers `x` and gives the integers `output`."""
        self._check(layer)
        unsigned, zero_point = self._as_unsigned(layer, x)
        weight, pads = layer.weight, [layer.padding] * 4
        if layer.kind == "deconv":
            by = phases(layer.kernel, layer.padding, layer.stride)
            weight = phase_weights(layer.weight, by)
            pads = [-by.first, -by.first, by.last, by.last]
        repeat = len(weight) // layer.out_channels
        kernel = self.constant(f"{layer.name}.weight", weight.astype(np.int8))
        sums = self.node("ConvInteger", [unsigned, kernel, zero_point], f"{layer.name}.sums", pads=pads)
        if layer.luma is not None:
            sums = self._add_pixels(layer.luma, sums, layer, pads)
        bias = self.constant(f"{layer.name}.bias", self._column(layer.bias, repeat).astype(np.int32))
        accumulator = self.node("Add", [sums, bias], f"{layer.name}.accumulator")
        real = self._requantize(layer, accumulator, repeat)
        if layer.kind == "deconv":
            real = self.node("DepthToSpace", [real], f"{layer.name}.raster", blocksize=layer.stride, mode="CRD")
        kind = TensorProto.INT8 if layer.output.signed else TensorProto.UINT8
        return self.node("Cast", [real], output, to=kind)

    def _add_pixels(self, luma: Term, sums: str, layer: IntLayer, pads: list[int]) -> str:
        """The layer's sums and those of the frame's pixels, whose zero point is mid-gray, on one grid."""
        by = phases(layer.kernel, layer.padding, layer.stride)
        kernel = self.constant("residual.weight", phase_weights(luma.weight, by).astype(np.int8))
        zero_point = self.constant("residual.zero_point", np.array(luma.offset, np.uint8))
        pixels = self.node("ConvInteger", [INPUT, kernel, zero_point], "residual.sums", pads=pads)
        terms = []
        for name, term, factor in (("layer", sums, layer.terms[0].factor), ("pixels", pixels, luma.factor)):
            constant = self.constant(f"residual.{name}_factor", np.array(factor, np.int32))
            terms.append(self.node("Mul", [term, constant], f"residual.{name}"))
        return self.node("Add", terms, "residual.added")

    def _requantize(self, layer: IntLayer, accumulator: str, repeat: int) -> str:
        """Multiply by the multiplier that the sign picks over 2^shift, round to even, clamp: all exact in double."""
        name = layer.name
        unit = np.ldexp(1.0, -layer.shift)
        negative = self.constant(f"{name}.negative", self._column(layer.negative_multiplier * unit, repeat))
        positive = self.constant(f"{name}.positive", self._column(layer.positive_multiplier * unit, repeat))
        zero = self.constant(f"{name}.zero", np.array(0, np.int32))
        is_negative = self.node("Less", [accumulator, zero], f"{name}.is_negative")
        multiplier = self.node("Where", [is_negative, negative, positive], f"{name}.multiplier")
        real = self.node("Cast", [accumulator], f"{name}.real", to=TensorProto.DOUBLE)
        scaled = self.node("Mul", [real, multiplier], f"{name}.scaled")
        rounded = self.node("Round", [scaled], f"{name}.rounded")
        low = self.constant(f"{name}.min", np.array(layer.output.min, np.float64))
        high = self.constant(f"{name}.max", np.array(layer.output.max, np.float64))
        return self.node("Clip", [rounded, low, high], f"{name}.clamped")

    def _as_unsigned(self, layer: IntLayer, x: str) -> tuple[str, str]:
        """ConvInteger takes uint8: signed integers move up by 128, which is then their zero point, at the borders too."""
        zero = 128 if layer.input.signed else 0
        zero_point = self.constant(f"{layer.name}.zero_point", np.array(zero, np.uint8))
        if zero == 0:
            return x, zero_point
        wide = self.node("Cast", [x], f"{layer.name}.wide", to=TensorProto.INT32)
        moved = self.node("Add", [wide, self.constant(f"{layer.name}.offset", np.array(zero, np.int32))], f"{layer.name}.moved")
        return self.node("Cast", [moved], f"{layer.name}.unsigned", to=TensorProto.UINT8), zero_point

    @staticmethod
    def _check(layer: IntLayer) -> None:
        for what, int_type in (
            ("input", layer.input), ("output", layer.output), *(("weight type", term.weight_type) for term in layer.terms)
        ):  # fmt: skip
            if int_type.bits > 8:
                raise OnnxExportError(f"{layer.where}: {what} {int_type}; allowed at most 8 bits in ConvInteger")
        if layer.accumulator.bits > 32 or not exactness.requantize_is_exact(layer, np.float64):
            raise OnnxExportError(f"{layer.where}: accumulator {layer.accumulator} outside int32 sums and double products")

    @staticmethod
    def _column(values: NDArray[Any], repeat: int) -> NDArray[Any]:
        return np.repeat(values, repeat)[None, :, None, None]
