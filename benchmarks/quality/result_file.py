"""Result files as the page and the ablation read them: every key and every type is checked when a file is opened."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ResultError(ValueError):
    """A result file that is not one; the message names the file, the place in it and what is allowed."""


@dataclass(frozen=True)
class Each:
    """A table with any keys, whose values are all of one shape."""

    of: Any


@dataclass(frozen=True)
class OneOf:
    """One of some values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    """A list of one or more; `least` 0: of any number."""

    of: Any
    least: int = 1


TEXT, COUNT, NUMBER = "text", "a number of things", "a finite number"
QUALITY = {"psnr": NUMBER, "ssim": NUMBER}
SCORES = Each({"images": COUNT, "paper": QUALITY, "device": QUALITY})
MEASURED = {"name": TEXT, "kind": OneOf(("bicubic", "float", "integer")), "scale": OneOf((2, 3, 4)), "scores": SCORES}
INTEGER = MEASURED | {"weight_bits": Some(COUNT), "activation_bits": Some(COUNT), "macs": COUNT, "mac_bits": COUNT}
PUBLISHED = {
    "rows": Some({"name": TEXT, "source": TEXT, "psnr": Each(Each(NUMBER))}, 0),
    "device_ceiling": TEXT,
    "drops": Some({"what": TEXT, "drop": TEXT, "source": TEXT}, 0),
}
ABLATION = {"title": TEXT, "text": TEXT, "arms": Each(Each(Some(NUMBER, 0)))}
UNFINISHED = {"done": Each(NUMBER)}


def read(path: Path, shape: Any) -> Any:
    """The content of a JSON file.  Raises ResultError unless it has this shape; keys beside those of the shape are left alone."""
    try:
        content = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{path}: not JSON ({error})") from error
    check(content, shape, f"{path}: ")
    return content


def measured(path: Path) -> Any:
    """The scores of one upscaler.  Raises ResultError."""
    found = read(path, MEASURED)
    return read(path, INTEGER) if found["kind"] == "integer" else found


def check(value: Any, shape: Any, where: str) -> None:
    """Raises ResultError with `where`, the place in the value and what is allowed there.

    >>> check({"a": [1, "x"]}, {"a": Some(COUNT)}, "file: ")
    Traceback (most recent call last):
        ...
    benchmarks.quality.result_file.ResultError: file: a.1 is 'x'; allowed a number of things
    """
    fault = next(_faults(value, shape, ()), None)
    if fault is not None:
        place, found, allowed = fault
        raise ResultError(f"{where}{'.'.join(map(str, place)) or 'the whole'} is {str(found)[:40]!r}; allowed {allowed}")


def _faults(value: Any, shape: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any, str]]:
    if isinstance(shape, dict | Each):
        if not isinstance(value, dict):
            yield place, value, "a table"
            return
        for key in shape if isinstance(shape, dict) else value:
            if key not in value:
                yield (*place, key), "missing", "a value"
            else:
                yield from _faults(value[key], shape[key] if isinstance(shape, dict) else shape.of, (*place, key))
    elif isinstance(shape, Some):
        if not isinstance(value, list) or len(value) < shape.least:
            yield place, value, f"a list of {shape.least} or more"
            return
        for index, one in enumerate(value):
            yield from _faults(one, shape.of, (*place, index))
    elif isinstance(shape, OneOf):
        if not any(type(value) is type(one) and value == one for one in shape.values):
            yield place, value, " or ".join(map(str, shape.values))
    elif not _is(value, shape):
        yield place, value, shape


def _is(value: Any, kind: str) -> bool:
    if kind == TEXT:
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind == COUNT:
        return isinstance(value, int) and 0 <= value < 2**63
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63
