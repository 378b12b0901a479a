"""A folder of pictures and clips into a folder: the same names, what is done already left alone, each file by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from golden.pictures.images import ImageError, inside
from golden.pictures.statements import FORMATS
from golden.video import container

SUFFIXES = (*FORMATS, *container.SUFFIXES, ".y4m")


@dataclass
class Count:
    """What became of the files of a folder."""

    done: int = 0
    skipped: int = 0
    failed: int = 0

    def __str__(self) -> str:
        parts = (f"{count} {what}" for what, count in vars(self).items() if count)
        return ", ".join(parts) or "nothing to do"


def pairs(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """Every picture and clip below `source`, and its result below `target`, under the same name.

    Raises ImageError for a folder without any, and for a result folder that is inside the source, or that holds it.
    """
    here, there = source.resolve(), target.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise ImageError(f"{target}: inside {source}, or holds it; allowed another folder")
    if target.exists() and not target.is_dir():
        raise ImageError(f"{target}: a file; allowed a folder, for {source} is one")
    found, hidden = inside(source, SUFFIXES)
    if hidden:
        print(f"{source}: left out {hidden} hidden", file=sys.stderr)
    return [(path, target / path.relative_to(source)) for path in found]


def is_done(source: Path, target: Path) -> bool:
    """Whether the result is there and not older than what it was made of; results are whole or absent."""
    return target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns


@dataclass(frozen=True)
class Work:
    """What is done to every pair of files.

    one: writes a result and returns what was done, in words.  errors: what a user's file can raise.  stop: ends `one` midway.
    """

    one: Callable[[Path, Path], str]
    errors: tuple[type[Exception], ...]
    stop: threading.Event


def run(files: list[tuple[Path, Path]], work: Work, jobs: int, tick: Callable[[], None], name: str) -> Count:
    """`work` on every pair that is not done, `jobs` at a time; a file that fails costs one line, not the others.

    tick: called after each file.  name: of the command, in front of the line of a failure.
    """
    count, waiting = Count(), set[Future[str]]()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for source, target in files:
                if is_done(source, target):
                    count.skipped += 1
                    tick()
                    continue
                while len(waiting) >= jobs:
                    waiting = _settle(waiting, work, count, tick, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                waiting.add(pool.submit(work.one, source, target))
            while waiting:
                waiting = _settle(waiting, work, count, tick, name)
        except KeyboardInterrupt as error:
            work.stop.set()
            pool.shutdown(cancel_futures=True)
            raise KeyboardInterrupt(f"interrupted; {count}") from error
    return count


def _settle(waiting: set[Future[str]], work: Work, count: Count, tick: Callable[[], None], name: str) -> set[Future[str]]:
    """Print what ended, at least one; returns what goes on."""
    ended, going_on = wait(waiting, return_when=FIRST_COMPLETED)
    for one in ended:
        try:
            print(one.result(), flush=True)
            count.done += 1
        except work.errors as error:
            print(f"{name}: {' '.join(str(error).splitlines())}", file=sys.stderr, flush=True)
            count.failed += 1
        tick()
    return going_on
