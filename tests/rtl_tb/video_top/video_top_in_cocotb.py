"""What cocotb runs on video_top around the network's sr_top: a program's use of the registers while frames pass."""

from __future__ import annotations

import random
from typing import Any

import cocotb

from rtl_tb.stimulus.video_model import (
    BEFORE_SOF,
    EARLY_EOL,
    EARLY_SOF,
    LATE_EOL,
    SIZE_REFUSED,
    Frame,
    VideoInput,
)
from tests.rtl_tb.video_top import bus
from tests.rtl_tb.video_top.bench import (
    BUSY,
    CONTROL,
    DONE,
    ENABLE,
    ENABLED,
    ERRORS,
    FAULT,
    FRAMES,
    HEIGHT,
    LANES,
    MAX_HEIGHT,
    MAX_WIDTH,
    NETWORK,
    PENDING,
    PIXELS,
    RESET,
    SHAPES,
    STATUS,
    WIDTH,
    Bench,
    beats_of,
    behind_cut,
    broken,
)
from tests.rtl_tb.video_top.video import drawn, expected


@cocotb.test()
async def frames_pass_as_the_registers_say(dut: Any) -> None:
    """Nothing before the enable; then frames of several sizes, counted, each by an interrupt; faults none."""
    bench = await Bench.begun(dut)
    first = drawn(0, *SHAPES[0])
    bench.source.send(beats_of(first))
    await bus.waited(dut, 200)
    assert not bench.sink.beats
    assert bench.source.taken <= 2
    await bus.write(dut, ENABLED, DONE)
    frames = []
    for index, shape in enumerate(SHAPES):
        await bench.program(shape)
        frames.append(first if index == 0 else drawn(index, *shape))
        if index:
            bench.source.send(beats_of(frames[-1]))
        await bench.taken(sum(len(beats_of(frame)) for frame in frames))
        await bench.idle()
        bench.gave(frames)
        assert dut.interrupt.value == 1
        assert await bus.read(dut, PENDING) == DONE
        await bus.write(dut, PENDING, DONE)
        await bus.waited(dut, 2)
        assert dut.interrupt.value == 0
        assert await bus.read_all(dut, [FRAMES, ERRORS, STATUS]) == [index + 1, 0, 0]


@cocotb.test()
async def a_frame_that_is_let_in_ends_whole(dut: Any) -> None:
    """Cleared from before a frame's first beat to after its last: whole frames leave, the others wait for the next enable."""
    bench, draw = await Bench.begun(dut), random.Random(3)
    frames: list[Frame] = []
    left = 0
    for index in range(24):
        shape = SHAPES[index % 2]
        pair = [drawn(100 + 2 * index + i, *shape) for i in (0, 1)]
        for frame in pair:
            bench.source.send(beats_of(frame))
        frames += pair
        await bench.program(shape)
        await bus.waited(dut, draw.randrange(2 * pair[0].size))
        await bus.write(dut, CONTROL, 0)
        await bench.idle()
        left = await bus.read(dut, FRAMES)
        assert left in range(2 * index, 2 * index + 3)
        bench.gave(frames[:left])
        await bus.waited(dut, 60)
        bench.gave(frames[:left])
        await bench.program(shape)
        await bench.taken(sum(len(beats_of(frame)) for frame in frames))
        await bench.idle()
        bench.gave(frames)
        await bus.write(dut, CONTROL, 0)
    assert await bus.read_all(dut, [FRAMES, ERRORS, STATUS]) == [48, 0, 0]


