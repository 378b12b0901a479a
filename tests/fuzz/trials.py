"""Drawing networks and trying each in executors: what was compared, and the smallest network that differs."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import model
from golden.executors import Unavailable
from tests.fuzz.found import Case, keep
from tests.fuzz.hardware import Opener, drawn
from tests.fuzz.shrinking import smallest
from tests.strategies import CONTENTS, content, legal_network, student_network

LARGEST_SIDE = 7
"""Of a frame."""


class MismatchError(AssertionError):
    """An executor's integers are not golden's, or it broke down."""


@dataclass
class Trials:
    """What was tried: networks, and by executor the integers compared and the networks refused, with the last reason."""

    networks: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def hold(self, case: Case, openers: Mapping[str, Opener]) -> None:
        """Hold every executor against golden.  Raises MismatchError that names executor, layer, and how many integers differ."""
        self.networks += 1
        expected = [model.trace(case.network, frame) for frame in case.frames]
        for name, opener in openers.items():
            with _naming(name, case):
                try:
                    executor = opener(case.network, case.hardware)
                except Unavailable as error:
                    self.refused[name] += 1
                    self.reasons[name] = str(error)
                    continue
                for frame, layers in zip(case.frames, expected, strict=True):
                    self._compare(name, executor.trace(frame), layers, case.network.layers[-1].name)

    def _compare(self, name: str, outputs: dict[str, Any], expected: dict[str, Any], last: str) -> None:
        if last not in outputs or not set(outputs) <= set(expected):
            raise MismatchError(f"outputs {', '.join(outputs)}; allowed {', '.join(expected)}, '{last}' among them")
        for layer, found in outputs.items():
            integers = expected[layer]
            if np.shape(found) != integers.shape:
                raise MismatchError(f"layer '{layer}' of shape {np.shape(found)}; allowed {integers.shape}")
            if wrong := int(np.count_nonzero(np.asarray(found) != integers)):
                raise MismatchError(f"{wrong} of {integers.size} integers differ in layer '{layer}'")
            self.compared[name] += integers.size

    def __str__(self) -> str:
        rows = [f"{self.networks} networks in {time.monotonic() - self.started:.0f} s"]
        for name in sorted({*self.compared, *self.refused}):
            refused = f", {self.refused[name]} refused, the last: {self.reasons[name]}" if self.refused[name] else ""
            rows.append(f"{name:10} 0 mismatches in {self.compared[name]} integers{refused}")
        return "\n".join(rows)


def draw(seed: int, number: int) -> Case:
    """The case of that number: alike on every machine, and whatever was drawn before.

    Piece by piece Hypothesis would draw most networks as changes of a few, and by what else is imported.
    """
    random = np.random.default_rng([seed, number])
    network = (legal_network, student_network)[random.integers(2)](random)
    return Case(network, tuple(_frame(random) for _ in range(random.integers(1, 3))), drawn(random))


def _frame(random: np.random.Generator) -> NDArray[np.uint8]:
    """One frame in five is a single pixel, a row or a column."""
    height, width = random.integers(1, LARGEST_SIDE + 1, 2) if random.integers(5) else ((1, 1), (1, 9), (9, 1))[random.integers(3)]
    return content(CONTENTS[random.integers(len(CONTENTS))], (height, width), random)


def fuzz(
    count: int, seed: int, openers: Mapping[str, Opener], folder: Path, *, every: int = 0, trials: Trials | None = None
) -> Trials:
    """Try `count` networks drawn by `seed` in the executors that `openers` open; every: a line after so many, 0 for none.

    Raises MismatchError for the smallest network that differs, which is kept in `folder`, and ValueError where no network was
    asked, or an executor compared nothing.
    """
    done = trials or Trials()
    for number in range(count):
        case = draw(seed, number)
        if _difference(case, openers, done) is not None:
            case = smallest(case, lambda case: _difference(case, openers) is not None)
            why = _difference(case, openers)
            raise MismatchError(f"{why}; kept as {keep(folder, case, str(why), seed)}")
        if every and done.networks % every == 0:
            print(f"{done.networks} networks", file=sys.stderr, flush=True)
    if not done.networks:
        raise ValueError(f"{count} networks; allowed at least 1")
    if idle := next((name for name in openers if not done.compared[name]), None):
        raise ValueError(f"{idle}: no integer compared in {done.networks} networks; {done.reasons.get(idle, 'nothing opened')}")
    return done


def _difference(case: Case, openers: Mapping[str, Opener], trials: Trials | None = None) -> MismatchError | None:
    try:
        (trials or Trials()).hold(case, openers)
    except MismatchError as error:
        return error
    return None


@contextmanager
def _naming(name: str, case: Case) -> Iterator[None]:
    """Whatever is raised inside is a fault of this executor in this network."""
    sizes = ", ".join(f"{frame.shape[1]}x{frame.shape[0]}" for frame in case.frames)
    where = f"{name}, {case.network}, {case.hardware}, frames {sizes}"
    try:
        yield
    except MismatchError as error:
        raise MismatchError(f"{where}: {error}") from None
    except Exception as error:
        raise MismatchError(f"{where}: {type(error).__name__}: {error}") from error
