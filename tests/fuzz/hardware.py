"""The executors that a network is tried in: those that are installed, by their names, and quick simulations of small hardware.

`csim-small` and `rtl-small` simulate frames of up to 16x12 in hardware that is drawn as the network is, the first without
optimisation, the second in Icarus: seconds for a network, where `csim` and `rtl` build programs for whole pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import IntNetwork, executors
from golden.executors import Source, Unavailable, UnknownExecutorError
from hls_export import ExportError, HardwarePlan
from hls_export.csim import simulator
from rtl_tb.bench import design
from rtl_tb.bench.run import Bench
from rtl_tb.errors import MissingToolError
from rtl_tb.stimulus import small
from rtl_tb.tools.icarus import Icarus


@dataclass(frozen=True)
class Hardware:
    """What is asked of the plan: the kind of its engines, clocks per LR pixel, LR pixels per clock."""

    engine: str = "folded"
    clocks: int = 1
    pixels: int = 1


Opener = Callable[[IntNetwork, Hardware], Any]


def drawn(random: np.random.Generator) -> Hardware:
    """Engines of either kind, or what the plan chooses; of adders one pixel a clock or several."""
    engine = ("folded", "auto", "adders", "adders")[random.integers(4)]
    if engine == "adders":
        return Hardware(engine, pixels=int(random.choice([1, 2, 4])))
    return Hardware(engine, int(random.choice([1, 2, 4, 9, 25])))


def planned(network: IntNetwork, asked: Hardware) -> HardwarePlan:
    """The plan that is asked, or, where that is refused, one of the same engines or of any, with more clocks.

    Raises Unavailable where no plan takes the network.
    """
    refused = ""
    for engine, clocks, pixels in ((asked.engine, asked.clocks, asked.pixels), (asked.engine, 60, 1), ("auto", 600, 1)):
        try:
            return small.planned(network, clocks, engine, pixels)
        except ExportError as error:
            refused = str(error)
    raise Unavailable(refused, "a network that the hardware takes")


class SmallCsim:
    """The HLS C++ of drawn hardware, as g++ compiles it fastest."""

    def __init__(self, network: IntNetwork, asked: Hardware) -> None:
        if simulator.compiler() is None:
            raise Unavailable("no C++ compiler", "apt-get install g++")
        self.network = network
        self.program = simulator.build(simulator.sources(network, planned(network, asked)), ("-O0",))

    def trace(self, luma: NDArray[np.uint8]) -> dict[str, NDArray[np.int32]]:
        return simulator.trace(self.program, self.network, luma)


class SmallRtl:
    """The SystemVerilog of drawn hardware in Icarus, whose registers are unknown until they are written."""

    def __init__(self, network: IntNetwork, asked: Hardware) -> None:
        icarus = Icarus()
        try:
            icarus.available()
        except MissingToolError as error:
            raise Unavailable(error.reason, error.remedy) from error
        self.bench = Bench(design.exported(network, planned(network, asked)), icarus)

    def trace(self, luma: NDArray[np.uint8]) -> dict[str, NDArray[np.int32]]:
        return self.bench.layers(luma)


SMALL: dict[str, Opener] = {"csim-small": SmallCsim, "rtl-small": SmallRtl}


def opened(names: Sequence[str]) -> dict[str, Opener]:
    """How the executors of these names are opened.  Raises UnknownExecutorError for another name, and for none."""
    installed = executors.known()
    if unknown := [name for name in names or [""] if name not in {*installed, *SMALL}]:
        raise UnknownExecutorError(f"no executor '{unknown[0]}'; allowed {', '.join([*installed, *SMALL])}")
    return {name: SMALL.get(name) or _installed(installed[name]) for name in names}


def _installed(point: Any) -> Opener:
    return lambda network, asked: executors.open_executor(point, Source(network))
