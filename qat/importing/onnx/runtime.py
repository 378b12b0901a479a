"""A float ONNX file in onnxruntime: what was read of it must give what it gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from qat.errors import ForeignError
from qat.importing.chain import Chain

GRAY_LEVELS = 0.01
"""What float32 may move."""
SIDES = (9, 12)
"""Rows and columns of the frame."""


def check(path: Path, chain: Chain) -> None:
    """Raises ForeignError unless the chain gives what the file gives, on noise."""
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        model = onnx.load_model_from_string(path.read_bytes())
        for value in (*model.graph.input, *model.graph.output):  # of any size, also where the file was made for one
            for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
                dimension.dim_param = f"{value.name} {axis}"
        del model.graph.value_info[:]
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        x = np.random.default_rng(1).integers(0, 256, (1, 1, *SIDES)) * (chain.white / 255)
        (theirs,) = session.run(None, {session.get_inputs()[0].name: x.astype(np.float32)})
    except Exception as error:  # onnxruntime raises whatever the graph leads to
        raise ForeignError(f"onnxruntime does not run it ({(str(error).splitlines() or ['no reason'])[0][:160]})") from error
    ours = chain.run(torch.from_numpy(x)).clamp(0, chain.white).numpy()
    if theirs.shape != ours.shape or not np.isfinite(theirs).all():
        raise ForeignError(f"gives {theirs.shape} for {x.shape}; allowed {ours.shape}, finite")
    off = float(np.abs(theirs.astype(np.float64).clip(0, chain.white) - ours).max() * 255 / chain.white)
    if off > GRAY_LEVELS:
        raise ForeignError(f"as it is read it is {off:.3g} gray levels from what onnxruntime gives; allowed {GRAY_LEVELS}")
