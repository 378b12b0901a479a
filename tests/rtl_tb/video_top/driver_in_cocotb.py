"""What cocotb runs on video_top with the drivers that an export carries: C in a shared library, Python as PYNQ would load it.

A driver runs in a thread of its own; each access of a register is a transaction of s_axi_control while the simulation goes on.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
from cocotb.task import bridge, resume

from rtl_tb.stimulus.video_model import BEFORE_SOF, EARLY_EOL
from tests.rtl_tb.video_top import bus
from tests.rtl_tb.video_top.bench import (
    CONTROL,
    DONE,
    ENABLED,
    FAULT,
    MAX_HEIGHT,
    MAX_WIDTH,
    PENDING,
    STATUS,
    Bench,
    beats_of,
    broken,
)
from tests.rtl_tb.video_top.video import drawn

DRIVER = Path(os.environ["DRIVER"])
OK, VERSION, NETWORK, SIZE, BUSY = 0, -1, -2, -3, -4
SHAPE = (5, 7)
POLLS = 200
Call = Callable[..., Any]


class Library:
    """libdriver.so, its registers those of the simulated core; each function is awaited."""

    def __init__(self, dut: Any) -> None:
        self.library = ctypes.CDLL(str(DRIVER / "libdriver.so"))
        read, write = resume(bus.read), resume(bus.write)
        self.kept = (
            ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32)(lambda offset: read(dut, offset)),
            ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32)(lambda offset, value: write(dut, offset, value)),
        )
        self.library.sr_video_hook(*self.kept)

    async def __call__(self, name: str, *arguments: Any) -> int:
        function = getattr(self.library, f"sr_video_{name}")
        return int(await bridge(lambda: function(None, *arguments))())

    async def acknowledge(self) -> tuple[int, int]:
        """(a frame is done, faults)."""
        faults = ctypes.c_uint32()
        return await self("acknowledge", ctypes.byref(faults)), faults.value


async def one_frame(bench: Bench, seed: int, sent: int) -> int:
    """A frame through and compared; how many beats were sent in all."""
    frame, before = drawn(seed, *SHAPE), len(bench.sink.beats)
    bench.source.send(beats_of(frame))
    await bench.taken(sent + len(beats_of(frame)))
    await bench.idle()
    bench.gave([frame], before)
    return sent + len(beats_of(frame))


@cocotb.test()
async def the_c_driver(dut: Any) -> None:
    bench, driver = await Bench.begun(dut), Library(dut)
    assert await driver("check") == OK
    for height, width in ((0, 7), (5, 0), (MAX_HEIGHT + 1, 7), (5, MAX_WIDTH + 1)):
        assert await driver("start", height, width, POLLS) == SIZE
    await driver("interrupts", 1, 0)
    assert await driver("start", *SHAPE, POLLS) == OK
    sent = await one_frame(bench, 1, 0)
    assert dut.interrupt.value == 1
    assert await driver.acknowledge() == (1, 0)
    assert dut.interrupt.value == 0
    assert await driver.acknowledge() == (0, 0)
    await driver("interrupts", 0, 1)
    rest = broken(drawn(2, *SHAPE), BEFORE_SOF)
    bench.source.send(rest)
    await bench.taken(sent := sent + len(rest))
    await bus.waited(dut, 20)
    assert dut.interrupt.value == 1
    assert await driver.acknowledge() == (0, BEFORE_SOF)
    assert await bus.read_all(dut, [PENDING, STATUS]) == [0, 0]
    begun = beats_of(drawn(3, *SHAPE))[:9]
    bench.source.send(begun)
    await bench.taken(sent := sent + len(begun))
    assert await driver("stop", POLLS // 10) == BUSY
    assert await driver("start", *SHAPE, POLLS // 10) == BUSY
    assert await driver("reset", POLLS) == OK
    assert await driver("stop", POLLS) == OK
    assert await bus.read(dut, CONTROL) == 0
    await bus.waited(dut, 50)
    bench.sink.beats.clear()
    assert await driver("start", *SHAPE, POLLS) == OK
    await one_frame(bench, 4, sent)


@cocotb.test()
async def the_c_driver_of_another_network(dut: Any) -> None:
    await Bench.begun(dut)
    assert await Library(dut)("check") == NETWORK


def loaded(dut: Any) -> Any:
    """The driver as PYNQ binds it: DefaultIP's read and write are those of the simulated core."""
    read, write = resume(bus.read), resume(bus.write)

    class DefaultIP:
        def read(self, offset: int) -> int:
            return int(read(dut, offset))

        def write(self, offset: int, value: int) -> None:
            write(dut, offset, value)

    sys.modules["pynq"] = types.SimpleNamespace(DefaultIP=DefaultIP)  # type: ignore[assignment]
    spec = importlib.util.spec_from_file_location("sr_video", DRIVER / "sr_video.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SrVideo()


async def refused(error: type[Exception], call: Call, *arguments: Any) -> None:
    try:
        await bridge(call)(*arguments)
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


@cocotb.test()
async def the_pynq_driver(dut: Any) -> None:
    bench, driver = await Bench.begun(dut), loaded(dut)
    await bridge(driver.check)()
    for height, width in ((0, 7), (5, MAX_WIDTH + 1)):
        await refused(ValueError, driver.start, height, width)
    await refused(ValueError, driver.set, "version", "major", 2)
    await refused(ValueError, driver.set, "control", "enable", 2)
    await refused(ValueError, driver.set, "control", "soft_reset", 0)
    await bridge(driver.set)("interrupt_enable", "fault", 1)
    await bridge(driver.set)("interrupt_enable", "frame_done", 1)
    assert await bus.read(dut, ENABLED) == DONE | FAULT
    await bridge(driver.set)("interrupt_enable", "frame_done", 0)
    await bridge(driver.start)(*SHAPE)
    sent = await one_frame(bench, 5, 0)
    assert dut.interrupt.value == 0
    early = broken(drawn(6, *SHAPE), EARLY_EOL)
    bench.source.send(early)
    await bench.taken(sent := sent + len(early))
    await bench.idle()
    assert dut.interrupt.value == 1
    assert await bridge(driver.faults)() == ["early_eol"]
    assert await bridge(driver.faults)() == []
    assert await bus.read(dut, PENDING) == DONE | FAULT
    begun = beats_of(drawn(7, *SHAPE))[:9]
    bench.source.send(begun)
    await bench.taken(sent := sent + len(begun))
    await refused(TimeoutError, driver.stop, POLLS // 10)
    await bridge(driver.reset)(POLLS)
    assert await bridge(driver.get)("control", "enable") == 0
    await bus.waited(dut, 50)
    bench.sink.beats.clear()
    await bridge(driver.start)(*SHAPE)
    await one_frame(bench, 8, sent)
