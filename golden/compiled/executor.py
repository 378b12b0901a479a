"""The compiled network as an executor of `golden.compare`."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from golden.compiled.build import NoCompilerError, compiler, version
from golden.compiled.program import Program
from golden.executors import Source, Unavailable


class Compiled:
    """Every layer's integers of the C++ that `golden.upscale` runs.  Raises Unavailable without a C++ compiler."""

    name = "compiled"
    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        try:
            self._compiler = compiler()
        except NoCompilerError as error:
            reason, _, remedy = str(error).rpartition("; ")
            raise Unavailable(reason, remedy) from error
        self._program = Program(source.network)

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        return self._program.trace(luma)

    def versions(self) -> dict[str, str]:
        return {"c++": version(self._compiler).partition("\n")[0], "instructions": self._program.instructions.name}
