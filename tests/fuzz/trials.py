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

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from golden import model
from golden.executors import Unavailable
from tests.fuzz.found import Case, keep
from tests.fuzz.hardware import Hardware, Opener, hardware
from tests.fuzz.shrinking import smallest
from tests.strategies import frames, legal_networks, student_networks

QUIET = settings(
    deadline=None,
    database=None,
    derandomize=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    print_blob=False,
)


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


def fuzz(
    count: int, seed: int, openers: Mapping[str, Opener], folder: Path, *, every: int = 0, trials: Trials | None = None
) -> Trials:
    """Try `count` networks drawn by `seed` in the executors that `openers` open; every: a line after so many, 0 for none.

    Raises MismatchError for the smallest network that differs, which is kept in `folder`, and ValueError where fewer networks were
    drawn, or an executor compared nothing.
    """
    done, failed = trials or Trials(), []

    @hypothesis.seed(seed)
    @settings(QUIET, max_examples=count)
    @given(legal_networks() | student_networks(), st.lists(frames(), min_size=1, max_size=2), hardware)
    def one(network: Any, on: list[Any], asked: Hardware) -> None:
        case = Case(network, tuple(on), asked)
        try:
            done.hold(case, openers)
        except MismatchError:
            failed[:] = [case]
            raise
        if every and done.networks % every == 0:
            print(f"{done.networks} networks", file=sys.stderr, flush=True)

    try:
        one()
    except MismatchError:
        case = smallest(failed[0], lambda case: _difference(case, openers) is not None)
        why = _difference(case, openers)
        raise MismatchError(f"{why}; kept as {keep(folder, case, str(why), seed)}") from None
    if done.networks < count:
        raise ValueError(f"{done.networks} networks drawn; asked {count}")
    if idle := next((name for name in openers if not done.compared[name]), None):
        raise ValueError(f"{idle}: no integer compared in {done.networks} networks; {done.reasons.get(idle, 'nothing opened')}")
    return done


def _difference(case: Case, openers: Mapping[str, Opener]) -> MismatchError | None:
    try:
        Trials().hold(case, openers)
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
