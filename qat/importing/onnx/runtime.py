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
"""Rows and columns of the frame, where the file takes any."""
MAX_SIDE = 1024


def check(path: Path, chain: Chain) -> None:
    """Raises ForeignError unless the chain gives what the file gives, on noise."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        (taken,) = session.get_inputs()
        sides = [size if isinstance(size, int) else side for size, side in zip(taken.shape[2:], SIDES, strict=True)]
        if not all(0 < side <= MAX_SIDE for side in sides):
            raise ForeignError(f"takes frames of {sides[0]} x {sides[1]}; allowed up to {MAX_SIDE}")
        x = np.random.default_rng(1).integers(0, 256, (1, 1, *sides)) * (chain.white / 255)
        (theirs,) = session.run(None, {taken.name: x.astype(np.float32)})
    except ForeignError:
        raise
    except Exception as error:  # onnxruntime raises whatever the graph leads to
        raise ForeignError(f"onnxruntime does not run it ({(str(error).splitlines() or ['no reason'])[0][:160]})") from error
    ours = chain.run(torch.from_numpy(x)).clamp(0, chain.white).numpy()
    if theirs.shape != ours.shape or not np.isfinite(theirs).all():
        raise ForeignError(f"gives {theirs.shape} for {x.shape}; allowed {ours.shape}, finite")
    off = float(np.abs(theirs.astype(np.float64).clip(0, chain.white) - ours).max() * 255 / chain.white)
    if off > GRAY_LEVELS:
        raise ForeignError(f"as it is read it is {off:.3g} gray levels from what onnxruntime gives; allowed {GRAY_LEVELS}")
