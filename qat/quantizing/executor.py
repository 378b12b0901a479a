"""The quantized student as an executor of `golden.compare`: Brevitas in float64, and where a network's student lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.executors import Source, Unavailable
from qat.model.shape import UNIT

Array = NDArray[Any]
Trace = dict[str, Array]


def student_beside(source: Source) -> Any:
    """The quantized student from which the network was frozen.  Raises Unavailable when it is not there, or of another network."""
    from qat.training.float_student import StudentError, load_student

    remedy = "python -m qat.distill writes it beside the network"
    if source.path is None:
        raise Unavailable("the network has no file, so no quantized student beside it", remedy)
    path = source.path.with_suffix(".safetensors")
    try:
        student, network_hash = load_student(path)
    except (FileNotFoundError, StudentError) as error:
        raise Unavailable(f"no quantized student at {path} ({error})", remedy) from error
    if network_hash != source.network.hash:
        raise Unavailable(f"{path} is the student of network {network_hash[:12]}, not {source.network.hash[:12]}", remedy)
    return student


def integers(real: Array, scale: float, where: str) -> Array:
    """Real values as integers of `scale`; refuses values that are no multiple of it."""
    values = real.astype(np.float64) / scale
    rounded = np.rint(values)
    if not np.array_equal(values, rounded):
        raise ValueError(f"{where}: values are not multiples of the scale {scale}")
    return rounded.astype(np.int64)


class Brevitas:
    """The quantized student itself, in float64, where everything that it computes is exact."""

    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        self.student = student_beside(source).double().eval()

    def trace(self, luma: Array) -> Trace:
        import torch

        taps = {}
        with torch.no_grad():
            x = self.student.input(torch.from_numpy(luma * UNIT)[None, None])
            for name, x in self.student.maps(x):  # noqa: B020 - each layer reads the one before
                taps[name] = integers(x.value[0].numpy(), float(x.scale), name)
        return taps
