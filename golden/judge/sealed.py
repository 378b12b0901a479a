"""Every executor against the golden model, each in a process of its own that sees copies of the network and the frames alone.

Decides how an executor is asked and when it is given up; golden's integers are computed here, where no executor can reach them.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import executors, model
from golden.archive import pack
from golden.judge.messages import Channel, MessageError
from golden.judge.process import SECONDS_TO_END, Worker
from golden.judge.verdict import BROKE_DOWN, DIFFERS, NOT_RUN, Array, Frames, OutputError, Verdict, check
from golden.pictures import frames
from golden.spec import IntNetwork

TIMEOUT_SECONDS = 7200.0
MAX_KEPT_BYTES = 512 * 2**20


def compare(
    network: IntNetwork,
    names: Sequence[str],
    on: Frames,
    *,
    path: Path | None = None,
    timeout: float = TIMEOUT_SECONDS,
    jobs: int = 1,
) -> list[Verdict]:
    """The verdicts on the executors called `names`, in that order, over all frames of (rows, columns) uint8 luma by name.

    path: the network's file, beside which an executor may find what else it needs.  timeout: seconds of each executor.
    jobs: executors that run at a time.  A failing executor is its verdict alone.
    Raises UnknownExecutorError for other names and for none, FrameError for other frames and for none.
    """
    with contextlib.closing(verdicts(network, executors.named(names), on, path=path, timeout=timeout, jobs=jobs)) as found:
        return list(found)


def verdicts(
    network: IntNetwork,
    points: Sequence[EntryPoint],
    on: Frames,
    *,
    path: Path | None = None,
    timeout: float = TIMEOUT_SECONDS,
    jobs: int = 1,
) -> Generator[Verdict, None, None]:
    """As `compare`, one by one as they come; closing the iterator ends all processes."""
    case = _Case(network, _frozen(on), path.absolute() if path else None, timeout)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for verdict in [pool.submit(case.verdict, point) for point in points]:
                yield verdict.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            case.stop()
            raise


def _frozen(on: Frames) -> dict[str, NDArray[np.uint8]]:
    """Read-only copies.  Raises FrameError for what the model refuses, and for none."""
    if not on:
        raise model.FrameError("no frames; allowed at least one")
    found = {name: model.checked(frame).copy() for name, frame in on.items()}
    for frame in found.values():
        frame.setflags(write=False)
    return found


@dataclass
class _Case:
    """One network on fixed frames, and the workers that are at it."""

    network: IntNetwork
    frames: Mapping[str, NDArray[np.uint8]]
    path: Path | None
    timeout: float
    _workers: set[Worker] = field(default_factory=set)
    _stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.packed, self.golden = pack(self.network), _Golden(self.network)

    def verdict(self, point: EntryPoint) -> Verdict:
        """Run one executor to its verdict."""
        verdict, start = Verdict.of(point.name, self.network), time.monotonic()
        try:
            worker = self._start()
        except OSError as error:
            verdict.fail(BROKE_DOWN, f"no process for it: {error}")
            return verdict
        patience = 0.0
        try:
            worker.channel.deadline = start + self.timeout
            patience = self._until_it_ends(worker.channel, point, verdict)
        finally:
            self._end(worker, patience)
        if patience:
            verdict.fail(BROKE_DOWN, worker.ending())
        if verdict.verdict == BROKE_DOWN:
            verdict.log = worker.log()
        verdict.seconds = time.monotonic() - start
        return verdict

    def stop(self) -> None:
        """End all workers, and start no other."""
        with self._lock:
            self._stopped = True
            for worker in self._workers:
                worker.kill()

    def _start(self) -> Worker:
        with self._lock:
            if self._stopped:
                raise InterruptedError("interrupted")
            worker = Worker()
            self._workers.add(worker)
        return worker

    def _end(self, worker: Worker, patience: float) -> None:
        worker.wait(patience)
        with self._lock:
            self._workers.remove(worker)
        worker.close()

    def _until_it_ends(self, channel: Channel, point: EntryPoint, verdict: Verdict) -> float:
        """Ask for every frame; the seconds to wait for the end of a process that has gone without a word, otherwise 0."""
        try:
            self._ask(channel, point, verdict)
        except executors.Unavailable as error:
            verdict.fail(NOT_RUN, error.reason, error.remedy)
        except OutputError as error:
            verdict.fail(DIFFERS, str(error))
        except TimeoutError:
            verdict.fail(BROKE_DOWN, f"took longer than {self.timeout:g} s")
        except MessageError as error:
            verdict.fail(BROKE_DOWN, f"unreadable outputs: {error}")
        except _BrokenDownError as error:
            verdict.fail(BROKE_DOWN, str(error))
        except (EOFError, OSError):
            return SECONDS_TO_END
        return 0.0

    def _ask(self, channel: Channel, point: EntryPoint, verdict: Verdict) -> None:
        path = str(self.path) if self.path else ""
        channel.send({"name": point.name, "value": point.value, "path": path, "frames": len(self.frames)}, self.packed)
        limit = _reply(channel, "max_pixels")[0]
        if limit is not None and (type(limit) is not int or limit < 1):
            raise MessageError(f"max_pixels {limit!r}")
        whole = list(self.frames.items())
        _send_frame(channel, whole[0][1])
        for index, (name, frame) in enumerate(whole):
            expected = self.golden(frame if limit is None else frames.middle(frame, limit))
            outputs = _outputs(channel, name, expected)
            if index + 1 < len(whole):
                _send_frame(channel, whole[index + 1][1])  # the worker computes while this frame is compared
            verdict.add(name, expected, outputs)
        versions = _reply(channel, "versions")[0]
        if not isinstance(versions, dict):
            raise MessageError(f"versions {versions!r:.80}")
        verdict.versions = {what: str(version) for what, version in versions.items()}
        verdict.conclude()


class _BrokenDownError(Exception):
    """What the worker writes of an executor that raised something."""


def _send_frame(channel: Channel, frame: Array) -> None:
    channel.send({"shape": frame.shape}, frame.tobytes())


def _reply(channel: Channel, key: str) -> tuple[Any, int]:
    """The worker's value for `key`, and how many bytes follow.  Raises what the worker writes instead."""
    header, follow = channel.receive()
    if "unavailable" in header and isinstance(header["unavailable"], dict):
        raise executors.Unavailable(*(str(header["unavailable"].get(part)) for part in ("reason", "remedy")))
    if "refused" in header:
        raise OutputError(str(header["refused"]))
    if "error" in header:
        raise _BrokenDownError(str(header["error"]))
    if key not in header:
        raise MessageError(f"{', '.join(header)}; allowed {key}")
    return header[key], follow


