"""Executors that are right, wrong or break down in every way, for the judge's tests; each runs in a worker of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

import golden
from golden import model
from golden.executors import Source, Unavailable
from golden.judge import process

FAR = 10_000.0
"""Seconds that no test waits."""


class Right:
    """Outputs golden's integers; the faults below change one thing."""

    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        self.source, self.network = source, source.network
        self.last = self.network.layers[-1].name

    def trace(self, luma: Any) -> Any:
        taps = model.trace(self.network, luma)
        return self.changed(taps)

    def changed(self, taps: Any) -> Any:
        return taps


def fault(change: Any) -> type[Right]:
    """An executor whose outputs `change(taps, last layer's name)` replaces, unless it gives None."""

    class Fault(Right):
        def changed(self, taps: Any) -> Any:
            changed = change(taps, self.last)
            return taps if changed is None else changed

    return Fault


def broken(work: Any) -> type[Right]:
    """An executor that does `work()` at its second frame."""

    class Broken(Right):
        asked = 0

        def trace(self, luma: Any) -> Any:
            self.asked += 1
            if self.asked == 2:
                work()
            return super().trace(luma)

    return Broken


# what it outputs

Wrong = fault(lambda taps, last: {name: np.zeros_like(tap) for name, tap in taps.items()})
OneWrong = fault(lambda taps, last: taps[last].__setitem__((0, -1, -1), taps[last][0, -1, -1] ^ 1))
Wide = fault(lambda taps, last: {name: tap.astype(np.int64) for name, tap in taps.items()})
BigEndian = fault(lambda taps, last: {name: tap.astype(">i4") for name, tap in taps.items()})
Strided = fault(lambda taps, last: {name: np.repeat(tap, 2, axis=2)[:, :, ::2] for name, tap in taps.items()})
OnlyLast = fault(lambda taps, last: {last: taps[last]})
Floats = fault(lambda taps, last: {name: tap.astype(float) for name, tap in taps.items()})
Bools = fault(lambda taps, last: taps | {last: taps[last].astype(bool)})
Objects = fault(lambda taps, last: taps | {last: taps[last].astype(object)})
NaNs = fault(lambda taps, last: taps | {last: np.full(taps[last].shape, np.nan)})
Complex = fault(lambda taps, last: taps | {last: taps[last].astype(complex)})
Times = fault(lambda taps, last: taps | {last: taps[last].astype("m8[s]")})
Masked = fault(lambda taps, last: taps | {last: np.ma.masked_all_like(taps[last])})
Lists = fault(lambda taps, last: taps | {last: taps[last].tolist()})
Nothing = fault(lambda taps, last: taps | {last: None})
Flat = fault(lambda taps, last: taps | {last: taps[last].ravel()})
Scalar = fault(lambda taps, last: taps | {last: np.array(0)})
Cropped = fault(lambda taps, last: taps | {last: taps[last][:, 1:]})
Batched = fault(lambda taps, last: taps | {last: taps[last][None]})
OutOfRange = fault(lambda taps, last: taps | {last: taps[last].astype(np.int64) + 256})
Wrapped = fault(lambda taps, last: {name: tap.astype(np.int64).astype(np.uint64) for name, tap in taps.items()})
WrappedTwice = fault(lambda taps, last: taps | {last: taps[last].astype(np.uint64) + np.uint64(2**63) + np.uint64(2**63 - 256)})
NoLast = fault(lambda taps, last: {name: tap for name, tap in taps.items() if name != last})
Extra = fault(lambda taps, last: taps | {"extra": taps[last]})
Empty = fault(lambda taps, last: {})
Numbered = fault(lambda taps, last: dict(enumerate(taps.values())))
NoDict = fault(lambda taps, last: list(taps.values()))
NotAnything = fault(lambda taps, last: 0)


class SomeLayers(Right):
    """Leaves out the first layer of its second frame."""

    asked = 0

    def changed(self, taps: Any) -> Any:
        self.asked += 1
        return {name: tap for name, tap in taps.items() if self.asked != 2 or name != self.network.layers[0].name}


# what it does to what others might see


class Zeroing(Right):
    """Zeroes its frame before it computes."""

    def trace(self, luma: Any) -> Any:
        luma[:] = 0
        return super().trace(luma)


class ZeroingAfterwards(Right):
    """Zeroes its frame when it has computed."""

    def trace(self, luma: Any) -> Any:
        taps = super().trace(luma)
        luma[:] = 0
        return taps


class Vandal(Right):
    """Changes the model, the network, NumPy and the network's file, all that it can reach, and outputs zeros."""

    def trace(self, luma: Any) -> Any:
        taps = {name: np.zeros_like(tap) for name, tap in super().trace(luma).items()}
        for layer in self.network.layers:
            layer.weight.setflags(write=True) if layer.weight.flags.owndata else None
            object.__setattr__(layer, "bias", layer.bias * 0)
        model.trace = lambda *args, **options: taps  # type: ignore[assignment]
        np.array_equal = lambda *args: True  # type: ignore[assignment]
        if self.source.path:
            self.source.path.write_bytes(b"gone")
        os.environ.clear()
        return taps


# how it breaks down


def _raise(error: BaseException) -> None:
    raise error


