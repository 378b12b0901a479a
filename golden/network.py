"""A network as one works with it: found by name or path, run on pictures, held against its executors.

Decides nothing of its own: the integers are those of `golden.model` and `golden.video`, the verdicts those of `golden.judge`.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from golden import archive, executors, judge, networks
from golden.compiled import fastest
from golden.judge import Verdict
from golden.phases import reach
from golden.pictures import frames, memory
from golden.spec import IntNetwork
from golden.video.image import enlarge_images

Picture = TypeVar("Picture")


def _warn(reason: str) -> None:
    warnings.warn(reason, RuntimeWarning, stacklevel=2)


_execute = fastest(_warn)


@dataclass(frozen=True)
class Comparison:
    """The verdicts on some executors, in the order in which they were asked."""

    verdicts: tuple[Verdict, ...]

    @property
    def agrees(self) -> bool:
        """Whether every executor output golden's integers."""
        return all(verdict.agrees for verdict in self.verdicts)

    def __getitem__(self, executor: str) -> Verdict:
        """The verdict on one executor.  Raises KeyError for one that was not asked."""
        return {verdict.executor: verdict for verdict in self.verdicts}[executor]

    def __repr__(self) -> str:
        return "\n".join(verdict.report() for verdict in self.verdicts)

    def _repr_html_(self) -> str:
        rows = [(verdict.executor, verdict.verdict, verdict.compared, verdict.mismatches) for verdict in self.verdicts]
        return html_table(("executor", "verdict", "integers", "mismatches"), rows)


@dataclass(frozen=True, eq=False, repr=False)
class Network(IntNetwork):
    """An integer network and the file that it came from, if it came from one; equal to any network of its integers."""

    path: Path | None = None

    @overload
    def upscale(self, image: NDArray[Any]) -> NDArray[np.uint8]: ...
    @overload
    def upscale(self, image: Picture) -> Picture: ...
    def upscale(self, image: Any) -> Any:
        """The picture, `scale` times as large each way, in the form that it came in.

        image: uint8 array of (rows, columns) gray, (rows, columns, 1 to 4) gray, gray and alpha, RGB or RGBA, a batch of them
            along the first axis, a list of pictures, or a picture of Pillow's.  Gray is luma as it is; colour is that of
            `golden.video` (BT.601, studio range); alpha is enlarged by the chroma interpolator.  The network is compiled once
            (`golden.compiled`); where that cannot be, a RuntimeWarning tells why, and NumPy computes the same integers.
        Raises VideoError for any other array, ImageError for a Pillow picture of more than 8 bits.
        """
        if isinstance(image, list | tuple):
            return type(image)(self.upscale(one) for one in image)
        if memory.is_pillow(image):
            return memory.through_array(image, self.upscale)
        return enlarge_images(image, self.scale, lambda luma: _execute(self, luma), _execute, reach(self))

    def compare(
        self,
        names: Sequence[str] | str | None = None,
        on: Mapping[str, NDArray[np.uint8]] | None = None,
        *,
        timeout: float = judge.TIMEOUT_SECONDS,
        jobs: int = 1,
    ) -> Comparison:
        """Every named executor, or all that are installed, against golden's integers in every layer, each in a process of its own.

        on: (rows, columns) uint8 luma by name; the frames of `golden.compare` when left out.  timeout: seconds of each executor.
        Raises UnknownExecutorError for another name and for none, FrameError for other frames.
        """
        asked = [names] if isinstance(names, str) else list(executors.known()) if names is None else names
        found = judge.compare(
            self, asked, frames.default_frames(self) if on is None else on, path=self.path, timeout=timeout, jobs=jobs
        )
        return Comparison(tuple(found))

    def _repr_html_(self) -> str:
        rows = [
            (
                layer.name,
                f"{layer.in_channels} to {layer.out_channels}, {layer.kernel}x{layer.kernel}",
                layer.weight_type,
                layer.output,
                layer.num_weights,
            )
            for layer in self.layers
        ]
        return f"<p>{html.escape(str(self))}</p>" + html_table(("layer", "channels", "weights", "output", "number"), rows)


def html_table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table for a notebook; everything in it is text."""
    lines = [("th", head), *(("td", row) for row in rows)]
    cells = ("".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in row) for tag, row in lines)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def load(network: str | Path) -> Network:
    """The network in a file, or the one of that name in the catalogue.

    >>> load("fsrcnn-r-x2-w8a8").scale
    2

    Raises FileNotFoundError, which names the catalogue's, OSError for a file that cannot be read, and ArchiveError for any other
    file than a network.
    """
    path = networks.named(network)
    return Network(archive.load(path).layers, path)
