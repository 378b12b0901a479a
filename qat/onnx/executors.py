"""The executors of the QONNX file, for `golden.compare`: QONNX's own and finn-base.

Both execute the quantized student that the network thaws to.
"""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

import numpy as np

from golden.executors import Source, Unavailable, require_float32
from qat.model.shape import UNIT
from qat.quantizing.executor import Array, Trace, integers, student_of


class _QonnxFile:
    """The QONNX export of the student, in float64 or float32, and which of its tensors is which layer's output."""

    def __init__(self, source: Source, double: bool) -> None:
        from qat.onnx.qonnx_export import qonnx_of

        student = student_of(source.network)
        student = student.double() if double else student
        self.model = qonnx_of(student, source.network.hash)
        self.scales = {name: _output_scale(module) for name, module in student.layers.items()}
        self.tap_of = dict(zip(self.scales, layer_outputs(self.model), strict=True))

    def trace_of(self, tensors: dict[str, Array]) -> Trace:
        return {name: integers(tensors[tap][0], self.scales[name], name) for name, tap in self.tap_of.items()}


def _output_scale(module: Any) -> float:
    return float(module.requantize.act_quant.scale().detach())


class Qonnx:
    """The QONNX file in float64: standard nodes by onnx's reference evaluator, Quant nodes by qonnx's own function."""

    max_pixels: int | None = 96 * 128

    def __init__(self, source: Source) -> None:
        import qonnx.custom_op.general.quant  # noqa: F401 - missing is said before work begins

        self.file = _QonnxFile(source, double=True)

    @cached_property
    def _evaluator(self) -> Any:
        from onnx.helper import make_empty_tensor_value_info
        from onnx.reference import ReferenceEvaluator
        from onnx.reference.op_run import OpRun
        from qonnx.custom_op.general.quant import quant

        class Quant(OpRun):
            op_domain = "qonnx.custom_op.general"

            def _run(self, x, scale, zero, bits, signed=None, narrow=None, rounding_mode=None):
                return (quant(x, scale, zero, bits, signed, narrow, rounding_mode),)

        model = copy.deepcopy(self.file.model)
        model.graph.output.extend(map(make_empty_tensor_value_info, list(self.file.tap_of.values())[:-1]))
        return ReferenceEvaluator(model, new_ops=[Quant])

    def trace(self, luma: Array) -> Trace:
        values = self._evaluator.run(None, {self.file.model.graph.input[0].name: (luma * UNIT)[None, None]})
        return self.file.trace_of(dict(zip(self._evaluator.output_names, values, strict=True)))


class Finn:
    """The QONNX file in finn-base, which computes in float32: only for networks whose every layer is proved exact there."""

    max_pixels: int | None = 96 * 128

    def __init__(self, source: Source) -> None:
        try:
            import finn.core.onnx_exec  # noqa: F401
        except ModuleNotFoundError as error:
            if error.name != "finn":
                raise
            raise Unavailable(
                "finn-base is not installed", "make install (its build needs the setuptools of constraints.txt)"
            ) from error
        require_float32(source, "the executor qonnx computes them in float64")
        self.file = _QonnxFile(source, double=False)
        self._by_shape: dict[tuple[int, ...], Any] = {}

    def trace(self, luma: Array) -> Trace:
        from finn.core.onnx_exec import execute_onnx

        model, names = self._model_for(luma.shape)
        x = (luma * UNIT).astype(np.float32)[None, None]
        tensors = execute_onnx(model, {model.graph.input[0].name: x}, return_full_exec_context=True)
        return {layer: integers(tensors[name][0], self.file.scales[layer], layer) for layer, name in names.items()}

    def _model_for(self, shape: tuple[int, ...]) -> tuple[Any, dict[str, str]]:
        """finn-base wants every shape known: the graph cleaned up for one frame size, and its tap names."""
        if shape not in self._by_shape:
            from finn.core.modelwrapper import ModelWrapper as FinnModel
            from qonnx.core.modelwrapper import ModelWrapper
            from qonnx.util.cleanup import cleanup_model

            model = ModelWrapper(copy.deepcopy(self.file.model))
            model.set_tensor_shape(model.graph.input[0].name, [1, 1, *shape])
            graph = cleanup_model(model).model
            for node in graph.graph.node:
                if node.domain == "qonnx.custom_op.general":
                    node.domain = "finn.custom_op.general"
            default = [opset for opset in graph.opset_import if opset.domain == ""]
            del graph.opset_import[:]
            graph.opset_import.extend(default)
            self._by_shape[shape] = FinnModel(graph), dict(zip(self.file.scales, layer_outputs(graph), strict=True))
        return self._by_shape[shape]


def layer_outputs(model: Any) -> list[str]:
    """The tensors that requantize each layer, in order: those Quant nodes that read a PRelu, the deconvolution or its sum with a
    residual.
    """
    made_by = {output: node.op_type for node in model.graph.node for output in node.output}
    quants = [node for node in model.graph.node if node.op_type == "Quant"]
    return [node.output[0] for node in quants if made_by.get(node.input[0]) in ("PRelu", "ConvTranspose", "Add")]
