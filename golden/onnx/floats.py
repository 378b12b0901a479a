"""The frozen network in float arithmetic, as an ONNX file of Conv, PRelu, Clip and ConvTranspose: the frozen weights, and nothing
rounded between the layers.

It is what runtimes without integer operators take; its pictures are near golden's, not equal.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from golden.onnx import OnnxExportError
from golden.onnx.graph import INPUT, OUTPUT, Graph
from golden.spec import LUMA, IntLayer, IntNetwork

GRAYS = float(1 << LUMA.bits)
"""Gray levels that a real 1 of luma is."""
ABOUT = "Float arithmetic with the frozen weights: not the integers, which the file beside it has."


def float_onnx(network: IntNetwork) -> onnx.ModelProto:
    """`network` as an ONNX model, float32 (1, 1, H, W) `luma` to (1, 1, scale*H, scale*W) `upscaled`, both gray levels / 256, as in
    the QONNX file.

    Raises OnnxExportError for multipliers that are no PRelu's.
    """
    graph, x = Graph(), INPUT
    for layer in network.layers:
        last = layer is network.layers[-1]
        taken, given = (GRAYS if x == INPUT else 1.0), (GRAYS if last else 1.0)
        x = _add_layer(graph, layer, x, OUTPUT if last else layer.name, (taken, given))
    return graph.model(network, "float_network", TensorProto.FLOAT, doc_string=ABOUT)


def _add_layer(graph: Graph, layer: IntLayer, x: str, output: str, units: tuple[float, float]) -> str:
    """units: the integers that a real 1 is, at the layer's input and at its output."""
    if (layer.positive_multiplier <= 0).any():
        channel = int((layer.positive_multiplier <= 0).argmax())
        found = f"positive_multiplier {int(layer.positive_multiplier[channel])} at co={channel}"
        raise OnnxExportError(f"{layer.where}: {found}; allowed above 0, as a PRelu's is 1")
    name, (taken, given) = layer.name, units
    gain = np.ldexp(layer.positive_multiplier, -layer.shift) / given
    bias = graph.float32(f"{name}.bias", layer.bias * gain)
    y = _convolution(graph, layer, layer.terms[0].factor * taken * gain[:, None, None, None] * layer.weight, x, bias)
    if layer.luma is not None:
        middle = graph.float32("residual.middle", layer.luma.offset / GRAYS)
        centered = graph.node("Sub", [INPUT, middle], "residual.centered")
        taps = layer.luma.factor * GRAYS * gain[:, None, None, None] * layer.luma.weight
        y = graph.node("Add", [y, _convolution(graph, layer, taps, centered, "", "residual")], f"{name}.added")
    if (layer.negative_multiplier != layer.positive_multiplier).any():
        slope = graph.float32(f"{name}.slope", (layer.negative_multiplier / layer.positive_multiplier)[:, None, None])
        y = graph.node("PRelu", [y, slope], f"{name}.prelu")
    limits = [graph.float32(f"{name}.{part}", getattr(layer.output, part) / given) for part in ("min", "max")]
    return graph.node("Clip", [y, *limits], output)


def _convolution(graph: Graph, layer: IntLayer, weight: NDArray[np.float64], x: str, bias: str, name: str = "") -> str:
    """weight: (out_channels, in_channels, K, K)."""
    name, pads = name or layer.name, [layer.padding] * 4
    if layer.kind == "conv":
        return graph.node("Conv", [x, graph.float32(f"{name}.weight", weight), bias], f"{name}.sums", pads=pads)
    inputs = [x, graph.float32(f"{name}.weight", weight.swapaxes(0, 1)), bias]
    parts = {"strides": [layer.stride] * 2, "output_padding": [layer.output_padding] * 2}
    return graph.node("ConvTranspose", inputs if bias else inputs[:2], f"{name}.sums", pads=pads, **parts)
