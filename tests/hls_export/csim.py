"""What the tests of the C simulation share: a program held against golden on several sizes, and the clocks that it counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from golden import model
from golden.spec import IntNetwork
from hls_export import HardwarePlan
from hls_export.csim import simulator

SIZES = ((1, 1), (1, 7), (7, 1), (5, 3), (33, 17), (3, 40), (36, 40))
TIMED = (("-O1", "-DSR_TIMED", "-pthread"), ("sim/timed", "sim/standin"))
"""Flags and headers of `simulator.build` with which every process has its own thread, streams are bounded and clocks counted."""
Program = Callable[[IntNetwork, HardwarePlan], Path]


def check_sizes(program: Path, network: IntNetwork, sizes: tuple[tuple[int, int], ...]) -> int:
    """How many integers of frames of these sizes were compared; all are golden's."""
    random = np.random.default_rng(0)
    compared = 0
    for height, width in sizes:
        frame = random.integers(0, 256, (height, width), dtype=np.uint8)
        expected, said = model.trace(network, frame), simulator.trace(program, network, frame)
        assert list(said) == list(expected)
        for name in expected:
            assert said[name].shape == expected[name].shape
            assert (said[name] == expected[name]).all(), (height, width, name)
            compared += expected[name].size
    return compared


def counts(text: str) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int, int, int]]]:
    """({process: (clocks, line buffer words)}, {stream: (depth, high water, first write, last write)})."""
    counted, streams = {}, {}
    for line in text.splitlines():
        words = line.split()
        if words[0] == "stream":
            streams[words[1]] = (int(words[3]), int(words[5]), int(words[7]), int(words[9]))
        else:
            counted[words[0]] = (int(words[1]), int(words[2]))
    return counted, streams


def timed(network: IntNetwork, plan: HardwarePlan, depths: Mapping[str, int], *command: object) -> str:
    """What the timed C simulation prints with other depths of these streams.  Raises ExportError when it deadlocks."""
    files = simulator.sources(network, plan)
    for name, depth in depths.items():
        stream = re.sub(r"rows\[(\d)\]", r"row\1", name)
        planned = f"SR_DEPTH({name}, {plan.pipeline.stream(stream).depth});".encode()
        assert planned in files["src/top.cpp"]
        files["src/top.cpp"] = files["src/top.cpp"].replace(planned, f"SR_DEPTH({name}, {depth});".encode())
    flags, includes = TIMED
    program = simulator.build(files, (*flags, "-DSR_WATCHDOG_SECONDS=2"), includes)
    return simulator.run(program, *map(str, command))
