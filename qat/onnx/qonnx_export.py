"""The QONNX file of a quantized student: Brevitas's own export, made free of the frame size.

The file carries the network's hash in its metadata.
"""

from __future__ import annotations

import copy
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnx import helper

from qat.model.quantized import QuantizedFSRCNN


def qonnx_of(student: QuantizedFSRCNN, network_hash: str) -> onnx.ModelProto:
    """The Brevitas QONNX export of a quantized student, for any frame size; real (1, 1, H, W) luma in [0, 1) in steps of 2^-8,
    of the student's own type, float32 or float64.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Brevitas warns of its own old parts, torch of its TorchScript exporter
        from brevitas.export import export_qonnx

        path = Path(folder) / "student.onnx"
        sample = torch.zeros(1, 1, 16, 16, dtype=next(student.parameters()).dtype)
        export_qonnx(copy.deepcopy(student).eval(), args=sample, export_path=str(path), dynamo=False)
        model = onnx.load(str(path))
    del model.graph.value_info[:]
    for value, sizes in ((model.graph.input[0], ("height", "width")), (model.graph.output[0], ("out_height", "out_width"))):
        for dimension, name in zip(value.type.tensor_type.shape.dim[2:], sizes, strict=True):
            dimension.ClearField("dim_value")
            dimension.dim_param = name
    helper.set_model_props(model, {"network_hash": network_hash})
    return model
