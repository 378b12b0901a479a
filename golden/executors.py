"""What `golden.compare` asks of an executor, and where it finds them: the entry points `golden.executors` of installed packages.

Executors that need the integers alone live in golden, and import their tools when they are opened; the others live in the package
that has what they need: a student, HLS C++, RTL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from golden import exactness, oracle
from golden.cli.requirements import remedy_for
from golden.spec import IntNetwork

GROUP = "golden.executors"
SHIPPED = ("brevitas", "compiled", "csim", "finn", "onnx", "openvino", "oracle", "qonnx", "rtl")
"""The executors of this distribution: one of them that is not installed is missed, whatever is."""


@dataclass(frozen=True)
class Source:
    """The network to execute, and the file it came from, beside which an executor may find what else it needs."""

    network: IntNetwork
    path: Path | None = None


class Unavailable(Exception):  # noqa: N818 - a state, not a fault
    """An executor that cannot run here; `reason` is why and `remedy` how to get it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason, self.remedy = reason, remedy


def require_float32(source: Source, remedy: str) -> None:
    """Raises Unavailable with the layers that float32 is not proved to compute exactly."""
    inexact = [layer.name for layer in source.network.layers if not exactness.is_float32_exact(layer)]
    if inexact:
        raise Unavailable(f"float32 cannot be proved exact for {', '.join(inexact)}", remedy)


class UnknownExecutorError(ValueError):
    """A name that no installed executor has; the message gives those there are."""


class Executor(Protocol):
    """Constructed with a `Source`; raises Unavailable when its tool or its input is missing.

    max_pixels: the largest frame it is asked for, None for any.  Larger frames are cut to their middle.
    It may have a method `versions()`, which gives the versions of its tools by name.
    """

    max_pixels: int | None

    def __init__(self, source: Source) -> None: ...

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Integers of the layers that it can output, (channels, rows, columns) by layer name, for a (rows, columns) uint8 frame.

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


def everyone() -> list[str]:
    """The names of the executors that are installed, or that this distribution ships."""
    return sorted({*known(), *SHIPPED})


def named(names: Sequence[str]) -> list[EntryPoint]:
    """The installed executors of these names.  Raises UnknownExecutorError for another name, and for none."""
    found = known()
    if not names or set(names) - set(found):
        unknown = ", ".join(name for name in names if name not in found) or "of no name"
        raise UnknownExecutorError(f"no executor {unknown}; allowed {', '.join(found) or 'none: no package is installed'}")
    return [found[name] for name in names]


def open_executor(point: EntryPoint, source: Source) -> Executor:
    """The executor behind an entry point.  Raises Unavailable, also when a package that its distribution requires is missing."""
    with missing_is_unavailable(point):
        executor: Executor = point.load()(source)
    return executor


@contextmanager
def missing_is_unavailable(point: EntryPoint) -> Iterator[None]:
    """Raises Unavailable for the absence of a required package; that of any other module is a fault of the executor's own."""
    try:
        yield
    except ModuleNotFoundError as error:
        remedy = remedy_for(error, point.dist) if point.dist else None
        if remedy is None:
            raise
        raise Unavailable(f"{error.name} is not installed", remedy) from error
