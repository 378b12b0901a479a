"""A fresh interpreter for one executor, in a session and a temporary folder of its own; nothing of either outlives `close`."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from golden.judge.messages import Channel

BOOT = "import sys; sys.path[:] = sys.argv[3:]; from golden.judge.worker import main; main(int(sys.argv[1]), sys.argv[2])"
MARK = "GOLDEN_JUDGE_WORKER"
"""Environment variable, of the temporary folder's path, by which processes are found that have left the worker's session."""
KEPT_LOG_BYTES = 8192
SECONDS_TO_END = 5.0


class Worker:
    """The running worker.  channel: the judge's end of the connection.

    Raises OSError when no process can be started.
    """

    def __init__(self) -> None:
        self._scratch = _unused_folder()
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(theirs.fileno()), self._scratch, *sys.path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, MARK: self._scratch},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._log, self._by_itself = bytearray(), False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """End the worker, all processes that it started, and so every wait for its messages."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        end_marked(self._scratch)

    def wait(self, seconds: float) -> None:
        """Give the process that long to end by itself."""
        until = time.monotonic() + seconds
        while not self._ended() and time.monotonic() < until:
            time.sleep(0.01)

    def close(self) -> None:
        """Kill what still runs, and remove the temporary folder."""
        self._by_itself = self._ended()
        self.kill()  # before it is reaped: until then no other process has its number
        self._process.wait()
        self._reader.join(SECONDS_TO_END)
        self.channel.end.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def ending(self) -> str:
        """How the process ended that is closed, in words, and the last line that it printed."""
        status, words = self._process.returncode, "closed its connection to the judge"
        if self._by_itself and status >= 0:
            words = f"ended with status {status} before its outputs"
        elif self._by_itself:
            known = {number.value: number.name for number in signal.Signals} | {signal.SIGKILL.value: "SIGKILL (out of memory?)"}
            words = f"killed by {known.get(-status, f'signal {-status}')}"
        lines = self.log().splitlines()
        return f"{words}: {lines[-1].strip()}" if lines else words

    def log(self) -> str:
        """The last lines that it printed, once it is closed."""
        return bytes(self._log).decode(errors="replace").strip()

    def _ended(self) -> bool:
        """Whether the process has ended, without reaping it."""
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # the judge was started by one that ignores the end of children
            return True

    def _read(self) -> None:
        """Keep the end of what the worker prints, however much that is."""
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            while part := os.read(stream.fileno(), 2**16):
                self._log = (self._log + part)[-KEPT_LOG_BYTES:]


def _unused_folder() -> str:
    """Where the worker shall make its temporary folder: by itself, so that none is made that nobody removes."""
    try:
        place = tempfile.gettempdir()
    except OSError:  # no place has room; the worker will find none either
        place = "/tmp"
    return f"{place}/golden-judge-{secrets.token_hex(16)}"


def end_marked(mark: str, but: int = 0) -> None:
    """End the processes with this mark in their environment, as far as the system shows it (Linux); wait until they are gone."""
    until = time.monotonic() + SECONDS_TO_END
    while mark and (found := _marked(mark) - {but}):
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > until:
            return
        time.sleep(0.01)


def _marked(mark: str) -> set[int]:
    found = set()
    processes = Path("/proc")
    for process in processes.iterdir() if processes.is_dir() else ():
        with contextlib.suppress(OSError):  # it has ended meanwhile, is another user's, or is no process
            if process.name.isdigit() and f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
    return found
