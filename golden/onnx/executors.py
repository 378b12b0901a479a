"""The executors of the integer ONNX file, for `golden.compare`: onnxruntime and OpenVINO."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from golden.executors import Source, Unavailable, require_float32
from golden.onnx import OnnxExportError


class Onnx:
    """The frozen integers as standard ONNX operators, in onnxruntime."""

    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        import onnxruntime

        model, self.names = _integer_file(source)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        values = self.session.run(None, {self.session.get_inputs()[0].name: luma[None, None]})
        return {name: value[0] for name, value in zip(self.names, values, strict=True)}


class OpenVino:
    """The same file in OpenVINO at float32, which computes double-precision products in float32 too: only for networks whose every
    layer is proved exact there.

    At its default precision it may compute in bfloat16, which is not exact; INFERENCE_PRECISION_HINT is set.
    """

    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        import openvino

        require_float32(source, "the executor onnx computes them in int32 and float64")
        core = openvino.Core()
        model, self.names = _integer_file(source)
        self.compiled = core.compile_model(core.read_model(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        values = self.compiled([luma[None, None]])
        return {name: values[index][0].copy() for index, name in enumerate(self.names)}


def _integer_file(source: Source) -> tuple[bytes, list[str]]:
    """The integer ONNX file and whose layer each of its outputs is.  Raises Unavailable for what its operators do not take."""
    from golden.onnx.integer import integer_onnx

    *hidden, last = [layer.name for layer in source.network.layers]
    try:
        return integer_onnx(source.network, taps=True).SerializeToString(), [last, *hidden]
    except OnnxExportError as error:
        raise Unavailable(str(error), "the executor oracle has no such limit") from error
