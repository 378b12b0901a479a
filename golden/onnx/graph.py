"""An ONNX file as it is made: nodes, constants, and the model around them.

The file carries the network's hash in its metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from golden.spec import IntLayer, IntNetwork

OPSET, IR_VERSION = 18, 10
INPUT, OUTPUT = "luma", "upscaled"


class Graph:
    """Nodes and constants of one network's file; `constant` and `node` return the name that others read them by."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def float32(self, name: str, value: Any) -> str:
        return self.constant(name, np.asarray(value, np.float32))

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def model(self, network: IntNetwork, name: str, kind: int, taps: Sequence[IntLayer] = (), **parts: Any) -> onnx.ModelProto:
        """The whole, checked: luma in and out of the element type `kind`, then the integers of the layers `taps`."""
        sizes: dict[str, list[str | int | None]] = {"in": [1, 1, "height", "width"], "out": [1, 1, "out_height", "out_width"]}
        inputs = [helper.make_tensor_value_info(INPUT, kind, sizes["in"])]
        outputs = [helper.make_tensor_value_info(OUTPUT, kind, sizes["out"])]
        for layer in taps:
            integers = TensorProto.INT8 if layer.output.signed else TensorProto.UINT8
            outputs.append(helper.make_tensor_value_info(layer.name, integers, [1, layer.out_channels, "height", "width"]))
        body = helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
        model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, **parts)
        helper.set_model_props(model, {"network_hash": network.hash})
        onnx.checker.check_model(model)
        return model
