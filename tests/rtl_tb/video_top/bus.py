"""An AXI4-Lite master for cocotb whose channels begin and wait as each test asks; breaches of the protocol are assertions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

PORTS = ("aw", "w", "b", "ar", "r")
MOST_CLOCKS = 200
NO_WAITS = repeat(0)


async def start(dut: Any, clocks: int = 4) -> None:
    """Clock and reset, all inputs at rest."""
    Clock(dut.aclk, 2, "step").start()
    for name in ("awvalid", "awaddr", "wvalid", "wdata", "wstrb", "bready", "arvalid", "araddr", "rready"):
        getattr(dut, f"s_axi_control_{name}").value = 0
    for name in ("tvalid", "tdata", "tuser", "tlast"):
        getattr(dut, f"s_axis_video_{name}").value = 0
    dut.m_axis_video_tready.value = 0
    dut.aresetn.value = 0
    await waited(dut, clocks)
    dut.aresetn.value = 1
    await waited(dut, 1)


async def waited(dut: Any, clocks: int) -> None:
    """So many clocks later; everything is driven and read while the clock is low."""
    for _ in range(clocks):
        await FallingEdge(dut.aclk)


async def _sent(dut: Any, channel: str, payloads: Sequence[dict[str, int]], waits: Iterator[int]) -> None:
    """Beats of AW, W or AR, each after its wait; valid stays until ready."""
    port = {name: getattr(dut, f"s_axi_control_{channel}{name}") for name in ("valid", "ready", *payloads[0])}
    for payload in payloads:
        await waited(dut, next(waits))
        port["valid"].value = 1
        for name, value in payload.items():
            port[name].value = value
        for _ in range(MOST_CLOCKS):
            await RisingEdge(dut.aclk)
            taken = port["ready"].value == 1
            await FallingEdge(dut.aclk)
            if taken:
                break
        else:
            raise AssertionError(f"{channel} was not taken in {MOST_CLOCKS} clocks")
        port["valid"].value = 0


async def _answered(dut: Any, channel: str, count: int, waits: Iterator[int]) -> list[int]:
    """Responses of B or R, each kept waiting; valid and payload must stay, the response be OKAY."""
    valid, ready = (getattr(dut, f"s_axi_control_{channel}{name}") for name in ("valid", "ready"))
    parts = [getattr(dut, f"s_axi_control_{channel}{name}") for name in (("resp", "data") if channel == "r" else ("resp",))]
    found = []
    for _ in range(count):
        wait, shown = next(waits), None
        for _ in range(MOST_CLOCKS):
            ready.value = int(wait == 0)
            await RisingEdge(dut.aclk)
            if valid.value == 1:
                seen = [part.value.to_unsigned() for part in parts]
                assert shown in (None, seen), f"{channel} changed while it waited"
                shown = seen
            else:
                assert shown is None, f"{channel}valid fell while it waited"
            await FallingEdge(dut.aclk)
            if shown is not None and wait == 0:
                break
            wait -= shown is not None
        else:
            raise AssertionError(f"no {channel} in {MOST_CLOCKS} clocks")
        ready.value = 0
        assert shown is not None
        assert shown[0] == 0, f"{channel}resp {shown[0]}"
        found.append(shown[-1])
    return found


async def write_all(dut: Any, words: Sequence[tuple[int, int, int]], *waits: Iterator[int]) -> None:
    """Writes (offset, value, strobes) in order; waits: clocks before each AW, before each W, before each bready."""
    aw, w, b = waits or (NO_WAITS,) * 3
    tasks = [
        cocotb.start_soon(_sent(dut, "aw", [{"addr": offset} for offset, _, _ in words], aw)),
        cocotb.start_soon(_sent(dut, "w", [{"data": value, "strb": strobes} for _, value, strobes in words], w)),
        cocotb.start_soon(_answered(dut, "b", len(words), b)),
    ]
    for task in tasks:
        await task


async def read_all(dut: Any, offsets: Sequence[int], *waits: Iterator[int]) -> list[int]:
    """What the words hold, read in order; waits: clocks before each AR, before each rready."""
    ar, r = waits or (NO_WAITS,) * 2
    asked = cocotb.start_soon(_sent(dut, "ar", [{"addr": offset} for offset in offsets], ar))
    found = await _answered(dut, "r", len(offsets), r)
    await asked
    return found


async def write(dut: Any, offset: int, value: int, strobes: int = 15) -> None:
    await write_all(dut, [(offset, value, strobes)])


async def read(dut: Any, offset: int) -> int:
    return (await read_all(dut, [offset]))[0]
