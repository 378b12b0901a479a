"""Timing of rivals in turn, A B C A B C, so that a drifting machine slows them alike; medians and ratios of medians."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable

Rivals = dict[str, Callable[[], object]]


def measure(rivals: Rivals, rounds: int, warm_up: int = 1) -> dict[str, float]:
    """Median seconds of each rival."""
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(warm_up + rounds):
        for name, work in rivals.items():
            started = time.perf_counter()
            work()
            if turn >= warm_up:
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def report(title: str, seconds: dict[str, float], of: str) -> str:
    """A line per rival: its time, and how many times as fast `of` is."""
    lines = [title]
    lines += [
        f"  {name:34} {value * 1e3:10.1f} ms   {of} is {value / seconds[of]:5.2f} times as fast" for name, value in seconds.items()
    ]
    return "\n".join(lines)


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
