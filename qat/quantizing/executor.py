"""The quantized student as an executor of `golden.compare`: any network that one means, thawed, by Brevitas in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.executors import Source, Unavailable
from golden.spec import IntNetwork
from qat.model.shape import UNIT

Array = NDArray[Any]
Trace = dict[str, Array]


def student_of(network: IntNetwork) -> Any:
    """The quantized student that means the network.  Raises Unavailable where none does."""
    from qat.quantizing.thaw import ThawError, thaw

    try:
        return thaw(network)
    except ThawError as error:
        raise Unavailable(f"no quantized student: {error}", "the executors onnx and oracle take other networks too") from error


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
        self.student = student_of(source.network).double()

    def trace(self, luma: Array) -> Trace:
        import torch

        taps = {}
        with torch.no_grad():
            x = self.student.input(torch.from_numpy(luma * UNIT)[None, None])
            for name, x in self.student.maps(x):  # noqa: B020 - each layer reads the one before
                taps[name] = integers(x.value[0].numpy(), float(x.scale), name)
        return taps
