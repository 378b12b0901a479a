"""What cocotb runs on video_top around a stand-in of sr_top: every field of the SystemRDL source, and the bus."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from hls_export.packaging.table import Field, Register
from tests.rtl_tb.video_top import bus

TABLE = [
    Register(**(one | {"fields": tuple(Field(**field) for field in one["fields"])}))
    for one in json.loads(Path(os.environ["REGISTERS"]).read_text())
]
AT = {register.name: register.offset for register in TABLE}
FAULTS = {field.name: field.low for register in TABLE if register.name == "status" for field in register.fields if field.on_write}
ALL_ONES = 0xFFFF_FFFF
RESET_CLOCKS = 24


def written(register: Register, old: int, value: int, strobes: int) -> int:
    """What a register at rest holds after a write, and after a soft reset that it may have begun."""
    marks = sum(0xFF << 8 * byte for byte in range(4) if strobes >> byte & 1)
    for field in register.fields:
        if field.access == "rw" and field.on_write is None:
            old = old & ~(field.mask & marks) | (value & field.mask & marks)
        elif field.on_write == "woclr":
            old &= ~(value & field.mask & marks)
    return old


async def started(dut: Any) -> None:
    dut.u_core.faults.value = 0
    await bus.start(dut)


async def all_hold(dut: Any, expected: dict[int, int]) -> None:
    found = await bus.read_all(dut, list(expected))
    wrong = {hex(at): (hex(value), hex(want)) for (at, want), value in zip(expected.items(), found, strict=True) if value != want}
    assert not wrong, f"found, expected: {wrong}"


async def faulted(dut: Any, bits: int) -> None:
    """The core raises these faults for one clock."""
    dut.u_core.faults.value = bits
    await bus.waited(dut, 1)
    dut.u_core.faults.value = 0
    await bus.waited(dut, 2)


@cocotb.test()
async def every_register_has_its_reset_value(dut: Any) -> None:
    assert len(TABLE) >= 10
    assert AT["frame_height"] == 0x10
    assert AT["frame_width"] == 0x18
    await started(dut)
    await all_hold(dut, {register.offset: register.reset for register in TABLE})


@cocotb.test()
async def every_bit_takes_what_its_access_allows(dut: Any) -> None:
    """Walking ones and zeros, all ones, and random words with random strobes in every register; the others stay."""
    draw = random.Random(1)
    await started(dut)
    held = {register.offset: register.reset for register in TABLE}
    for register in TABLE:
        words = [(1 << bit, 15) for bit in range(32)] + [(ALL_ONES ^ 1 << bit, 15) for bit in range(0, 32, 5)]
        words += [(ALL_ONES, 1 << byte) for byte in range(4)] + [(0, 1 << byte) for byte in range(4)] + [(ALL_ONES, 0)]
        words += [(draw.randrange(1 << 32), draw.randrange(16)) for _ in range(12)]
        for value, strobes in words:
            await bus.write(dut, register.offset, value, strobes)
            if register.name == "control":
                await bus.waited(dut, RESET_CLOCKS)
            held[register.offset] = written(register, held[register.offset], value, strobes)
            await all_hold(dut, {register.offset: held[register.offset]})
        await all_hold(dut, held)


@cocotb.test()
async def a_soft_reset_is_shown_while_it_lasts(dut: Any) -> None:
    await started(dut)
    for value, strobes, resets in ((2, 15, True), (0, 15, False), (3, 15, True), (3, 0b1110, False), (1, 15, False)):
        await bus.write(dut, AT["control"], value, strobes)
        kept = value & 1 if strobes & 1 else await bus.read(dut, AT["control"]) & 1
        await all_hold(dut, {AT["control"]: 2 * resets | kept})
        await bus.waited(dut, RESET_CLOCKS)
        await all_hold(dut, {AT["control"]: kept})


@cocotb.test()
async def what_is_no_register_reads_0_and_takes_nothing(dut: Any) -> None:
    await started(dut)
    held = {register.offset: register.reset for register in TABLE}
    others = [at | 1 << bit for bit in range(7, 12) for at in held]
    empty = [at for at in (*range(0, 0x100, 4), 0xFFC, *others) if at not in held]
    for at in empty:
        await bus.write(dut, at, ALL_ONES)
    await bus.waited(dut, RESET_CLOCKS)
    await all_hold(dut, dict.fromkeys(empty, 0) | held)


@cocotb.test()
async def faults_are_sticky_counted_and_cleared_by_their_own_one(dut: Any) -> None:
    await started(dut)
    count = 0
    for bit in FAULTS.values():
        await faulted(dut, 1 << bit)
        count += 1
        for value, strobes in ((0, 15), (0x1F ^ 1 << bit, 15), (1 << bit, 0b1110)):
            await bus.write(dut, AT["status"], value, strobes)
            await all_hold(dut, {AT["status"]: 1 << bit, AT["error_count"]: count, AT["interrupt_pending"]: 2})
        await bus.write(dut, AT["status"], 1 << bit)
        await bus.write(dut, AT["interrupt_pending"], 2)
        await all_hold(dut, {AT["status"]: 0, AT["error_count"]: count, AT["interrupt_pending"]: 0})
    await faulted(dut, 0x1F)
    await all_hold(dut, {AT["status"]: 0x1F, AT["error_count"]: count + 5})
    await bus.write(dut, AT["status"], 0b01010)
    await all_hold(dut, {AT["status"]: 0b10101})


@cocotb.test()
async def a_clear_never_loses_a_fault_of_the_same_clock(dut: Any) -> None:
    """The fault comes from two clocks before the clock in which the register is written to two after it."""
    await started(dut)
    clocks = await clocks_to_a_write(dut)
    for register, value, set_bits in ((AT["status"], 0x1F, None), (AT["interrupt_pending"], 3, 2)):
        for bit in FAULTS.values():
            for after in (-2, -1, 0, 1, 2):
                await faulted(dut, 0x1F)
                clearing = cocotb.start_soon(bus.write(dut, register, value))
                await bus.waited(dut, clocks + after)
                assert (dut.u_registers.write_i.value == 1) == (after == 0)
                await faulted(dut, 1 << bit)
                await clearing
                await all_hold(dut, {register: (set_bits or 1 << bit) if after >= 0 else 0})
                await bus.write_all(dut, [(AT["status"], 0x1F, 15), (AT["interrupt_pending"], 3, 15)])


async def clocks_to_a_write(dut: Any) -> int:
    """From the call of bus.write to the clock in which the register file sees it."""
    writing, clocks = cocotb.start_soon(bus.write(dut, AT["status"], 0)), 0
    while dut.u_registers.write_i.value != 1:
        await FallingEdge(dut.aclk)
        clocks += 1
    await writing
    return clocks


@cocotb.test()
async def the_interrupt_follows_what_is_pending_and_enabled(dut: Any) -> None:
    await started(dut)
    await faulted(dut, 1)
    assert dut.interrupt.value == 0
    for enabled, high in ((1, 0), (2, 1), (0, 0), (3, 1)):
        await bus.write(dut, AT["interrupt_enable"], enabled)
        await bus.waited(dut, 2)
        assert dut.interrupt.value == high, enabled
    await bus.write(dut, AT["interrupt_pending"], 2)
    await bus.waited(dut, 2)
    assert dut.interrupt.value == 0


def drawn(draw: random.Random, most: int) -> Iterator[int]:
    while True:
        yield draw.choice((0, 0, draw.randint(0, most)))


@cocotb.test()
async def channels_come_in_any_order_and_wait(dut: Any) -> None:
    """AW long before W and W before AW, both at once without a gap, responses kept waiting, reads beside writes."""
    await started(dut)
    draw = random.Random(2)
    by_offset = {register.offset: register for register in TABLE}
    held = {register.offset: register.reset for register in TABLE}
    plain = [AT["frame_height"], AT["frame_width"], AT["interrupt_enable"], AT["interrupt_pending"]]
    constant = [register.offset for register in TABLE if all(field.constant for field in register.fields)]
    for most in ((0, 0, 0, 0, 0), (9, 0, 0, 0, 0), (0, 9, 0, 0, 0), (0, 0, 9, 0, 9), *[(5, 5, 5, 5, 5)] * 4):
        words = [(draw.choice(plain), draw.randrange(1 << 32), draw.randrange(16)) for _ in range(24)]
        waits = [drawn(draw, longest) for longest in most]
        offsets = [draw.choice(constant) for _ in range(24)]
        writing = cocotb.start_soon(bus.write_all(dut, words, *waits[:3]))
        found = await bus.read_all(dut, offsets, *waits[3:])
        assert found == [held[offset] for offset in offsets]
        await writing
        for offset, value, strobes in words:
            held[offset] = written(by_offset[offset], held[offset], value, strobes)
        await all_hold(dut, held)


@cocotb.test()
async def an_answer_that_waits_does_not_change(dut: Any) -> None:
    """frame_height is read, and written twice before rready."""
    await started(dut)
    reading = cocotb.start_soon(bus.read_all(dut, [AT["frame_height"]] * 2, bus.NO_WAITS, iter((30, 0))))
    await bus.waited(dut, 6)
    await bus.write(dut, AT["frame_height"], 0x1234)
    await bus.write(dut, AT["frame_height"], 0x4321)
    reset = next(register.reset for register in TABLE if register.name == "frame_height")
    assert await reading == [reset, 0x4321]


@cocotb.test()
async def a_reset_ends_what_is_under_way(dut: Any) -> None:
    """An answer that waits falls, an address that waits for its data is forgotten, registers are as at first."""
    await started(dut)
    for with_data in (1, 0):
        dut.s_axi_control_awaddr.value, dut.s_axi_control_wdata.value, dut.s_axi_control_wstrb.value = AT["frame_width"], 0x55, 15
        dut.s_axi_control_awvalid.value, dut.s_axi_control_wvalid.value = 1, with_data
        await bus.waited(dut, 1)
        dut.s_axi_control_awvalid.value, dut.s_axi_control_wvalid.value = 0, 0
        await bus.waited(dut, 5)
        assert dut.s_axi_control_bvalid.value == with_data
        dut.aresetn.value = 0
        await bus.waited(dut, 4)
        dut.aresetn.value = 1
        await bus.waited(dut, 1)
        assert dut.s_axi_control_bvalid.value == 0
        await all_hold(dut, {register.offset: register.reset for register in TABLE})
        await bus.write(dut, AT["frame_height"], 0x77)
        await all_hold(dut, {AT["frame_height"]: 0x77})
