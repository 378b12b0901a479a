"""The files of sv/stream_tap.sv as arrays: for every accepted beat its epoch, its clock and its payload bits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtl_tb.errors import BenchError

EPOCH_DIGITS, CLOCK_DIGITS = 2, 8
UNKNOWN = 16
"""What a digit x, X, z or Z reads as."""
Array = NDArray[Any]

_DIGIT = np.full(256, 255, dtype=np.uint8)
for _value, _characters in enumerate(
    ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "aA", "bB", "cC", "dD", "eE", "fF", "xXzZ")
):
    for _character in _characters:
        _DIGIT[ord(_character)] = _value


@dataclass(frozen=True)
class Dump:
    """Accepted beats of one stream in order.  digits: (beats, digits) payload nibbles, most significant first."""

    epoch: NDArray[np.int64]
    clock: NDArray[np.int64]
    digits: NDArray[np.uint8]

    def of_epoch(self, epoch: int) -> Dump:
        here = self.epoch == epoch
        return self if here.all() else Dump(self.epoch[here], self.clock[here], self.digits[here])

    def __len__(self) -> int:
        return len(self.clock)

    def fields(self, low: int, count: int, bits: int, signed: bool = False) -> NDArray[np.int64]:
        """(beats, count) integers from payload bit `low` on, field 0 lowest; UNKNOWN_VALUE for one with an x."""
        width = count * bits
        nibbles = self.digits[:, ::-1]
        if bits == 4 * (bits // 4) and low % 4 == 0:
            part = nibbles[:, low // 4 : (low + width) // 4].reshape(len(self), count, bits // 4).astype(np.int64)
            unknown = (part == UNKNOWN).any(axis=2)
            values = sum(part[:, :, i] << (4 * i) for i in range(bits // 4))
        else:
            each = ((nibbles[:, :, None] >> np.arange(4)) & 1).reshape(len(self), 4 * nibbles.shape[1])[:, low : low + width]
            marked = np.repeat(nibbles == UNKNOWN, 4, axis=1)[:, low : low + width]
            unknown = marked.reshape(len(self), count, bits).any(axis=2)
            values = each.reshape(len(self), count, bits).astype(np.int64) @ (np.int64(1) << np.arange(bits))
        values = np.asarray(values)
        if signed:
            values = values - ((values >> (bits - 1)) << bits)
        return np.where(unknown, UNKNOWN_VALUE, values)


UNKNOWN_VALUE = -(1 << 40)


def read(path: Path, width: int) -> Dump:
    """The dump of a stream of `width` payload bits.  Raises BenchError for a file that is not one."""
    if not path.is_file():
        raise BenchError(f"{path.name}: the simulation wrote no such file")
    digits = -(-width // 4)
    line = EPOCH_DIGITS + CLOCK_DIGITS + digits + 1
    data = np.fromfile(path, dtype=np.uint8)
    if len(data) % line or not (data.reshape(-1, line)[:, -1] == ord("\n")).all():
        raise BenchError(f"{path.name}: {len(data)} bytes; allowed lines of {line}")
    values = _DIGIT[data.reshape(-1, line)[:, :-1]]
    if (values == 255).any() or (values[:, : EPOCH_DIGITS + CLOCK_DIGITS] == UNKNOWN).any():
        raise BenchError(f"{path.name}: a character that is no digit")
    return Dump(_number(values[:, :EPOCH_DIGITS]), _number(values[:, EPOCH_DIGITS:][:, :CLOCK_DIGITS]), values[:, -digits:])


def _number(digits: NDArray[np.uint8]) -> NDArray[np.int64]:
    number = np.zeros(len(digits), dtype=np.int64)
    for column in digits.T:
        number = number * 16 + column
    return number
