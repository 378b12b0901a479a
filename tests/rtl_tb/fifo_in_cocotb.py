"""What cocotb runs on `stream_fifo`: random pushes and pops beside a deque, order, level and both ends of its depth."""

from __future__ import annotations

import random
from collections import deque

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

CLOCKS = 2000


@cocotb.test()
async def keeps_order_and_level(dut: object) -> None:
    """Everything is driven and read while the clock is low, so that each rising edge sees one state."""
    draw, depth, width = random.Random(1), dut.DEPTH.value.to_unsigned(), dut.WIDTH.value.to_unsigned()
    Clock(dut.clk_i, 2, "step").start()
    dut.rst_ni.value, dut.s_valid_i.value, dut.m_ready_i.value, dut.s_data_i.value = 0, 0, 0, 0
    for _ in range(3):
        await RisingEdge(dut.clk_i)
    await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1
    held: deque[int] = deque()
    popped, seen = 0, set()
    for clock in range(CLOCKS):
        rate = (0.9, 0.1, 0.5)[clock * 9 // CLOCKS % 3]  # fills, drains, both
        data = draw.randrange(1 << width)
        dut.s_valid_i.value, dut.s_data_i.value = int(draw.random() < rate), data
        dut.m_ready_i.value = int(draw.random() < 1 - rate)
        await RisingEdge(dut.clk_i)  # what is read here is what the edge takes
        push = dut.s_valid_i.value == 1 and dut.s_ready_o.value == 1
        pop = dut.m_valid_o.value == 1 and dut.m_ready_i.value == 1
        assert dut.level_o.value.to_unsigned() == len(held)
        seen.add(len(held))
        if pop:
            assert dut.m_data_o.value.to_unsigned() == held.popleft()
            popped += 1
        if push:
            held.append(data)
        await FallingEdge(dut.clk_i)
    assert popped > CLOCKS // 10
    assert seen == set(range(depth + 1))
