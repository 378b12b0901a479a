"""A compiled network: the integers of `golden.model`, many times as fast."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.compiled.build import CompileError, load
from golden.compiled.instructions import InstructionSet, here
from golden.compiled.source import entry
from golden.model import checked, run
from golden.spec import IntNetwork

Array = NDArray[Any]
Execute = Callable[[IntNetwork, Array], NDArray[np.uint8]]


def usable_cpus() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Program:
    """`network` as machine code for this CPU, built once and kept in the user's cache.

    instructions: left out, the fastest that the CPU has.  threads: left out, one for each CPU that the process may use.
    together: networks that are built in one library with it.
    Raises CompileError.
    """

    def __init__(
        self,
        network: IntNetwork,
        instructions: InstructionSet | None = None,
        *,
        threads: int | None = None,
        together: Sequence[IntNetwork] = (),
    ) -> None:
        self.network, self.instructions, self.threads = network, instructions or here()[0], threads or usable_cpus()
        self._library = load(together or (network,), self.instructions)
        self._run = self._library[entry(network)]
        self._run.restype = ctypes.c_int
        sizes = [ctypes.c_long] * 4
        self._run.argtypes = [ctypes.c_void_p, *sizes, ctypes.c_void_p, ctypes.c_long, ctypes.c_void_p]

    def run(self, luma: Array) -> NDArray[np.uint8]:
        """What `golden.run` gives for a (height, width) uint8 frame.  Raises FrameError as it does."""
        return self.rows(luma, 0, len(checked(luma)))

    def rows(self, luma: Array, first: int, last: int) -> NDArray[np.uint8]:
        """The rows of `run` that belong to rows first .. last - 1 of the frame, which is all that is computed.

        Raises FrameError as `run` does, and ValueError for rows that the frame has not.
        """
        return self._computed(checked(luma), first, last, None)

    def trace(self, luma: Array) -> dict[str, Array]:
        """Every layer's integers by layer name, as `golden.trace` gives them."""
        frame = checked(luma)
        hidden = [np.zeros((layer.out_channels, *frame.shape), dtype=np.int32) for layer in self.network.layers[:-1]]
        pointers = (ctypes.c_void_p * (len(hidden) + 1))(*(integers.ctypes.data for integers in hidden))
        output = self._computed(frame, 0, len(frame), pointers)
        names = [layer.name for layer in self.network.layers]
        types = [layer.output.dtype for layer in self.network.layers]
        return {name: integers.astype(dtype) for name, dtype, integers in zip(names, types, [*hidden, output[None]], strict=True)}

    def _computed(self, frame: Array, first: int, last: int, traced: Any) -> NDArray[np.uint8]:
        height, width = frame.shape
        if not 0 <= first <= last <= height:
            raise ValueError(f"rows {first} to {last} of a frame of {height}; allowed 0 to {height}")
        scale, taken = self.network.scale, np.ascontiguousarray(frame)
        output = np.empty(((last - first) * scale, width * scale), dtype=np.uint8)
        if not self._run(taken.ctypes.data, height, width, first, last, output.ctypes.data, self.threads, traced):
            raise MemoryError
        return output


def fastest(tell: Callable[[str], None]) -> Execute:
    """What runs networks as fast as this machine can: each compiled, once; or, after `tell` was told why, `golden.run`.

    Threads may share it.
    """
    programs: dict[str, Execute] = {}
    lock = Lock()

    def program(network: IntNetwork) -> Execute:
        try:
            compiled = Program(network)
        except CompileError as error:
            if run not in programs.values():
                tell(f"NumPy computes, several times slower: {error}")
            return run
        return lambda _, luma: compiled.run(luma)

    def execute(network: IntNetwork, luma: Array) -> NDArray[np.uint8]:
        with lock:
            if network.hash not in programs:
                programs[network.hash] = program(network)
        return programs[network.hash](network, luma)

    return execute