@cocotb.test()
async def a_soft_reset_at_any_time_and_on(dut: Any) -> None:
    """Frames that were let in are cut, those behind are exact.  The bus answers meanwhile, registers and counters stay."""
    bench, draw = await Bench.begun(dut), random.Random(4)
    shape, sent = SHAPES[0], 0
    for index in range(30):
        frames = [drawn(200 + 3 * index + i, *shape) for i in range(3)]
        beats = [beats_of(frame) for frame in frames]
        await bench.program(shape)
        before, counted, begun = len(bench.sink.beats), await bus.read(dut, FRAMES), bench.begun
        held = draw.randrange(1, len(beats[0]) + 1) if index % 3 == 0 else len(beats[0])
        bench.source.send(beats[0][:held])
        if index % 3 == 1:
            bench.source.send(beats[1])
        await bus.waited(dut, draw.randrange(8 * frames[0].size))
        waits = iter([draw.randrange(3) for _ in range(24)])
        reading = cocotb.start_soon(bus.read_all(dut, [HEIGHT, WIDTH] * 12, waits, bus.NO_WAITS))
        await bus.write(dut, CONTROL, RESET | ENABLE)
        if index % 3 == 2:
            bench.source.send(beats[1])
        assert await reading == list(shape) * 12
        await bus.waited(dut, 30)
        assert await bus.read(dut, CONTROL) == ENABLE
        if index % 3 == 0:
            bench.source.send(beats[0][held:])
            bench.source.send(beats[1])
        bench.source.send(beats[2])
        sent += sum(len(part) for part in beats)
        await bench.taken(sent)
        await bench.idle()
        errors = await bus.read(dut, STATUS)
        assert errors & ~BEFORE_SOF == 0, "a fault other than before_sof"
        await bus.write(dut, STATUS, errors)
        behind_cut(bench, frames, bench.begun_at_reset - begun, before)
        whole = sum(last for *_, last in bench.sink.beats[before:]) // NETWORK.scale // shape[0]
        assert await bus.read(dut, FRAMES) - counted == whole


@cocotb.test()
async def a_frame_that_comes_with_the_soft_reset(dut: Any) -> None:
    """Its SOF beat comes in each clock from before the write of the reset to after it; it goes in before, and is cut, or whole."""
    bench, shape, sent = await Bench.begun(dut, 0.0), SHAPES[4], 0
    await bench.program(shape)
    for clocks in range(16):
        frame, before, begun = drawn(400 + clocks, *shape), len(bench.sink.beats), bench.begun
        writing = cocotb.start_soon(bus.write(dut, CONTROL, RESET | ENABLE))
        await bus.waited(dut, clocks)
        bench.source.send(beats_of(frame))
        sent += len(beats_of(frame))
        await writing
        await bench.taken(sent)
        await bench.idle()
        await bus.waited(dut, 30)
        behind_cut(bench, [frame], bench.begun_at_reset - begun, before)


@cocotb.test()
async def a_soft_reset_while_the_sink_waits_and_off(dut: Any) -> None:
    """A beat that waits stays through the reset; the same write clears the enable, so that nothing goes in."""
    bench = await Bench.begun(dut, 0.0)
    frame, shape = drawn(7, *SHAPES[2]), SHAPES[2]
    bench.sink.pauses = 1.0
    bench.source.send(beats_of(frame))
    await bench.program(shape)
    await bus.waited(dut, 1500)
    assert dut.m_axis_video_tvalid.value == 1
    await bus.write(dut, CONTROL, RESET)
    await bus.waited(dut, 100)
    assert dut.m_axis_video_tvalid.value == 1
    bench.sink.pauses = 0.2
    await bus.waited(dut, 200)
    assert await bus.read(dut, STATUS) & BUSY == 0
    assert 1 <= len(bench.sink.beats) <= 2
    assert bench.sink.beats == expected(NETWORK, [frame], LANES)[: len(bench.sink.beats)]
    bench.source.send(beats_of(frame))
    held = len(bench.sink.beats)
    await bus.waited(dut, 300)
    assert len(bench.sink.beats) == held
    await bus.write(dut, CONTROL, ENABLE)
    await bench.taken(2 * len(beats_of(frame)))
    await bench.idle()
    bench.gave([frame], held)


