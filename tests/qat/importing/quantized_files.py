"""Quantized networks as other programs write them: from Brevitas, in QONNX and as QuantizeLinear pairs, and node by node; and
what their files give in ONNX's own reference evaluator, in float64.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import brevitas.nn as qnn
import numpy as np
import onnx
import torch
from brevitas.quant import Int8WeightPerTensorFixedPoint, Int32Bias
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from qat.model.quantized import HiddenActivation, Luma, RectifiedActivation

DOMAIN = "qonnx.custom_op.general"


class Plain(nn.Module):
    """Convolutions in Brevitas, a pixel shuffle, and 8-bit luma in and out in steps of 2^-8.

    body: kernel and channels of each hidden layer; skip: the pixel is added to its sub-pixels before they are rounded.
    """

    def __init__(
        self,
        body: Sequence[tuple[int, int]],
        scale: int,
        kernel: int = 3,
        bits: int = 8,
        slopes: bool = False,
        skip: bool = False,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.input = qnn.QuantIdentity(act_quant=Luma, return_quant_tensor=True)
        self.body, before = nn.ModuleList(), 1
        for size, channels in body:
            activation = HiddenActivation if slopes else RectifiedActivation
            quantize = qnn.QuantIdentity(act_quant=activation, bit_width=bits, return_quant_tensor=True)
            self.body.append(nn.ModuleList([conv(before, channels, size, bits), nn.PReLU() if slopes else nn.ReLU(), quantize]))
            before = channels
        self.last = conv(before, scale**2, kernel, bits)
        self.shuffle, self.output, self.skip = nn.PixelShuffle(scale), qnn.QuantIdentity(act_quant=Luma), skip
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, value in self.named_parameters():
                if value.ndim == 4:
                    value.copy_(torch.randn(value.shape, generator=random) * (1.2 / value[0].numel()) ** 0.5)
                elif name.endswith("bias"):
                    value.copy_((torch.rand(value.shape, generator=random) - 0.3) * 0.3)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        luma = y = self.input(x)
        for layer, activation, quantize in self.body:
            y = quantize(activation(layer(y)))
        sums = self.last(y)
        return self.output(self.shuffle(sums + luma.value if self.skip else sums))


def conv(before: int, after: int, kernel: int, bits: int) -> qnn.QuantConv2d:
    parts = {"weight_quant": Int8WeightPerTensorFixedPoint, "weight_bit_width": bits, "bias_quant": Int32Bias}
    return qnn.QuantConv2d(before, after, kernel, padding=kernel // 2, **parts)


def exported(module: nn.Module, path: Path, form: str = "qonnx") -> Path:
    """The module's file by Brevitas; form: "qonnx" or "qcdq"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from brevitas.export import export_onnx_qcdq, export_qonnx

        export = export_qonnx if form == "qonnx" else export_onnx_qcdq
        export(copy.deepcopy(module), args=torch.zeros(1, 1, 9, 12), export_path=str(path), dynamo=False)
    return path


def integers_of(path: Path, luma: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """What the file's quantizers of activations give for a frame of luma, as integers, in order; the input's is the first."""
    from onnx.reference import ReferenceEvaluator
    from onnx.reference.op_run import OpRun
    from qonnx.custom_op.general.quant import quant

    class Quant(OpRun):
        op_domain = DOMAIN

        def _run(self, x, scale, zero, bits, signed=None, narrow=None, rounding_mode=None):
            return (quant(x, scale, zero, bits, signed, narrow, rounding_mode),)

    model = onnx.load(str(path))
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(known[tensor.name].astype(np.float64), tensor.name))
    quants = [node for node in model.graph.node if node.op_type == "Quant" and node.input[0] not in known]
    del model.graph.output[:], model.graph.value_info[:]
    model.graph.output.extend(helper.make_empty_tensor_value_info(node.output[0]) for node in quants)
    values = ReferenceEvaluator(model, new_ops=[Quant]).run(None, {model.graph.input[0].name: luma[None, None] / 256})
    found = [value[0] / float(known[node.input[1]]) for value, node in zip(values, quants, strict=True)]
    assert all((value == np.rint(value)).all() for value in found)
    return [value.astype(np.int64) for value in found]


