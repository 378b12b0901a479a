"""The RTL as an executor of `golden.compare`: the exported SystemVerilog of the network, in Verilator, frame by frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.executors import Source, Unavailable
from hls_export.csim.executor import MAX_HEIGHT, MAX_WIDTH, planned
from rtl_tb.bench import design
from rtl_tb.bench.run import Bench
from rtl_tb.errors import MissingToolError
from rtl_tb.tools import verilator
from rtl_tb.tools.verilator import Verilator


class Rtl:
    """RTL simulation with every layer's integers.  Raises Unavailable without Verilator or a C++ compiler.

    The engines are those of 1920x1080 at the highest of 60, 30, 10 or 1 frames per second that the network reaches.
    """

    name = "rtl"
    max_pixels: int | None = 192 * 192

    def __init__(self, source: Source) -> None:
        simulator = Verilator()
        try:
            simulator.available()
        except MissingToolError as error:
            raise Unavailable(error.reason, error.remedy) from error
        self.network = source.network
        self.bench = Bench(design.exported(source.network, planned(source.network, MAX_HEIGHT, MAX_WIDTH)), simulator)

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[np.int32]]:
        return self.bench.layers(luma)

    def versions(self) -> dict[str, str]:
        simulator, compiler = verilator.versions().partition("\n")[::2]
        return {"verilator": simulator, "c++": compiler.partition("\n")[0]}