@cocotb.test()
async def a_fault_is_kept_counted_and_cleared(dut: Any) -> None:
    """Each bit of status by a source that breaks that rule; the frame behind is exact."""
    bench, shape = await Bench.begun(dut), SHAPES[0]
    await bus.write(dut, ENABLED, FAULT)
    frames = sent = 0
    for bit in (BEFORE_SOF, EARLY_SOF, EARLY_EOL, LATE_EOL, SIZE_REFUSED):
        errors, before, model = await bus.read(dut, ERRORS), len(bench.sink.beats), VideoInput(MAX_HEIGHT, MAX_WIDTH, PIXELS)
        parts = [broken(drawn(40 + bit, *shape), bit), beats_of(drawn(80 + bit, *shape))]
        for part in parts:
            await bench.program((int(part["height"][0]), shape[1]))
            bench.source.send(part)
            model.feed(part)
            sent += len(part)
            await bench.taken(sent)
            await bus.waited(dut, 20)
        await bench.idle()
        bench.gave(model.frames, before)
        frames += len(model.frames)
        assert model.status == bit
        assert await bus.read_all(dut, [STATUS, FRAMES]) == [bit, frames]
        assert await bus.read(dut, ERRORS) - errors == (len(parts[0]) if bit == BEFORE_SOF else 1)
        assert dut.interrupt.value == 1
        await bus.write(dut, STATUS, bit)
        assert await bus.read(dut, STATUS) == 0
        assert dut.interrupt.value == 1
        await bus.write(dut, PENDING, FAULT | DONE)
        await bus.waited(dut, 2)
        assert dut.interrupt.value == 0


@cocotb.test()
async def a_closed_gate_holds_every_beat(dut: Any) -> None:
    """A source that is in mid-frame waits as well; its beats are dropped, and are faults, from the enable on."""
    bench, frame = await Bench.begun(dut, 0.0), drawn(9, *SHAPES[0])
    rest = beats_of(frame)[1:]
    bench.source.send(rest)
    await bench.program(SHAPES[0], 0)
    await bus.waited(dut, 100)
    assert bench.source.taken <= 2
    assert await bus.read_all(dut, [STATUS, ERRORS]) == [0, 0]
    await bus.write(dut, CONTROL, ENABLE)
    await bench.taken(len(rest))
    await bus.waited(dut, 20)
    assert await bus.read_all(dut, [STATUS, ERRORS]) == [BEFORE_SOF, len(rest)]


@cocotb.test()
async def broken_sources_never_lose_count(dut: Any) -> None:
    """Beats lost, doubled and flipped at random, and a whole frame behind: frames, status and counter are the model's."""
    bench, draw = await Bench.begun(dut), random.Random(5)
    shape, sent, frames = SHAPES[0], 0, 0
    await bench.program(shape)
    for index in range(8):
        beats = beats_of(drawn(500 + index, *shape))
        kept = [i for i in range(len(beats)) for _ in range(draw.choice((1, 1, 1, 1, 1, 1, 0, 2)))]
        beats = beats[kept]
        for name in ("user", "last"):
            beats[name][draw.randrange(len(beats))] ^= 1
        model, before = VideoInput(MAX_HEIGHT, MAX_WIDTH, PIXELS), len(bench.sink.beats)
        whole = beats_of(drawn(600 + index, *shape))
        for part in (beats, whole):
            model.feed(part)
            bench.source.send(part)
            sent += len(part)
        await bench.taken(sent)
        await bench.idle()
        bench.gave(model.frames, before)
        frames += len(model.frames)
        assert await bus.read_all(dut, [FRAMES, STATUS]) == [frames, model.status]
        await bus.write(dut, STATUS, 0x1F)


@cocotb.test()
async def more_small_frames_than_can_be_inside(dut: Any) -> None:
    """80 frames of one pixel into a sink that waits, then takes all: none is lost, each is counted."""
    bench = await Bench.begun(dut, 0.0)
    frames = [drawn(700 + index, 1, 1) for index in range(80)]
    bench.sink.pauses = 1.0
    for frame in frames:
        bench.source.send(beats_of(frame))
    await bench.program((1, 1))
    await bus.waited(dut, 3000)
    bench.sink.pauses = 0.0
    await bench.taken(80)
    await bench.idle()
    bench.gave(frames)
    assert await bus.read_all(dut, [FRAMES, ERRORS, STATUS]) == [80, 0, 0]