def _outputs(channel: Channel, frame: str, expected: dict[str, Array]) -> dict[str, Array]:
    """One frame's outputs; nothing is read before dtypes and shapes are known to be right, so that its size is bounded."""
    described, follow = _reply(channel, "outputs")
    try:
        description = {str(name): (str(dtype), tuple(shape)) for name, dtype, shape in described}
    except (TypeError, ValueError) as error:
        raise MessageError(f"outputs {described!r:.80}") from error
    check(description, frame, expected)
    sizes = {name: math.prod(shape) * np.dtype(dtype).itemsize for name, (dtype, shape) in description.items()}
    if follow != sum(sizes.values()):
        raise MessageError(f"{follow} bytes; allowed {sum(sizes.values())}")
    return {name: np.frombuffer(channel.payload(sizes[name]), dtype).reshape(shape) for name, (dtype, shape) in description.items()}


class _Golden:
    """The golden trace; the last frames' integers are kept, read-only, for the next executor, as far as memory allows."""

    def __init__(self, network: IntNetwork) -> None:
        self.network, self.lock = network, threading.Lock()
        self.kept: dict[tuple[tuple[int, ...], bytes], dict[str, Array]] = {}

    def __call__(self, frame: Array) -> dict[str, Array]:
        key = (frame.shape, frame.tobytes())
        with self.lock:
            if key not in self.kept:
                if sum(tap.nbytes for taps in self.kept.values() for tap in taps.values()) > MAX_KEPT_BYTES:
                    self.kept.clear()
                self.kept[key] = model.trace(self.network, frame)
                for tap in self.kept[key].values():
                    tap.setflags(write=False)
            return self.kept[key]
