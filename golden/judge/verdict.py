"""What the judge finds about one executor: a verdict, and every integer counted.

Decides what counts as agreement: every integer of every layer that an executor outputs lies in the layer's type and is golden's
by `==`, the last layer is among them, and something was compared.  It knows neither processes nor executors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import model
from golden.int_type import IntType
from golden.pictures import frames
from golden.spec import IntNetwork

AGREES, DIFFERS, BROKE_DOWN, NOT_RUN = "agrees", "differs", "broke down", "not run"
INTEGERS = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
MAX_LINE = 500
Array = NDArray[Any]
Frames = Mapping[str, NDArray[np.uint8]]
Trace = Callable[[Array], dict[str, Array]]
Description = dict[str, tuple[str, tuple[int, ...]]]
"""Layer name -> name of the dtype (or of the Python type of what is no array) and shape."""


class OutputError(ValueError):
    """Outputs that are not arrays of integers of the network's layers; the message says which, and what is allowed."""


@dataclass(frozen=True)
class Mismatch:
    """The first integer that differs: frame, channel, row and column, and both values."""

    frame: str
    channel: int
    row: int
    column: int
    golden: int
    executor: int

    def __str__(self) -> str:
        place = f"channel {self.channel}, row {self.row}, column {self.column} of '{self.frame}'"
        return f"{place}: golden {self.golden}, executor {self.executor}"


@dataclass
class LayerAgreement:
    """One layer of one executor: the frames in which it was output, its integers compared, and those that differ."""

    layer: str
    type: IntType
    frames: int = 0
    compared: int = 0
    mismatches: int = 0
    first: Mismatch | None = None

    def add(self, frame: str, expected: Array, outputs: Array) -> None:
        """Count one frame of integers of the expected shape, in any integer dtype."""
        different = self._outside(outputs) | (expected.astype(np.int64) != outputs.astype(np.int64))
        count = int(different.sum())
        if count and self.first is None:
            place = tuple(int(i) for i in np.unravel_index(int(different.argmax()), different.shape))
            channel, row, column = place
            self.first = Mismatch(frame, channel, row, column, int(expected[place]), int(outputs[place]))
        self.frames += 1
        self.compared += expected.size
        self.mismatches += count

    def _outside(self, outputs: Array) -> NDArray[np.bool_]:
        """Where integers lie outside the layer's type: judged in their own dtype, as a cast may wrap them into it."""
        holds = np.iinfo(outputs.dtype)
        below, above = outputs < max(self.type.min, int(holds.min)), outputs > min(self.type.max, int(holds.max))
        return np.asarray(below | above)


@dataclass
class Verdict:
    """What one executor output for one network, layer by layer, and what the judge concludes.

    verdict: `agrees`; `differs`, when anything that it outputs is not golden's; `broke down`, when it ended without its outputs;
    `not run`, when what it needs is missing.  seconds: wall time.  log: the last lines that it printed, when it broke down.
    """

    executor: str
    layers: list[LayerAgreement]
    verdict: str = NOT_RUN
    reason: str = ""
    remedy: str = ""
    frames: int = 0
    output_pixels: int = 0
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    log: str = ""

    @classmethod
    def of(cls, executor: str, network: IntNetwork, reason: str = "not started") -> Verdict:
        """The verdict before anything has run."""
        return cls(executor, [LayerAgreement(layer.name, layer.output) for layer in network.layers], reason=reason)

    @property
    def compared(self) -> int:
        return sum(layer.compared for layer in self.layers)

    @property
    def mismatches(self) -> int:
        return sum(layer.mismatches for layer in self.layers)

    @property
    def first(self) -> tuple[str, Mismatch] | None:
        """Layer and place of the first difference in the order of the layers: where the fault is."""
        return next(((layer.layer, layer.first) for layer in self.layers if layer.first), None)

    @property
    def agrees(self) -> bool:
        return self.verdict == AGREES

    @property
    def not_output(self) -> list[str]:
        """The layers that the executor left out of at least one frame that it was given."""
        return [layer.layer for layer in self.layers if layer.frames < self.frames]

    def add(self, frame: str, expected: dict[str, Array], outputs: dict[str, Array]) -> None:
        """Count one frame's outputs, which `check` has passed."""
        for layer in self.layers:
            if layer.layer in outputs:
                layer.add(frame, expected[layer.layer], outputs[layer.layer])
        self.frames += 1
        self.output_pixels += expected[self.layers[-1].layer].size

    def conclude(self) -> None:
        """The verdict when all frames have been output."""
        self.verdict, self.reason = AGREES, ""
        if self.first:
            layer, place = self.first
            self.verdict, self.reason = DIFFERS, f"first in layer '{layer}', {place}"
        elif not self.layers[-1].compared:
            self.verdict, self.reason = DIFFERS, "no integer of the last layer was compared"

    def fail(self, verdict: str, reason: str, remedy: str = "") -> None:
        """The verdict when something ended the work early; integers that differed before it remain a difference."""
        differed, reason = self.first is not None, one_line(reason)
        self.conclude()
        if differed:
            self.reason += f"; then {verdict}: {reason}"
        else:
            self.verdict, self.reason, self.remedy = verdict, reason, one_line(remedy)

    def report(self, taps: bool = False) -> str:
        """The lines that one reads of it; taps: every layer as well."""
        head, margin = f"{self.executor:10} {self.verdict}: ", " " * 10
        counts = (
            f"{self.mismatches} mismatches in {self.compared} integers, {self.output_pixels} output pixels of {self.frames} frames"
        )
        lines = [head + (counts if self.verdict in (AGREES, DIFFERS) else self.reason)]
        if self.verdict == DIFFERS:
            lines.append(f"{margin} {self.reason}")
        if self.remedy:
            lines.append(f"{margin} remedy: {self.remedy}")
        if self.not_output:
            lines.append(f"{margin} does not output {', '.join(self.not_output)}")
        if taps:
            lines += [f"{margin} {layer.layer:16} {layer.mismatches:8} of {layer.compared}" for layer in self.layers]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        layers = [asdict(layer) | {"type": str(layer.type)} for layer in self.layers]
        counts = {"compared": self.compared, "mismatches": self.mismatches, "not_output": self.not_output}
        return asdict(self) | counts | {"layers": layers, "seconds": round(self.seconds, 3)}


