"""What `golden.compare` asks of an executor, and where it finds them: the entry points `golden.executors` of installed packages.

Each executor lives in the package that owns its tool, so golden imports none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from golden import oracle
from golden.spec import IntNetwork

GROUP = "golden.executors"


@dataclass(frozen=True)
class Source:
    """The network to execute, and the file it came from, beside which an executor may find what else it needs."""

    network: IntNetwork
    path: Path | None = None


class Unavailable(Exception):  # noqa: N818 - a state, not a fault
    """An executor that cannot run here; `reason` says why and `remedy` how to get it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason, self.remedy = reason, remedy


class Executor(Protocol):
    """Constructed with a `Source`; raises Unavailable when its tool or its input is missing.

    max_pixels: the largest frame it is asked for, None for any.  Larger frames are cut to their middle.
    """

    max_pixels: int | None

    def __init__(self, source: Source) -> None: ...

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Integers of every layer it can tell, (channels, rows, columns) by layer name, for a (rows, columns) uint8 frame.

        The last layer must be among them.
        """
        ...


class Oracle:
    """The scalar pure-Python oracle, on small crops."""

    max_pixels: int | None = oracle.MAX_PIXELS

    def __init__(self, source: Source) -> None:
        self.network = source.network

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        return oracle.trace(self.network, luma)


def known() -> dict[str, EntryPoint]:
    """The installed executors by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def open_executor(point: EntryPoint, source: Source) -> Executor:
    """The executor behind an entry point.  Raises Unavailable, also when its package lacks a dependency."""
    try:
        executor: Executor = point.load()(source)
    except ModuleNotFoundError as error:
        raise Unavailable(f"{error.name} is not installed", "pip install 'sr2fpga[train,onnx]'") from error
    return executor
