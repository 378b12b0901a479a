"""The C simulation as an executor of `golden.compare`: the exported C++ of the network, built by g++ and run frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.executors import Source, Unavailable
from golden.spec import IntNetwork
from hls_export.csim import simulator
from hls_export.errors import ExportError
from hls_export.plan.choice import clocked
from hls_export.plan.devices import DEVICES
from hls_export.plan.plan import HardwarePlan, assemble
from hls_export.plan.target import LOWEST, Target

MAX_WIDTH, MAX_HEIGHT = 1920, 1080
RATES = (60.0, 30.0, 10.0, 1.0)


class Csim:
    """HLS C++ in C simulation, with every layer's integers.  Raises Unavailable without a C++ compiler.

    The engines are those of 1920x1080 at the highest of 60, 30, 10 or 1 frames per second that the network reaches; a larger
    frame gets line buffers of its own size.
    """

    name = "csim"
    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        if simulator.compiler() is None:
            raise Unavailable("no C++ compiler (g++, or the one that CXX names)", "apt-get install g++")
        self.network = source.network
        self._programs: dict[tuple[int, int], Path] = {}

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[np.int32]]:
        height, width = luma.shape
        limits = (max(MAX_HEIGHT, height), max(MAX_WIDTH, width))
        if limits not in self._programs:
            plan = planned(self.network, *limits)
            self._programs[limits] = simulator.build(simulator.sources(self.network, plan), simulator.fastest(plan))
        return simulator.trace(self._programs[limits], self.network, luma)

    def versions(self) -> dict[str, str]:
        return {"c++": simulator.compiler_version().partition("\n")[0]}


def planned(network: IntNetwork, height: int, width: int, engine: str = Target.engine) -> HardwarePlan:
    """The plan for the highest rate that is reached with engines of this choice, whatever device would hold it."""
    for fps in RATES:
        try:
            target = clocked(network, Target(width, height, fps, LOWEST, DEVICES["zu15eg"], engine=engine))
            return assemble(network, target, target.budget_clocks)
        except ExportError as error:
            refused = error
    raise refused