def one_line(text: str) -> str:
    """Text from an executor as a line that may be printed: no control characters, at most 500 characters.

    >>> one_line("out of\\n luck\\x1b[2J")
    'out of luck?[2J'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))[:MAX_LINE]


def describe(outputs: Any) -> Description:
    """Dtype and shape of everything in an executor's outputs.  Raises OutputError unless they are a dict by layer name."""
    if not isinstance(outputs, dict) or not all(isinstance(name, str) for name in outputs):
        names = f" with names {list(outputs)!r:.80}" if isinstance(outputs, dict) else ""
        raise OutputError(f"outputs {type(outputs).__name__}{names}; allowed a dict of arrays by layer name")
    return {
        str(name): (value.dtype.name, value.shape) if type(value) in (np.ndarray, np.memmap) else (type(value).__name__, ())
        for name, value in outputs.items()
    }


def check(description: Description, frame: str, expected: dict[str, Array]) -> None:
    """Raises OutputError unless these are integers of the expected shapes, of layers of the network, the last among them."""
    unknown, last = sorted(set(description) - set(expected)), list(expected)[-1]
    if unknown:
        raise OutputError(f"frame '{frame}': outputs {', '.join(map(repr, unknown)):.200}; allowed layers {', '.join(expected)}")
    if last not in description:
        raise OutputError(f"frame '{frame}': outputs {', '.join(description) or 'no layer'}; the last, {last}, must be among them")
    for layer, (dtype, shape) in description.items():
        if dtype not in INTEGERS or shape != expected[layer].shape:
            allowed = expected[layer].shape
            raise OutputError(f"layer '{layer}', frame '{frame}': outputs {dtype} {shape}; allowed integers {allowed}")


def trace_verdict(
    network: IntNetwork, name: str, trace: Trace, on: Frames, max_pixels: int | None = None, golden: Trace | None = None
) -> Verdict:
    """The verdict on a `trace` that runs in this process, unsealed: for tests and planted faults; its exceptions pass through.

    Larger frames than `max_pixels` give their middle.  golden: the golden trace, for a caller that keeps it.
    """
    verdict = Verdict.of(name, network)
    for frame_name, whole in on.items():
        frame = whole if max_pixels is None else frames.middle(whole, max_pixels)
        expected = golden(frame) if golden else model.trace(network, frame)
        outputs = trace(frame.copy())
        try:
            check(describe(outputs), frame_name, expected)
        except OutputError as error:
            verdict.fail(DIFFERS, str(error))
            return verdict
        verdict.add(frame_name, expected, outputs)
    verdict.conclude()
    return verdict
