"""The process of one executor: takes network and frames from the judge, gives back what the executor outputs.

Decides what of an executor's failures is worth a message; what comes without one, the judge reads from how the process ended.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import select
import shutil
import signal
import socket
import sys
import threading
import traceback
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

import numpy as np

from golden import executors
from golden.archive import unpack
from golden.cli.requirements import requirements
from golden.judge.messages import Channel
from golden.judge.process import end_marked
from golden.judge.verdict import INTEGERS, OutputError, describe
from golden.pictures import frames

MAX_REASON = 300


def main(descriptor: int, scratch: str) -> None:
    """Serve the judge at the other end of the socket `descriptor`; scratch: the folder to make for temporary files."""
    with contextlib.suppress(OSError):  # without room for it, an executor that needs one breaks down
        Path(scratch).mkdir(0o700)
        os.environ["TMPDIR"] = scratch
    end = socket.socket(fileno=descriptor)
    end.set_inheritable(False)
    judge_gone = threading.Thread(target=_die_with_the_judge, args=(descriptor, scratch), daemon=True)
    judge_gone.start()
    with contextlib.suppress(EOFError, ConnectionError):
        _answer(Channel(end))
    judge_gone.join()


def _answer(channel: Channel) -> None:
    """Serve to the end, good or bad.  Raises EOFError and ConnectionError when the judge is gone."""
    try:
        _serve(channel)
    except executors.Unavailable as error:
        channel.send({"unavailable": {"reason": str(error.reason), "remedy": str(error.remedy)}})
    except OutputError as error:
        channel.send({"refused": str(error)})
    except BaseException as error:  # an executor may raise anything, SystemExit and KeyboardInterrupt among it
        traceback.print_exc()
        channel.send({"error": last_line(error)})


def last_line(error: BaseException) -> str:
    """The exception as one line.

    >>> last_line(OSError(28, "No space left on device"))
    'OSError: [Errno 28] No space left on device'
    """
    return " ".join(traceback.format_exception_only(error)[-1].split())[:MAX_REASON]


def _serve(channel: Channel) -> None:
    job, length = channel.receive()
    network = unpack(bytes(channel.payload(length)), "the judge's network")
    point = _entry_point(job["name"], job["value"])
    executor = executors.open_executor(point, executors.Source(network, Path(job["path"]) if job["path"] else None))
    with executors.missing_is_unavailable(point):
        max_pixels = _max_pixels(executor)
        channel.send({"max_pixels": max_pixels})
        for _ in range(job["frames"]):
            header, length = channel.receive()
            whole = np.frombuffer(channel.payload(length), np.uint8).reshape(header["shape"])
            frame = whole if max_pixels is None else frames.middle(whole, max_pixels)
            _send(channel, executor.trace(np.array(frame)))
        channel.send({"versions": _versions(point, executor)})


def _entry_point(name: str, value: str) -> EntryPoint:
    """The installed entry point, which knows its distribution, or one that stands for itself."""
    installed = (point for point in entry_points(group=executors.GROUP) if (point.name, point.value) == (name, value))
    return next(installed, EntryPoint(name, value, executors.GROUP))


def _max_pixels(executor: executors.Executor) -> int | None:
    limit = executor.max_pixels
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ValueError(f"max_pixels is {limit!r}; allowed None or an integer of at least 1")
    return None if limit is None else int(limit)


def _send(channel: Channel, outputs: Any) -> None:
    """One frame's outputs: what they are, then the integers of those that are integers, in native order."""
    parts = describe(outputs)
    integers = [np.ascontiguousarray(outputs[name]).astype(dtype) for name, (dtype, _) in parts.items() if dtype in INTEGERS]
    described = [[name, dtype, list(shape)] for name, (dtype, shape) in parts.items()]
    channel.send({"outputs": described}, *(array.tobytes() for array in integers))


def _versions(point: EntryPoint, executor: Any) -> dict[str, str]:
    """Of Python, of the required packages that were loaded, and of whatever else the executor knows."""
    loaded = {name.split(".")[0] for name in sys.modules}
    found = {"python": platform.python_version()}
    for package in requirements(point.dist) if point.dist else ():
        if re.sub(r"[-.]", "_", package) in loaded:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
    own = getattr(executor, "versions", dict)
    return found | ({str(tool): str(of) for tool, of in own().items()} if callable(own) else {})


def _die_with_the_judge(descriptor: int, scratch: str) -> None:
    """Wait until the judge's end is closed, then end this process and all that it started."""
    poll = select.poll()
    poll.register(descriptor, 0)  # hang-up is always reported
    poll.poll()
    end_marked(scratch, but=os.getpid())
    shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