class Written:
    """A QONNX graph that is written node by node."""

    def __init__(self, seed: int = 3) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"{op}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def quant(
        self, x: str, scale: Any, bits: int = 8, signed: int = 0, narrow: int = 0, zero: float = 0, mode: str = "ROUND"
    ) -> str:
        given = (self.constant(scale), self.constant(zero), self.constant(bits))
        return self.node("Quant", x, *given, domain=DOMAIN, signed=signed, narrow=narrow, rounding_mode=mode)

    def conv(self, x: str, shape: tuple[int, int, int], input_scale: Any, weight_scale: Any, bits: int = 4, **parts: Any) -> str:
        """Random integers as weights; biases on the accumulators' grid, or `bias`.  shape: (out, in, K)."""
        out, taken, kernel = shape
        limit = 2 ** (bits - 1) - 1
        scales = np.broadcast_to(np.asarray(weight_scale, np.float64), out)
        integers = self.random.integers(-limit, limit + 1, (out, taken, kernel, kernel))
        weight = self.constant(integers * scales[:, None, None, None])
        scale = scales[:, None, None, None] if np.ndim(weight_scale) else weight_scale
        steps = self.random.integers(-40, 60, out) * parts.get("bias_steps", 1)
        bias = self.constant(parts["bias"] if "bias" in parts else steps * scales * input_scale)
        quantized = self.quant(weight, scale, bits, 1, 1) if parts.get("quantized", True) else weight
        return self.node("Conv", x, quantized, bias, kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4, strides=[1, 1])

    def save(self, path: Path, output: str) -> Path:
        sides = {"in": [1, 1, "height", "width"], "out": [1, 1, "out_height", "out_width"]}
        taken = helper.make_tensor_value_info("luma", TensorProto.FLOAT, sides["in"])
        given = helper.make_tensor_value_info(output, TensorProto.FLOAT, sides["out"])
        body = helper.make_graph(self.nodes, "written", [taken], [given], self.constants)
        opsets = [helper.make_opsetid("", 13), helper.make_opsetid(DOMAIN, 1)]
        path.write_bytes(helper.make_model(body, opset_imports=opsets, ir_version=8).SerializeToString())
        return path


def written(path: Path, change: Callable[[dict[str, Any]], None] | None = None, seed: int = 3) -> Path:
    """An ESPCN-like network with dyadic weight scales, one of them per channel, 4 to 6 bits; `change` alters its numbers."""
    parts: dict[str, Any] = {
        "unit": 2.0**-8,
        "input": {},
        "first": {"weight_scale": 3 * 2.0**-5},
        "hidden": {"scale": 2.0**-4, "bits": 6},
        "second": {"weight_scale": np.array([5, 3, 7]) * 2.0**-6},
        "narrow": {"scale": 2.0**-3, "bits": 4},
        "last": {"weight_scale": 2.0**-5},
        "output": {},
        "activation": "Relu",
    }
    if change is not None:
        change(parts)
    made = Written(seed)
    x = made.quant("luma", parts["unit"], **parts["input"])
    x = made.node(parts["activation"], made.conv(x, (4, 1, 3), parts["unit"], **parts["first"]))
    x = made.quant(x, **parts["hidden"])
    x = made.node("Relu", made.conv(x, (3, 4, 3), parts["hidden"]["scale"], **parts["second"]))
    x = made.quant(x, **parts["narrow"])
    x = made.node("DepthToSpace", made.conv(x, (4, 3, 3), parts["narrow"]["scale"], **parts["last"]), blocksize=2, mode="CRD")
    return made.save(path, made.quant(x, **{"scale": parts["unit"]} | parts["output"]))