def _fill_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    Path(tempfile.mkdtemp(), "large").write_bytes(bytes(8192))


def _exhaust_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
    np.ones(2**40)


def _print_and_exit() -> None:
    print("the last words", file=sys.stderr)
    os._exit(9)


def _write_everywhere(content: bytes) -> None:
    for descriptor in range(1, 64):
        with contextlib.suppress(OSError):
            os.write(descriptor, content)


def _hang_deaf() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(FAR)


Raises = broken(lambda: _raise(ValueError("out of\nluck")))
Asserts = broken(lambda: _raise(AssertionError()))
Speechless = broken(lambda: _raise(type("Odd", (Exception,), {"__str__": lambda self: 1 / 0})()))
Exits = broken(lambda: sys.exit(0))
Vanishes = broken(lambda: os._exit(0))
VanishesWithWords = broken(_print_and_exit)
Interrupted = broken(lambda: _raise(KeyboardInterrupt()))
OutOfMemory = broken(lambda: _raise(MemoryError()))
ExhaustsMemory = broken(_exhaust_memory)
Recurses = broken(lambda: Recurses.trace.__globals__["Recurses"]._deep())  # type: ignore[attr-defined]
Recurses._deep = classmethod(lambda cls: cls._deep())  # type: ignore[attr-defined]
Killed = broken(lambda: os.kill(os.getpid(), signal.SIGKILL))
Segfault = broken(lambda: ctypes.string_at(0))
Aborts = broken(os.abort)
FillsDisk = broken(_fill_disk)
NeedsHome = broken(lambda: (Path.home() / "cache").mkdir(parents=True))
Unplugs = broken(lambda: os.closerange(3, 256))
Scribbles = broken(lambda: _write_everywhere(b"garbage" * 100))
ScribblesHeaders = broken(lambda: _write_everywhere(struct.pack("<QQ", 9, 0) + b"not JSON."))
ScribblesLists = broken(lambda: _write_everywhere(struct.pack("<QQ", 7, 0) + b"[1,2,3]"))
ScribblesOutputs = broken(lambda: _write_everywhere(struct.pack("<QQ", 14, 0) + b'{"outputs": 1}'))
ScribblesAbsence = broken(lambda: _write_everywhere(struct.pack("<QQ", 18, 0) + b'{"unavailable": 1}'))
RealTimeSignal = broken(lambda: os.kill(os.getpid(), signal.SIGRTMIN + 5))
ControlCharacters = broken(lambda: _raise(ValueError("\x1b[2J\udc80\r!")))
Hangs = broken(lambda: time.sleep(FAR))
HangsDeaf = broken(_hang_deaf)
LacksRequirement = broken(lambda: __import__("absent_tool"))
LacksOther = broken(lambda: __import__("misspelt_tool"))
LacksPart = broken(lambda: __import__("numpy.linalgg"))
NotNow = broken(lambda: _raise(Unavailable("its licence has run out", "renew it")))


class RaisesAtOnce(Right):
    def __init__(self, source: Source) -> None:
        raise OSError(28, "No space left on device")


class Absent(Right):
    def __init__(self, source: Source) -> None:
        raise Unavailable("its tool is missing", "install it")


class HangsAtOnce(Right):
    def __init__(self, source: Source) -> None:
        time.sleep(FAR)


class WrongThenRaises(Right):
    asked = 0

    def trace(self, luma: Any) -> Any:
        self.asked += 1
        if self.asked == 2:
            raise ValueError("out of luck")
        return {name: tap ^ 1 for name, tap in super().trace(luma).items()}


class NoPixels(Right):
    max_pixels = 0


class ManyPixels(Right):
    max_pixels = "many"  # type: ignore[assignment]


# what it leaves behind


class Garbage(Right):
    """Prints more than a pipe holds, to both outputs, through Python and beside it."""

    def trace(self, luma: Any) -> Any:
        print("{" * 200_000)
        print('{"outputs": []}\n' * 1000, file=sys.stderr, flush=True)
        os.write(1, bytes(range(256)) * 300)
        return super().trace(luma)


class Littering(Right):
    """Leaves a folder and three processes: a child, one in a session of its own, and its own threads."""

    def trace(self, luma: Any) -> Any:
        litter = Path(os.environ["LITTER"])
        children = [subprocess.Popen(["sleep", str(FAR)], start_new_session=own) for own in (False, True)]
        folder = tempfile.mkdtemp()
        with litter.open("a") as file:
            file.write(f"{children[0].pid} {children[1].pid} {os.getpid()} {folder}\n")
        threading.Thread(target=time.sleep, args=(FAR,)).start()
        return super().trace(luma)


class HangsLittering(Littering):
    """As `Littering`, and hangs."""

    def changed(self, taps: Any) -> Any:
        _hang_deaf()


class WithVersions(Right):
    def versions(self) -> dict[str, str]:
        return {"tool": "1.2", "golden": golden.__name__}


def left_behind(folder: Path) -> list[Path]:
    """Temporary folders that judges made below `folder`, and processes that have theirs there."""
    found, mark = list(folder.glob("golden-judge-*")), f"{process.MARK}={folder}/golden-judge-".encode()
    for path in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            found += [path] if path.name.isdigit() and mark in (path / "environ").read_bytes() else []
    return found
