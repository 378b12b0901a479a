# SPDX-License-Identifier: Apache-2.0
"""What cocotb runs on video_top of network @hash@: @vectors@/ through AXI4-Lite and AXI4-Stream of cocotbext-axi.

rtlsim/run.py starts it.  Every output pixel is compared with the golden integers, SOF, EOL and tkeep with where they belong; a beat
that was offered must stay as it is until it is taken.  Between frames the registers are used as registers.md says.
"""

import os
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, SimTimeoutError, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

ROOT = Path(__file__).resolve().parents[1]
SEED = int(os.environ.get("SEED") or 1)
SCALE, PIXELS_IN, PIXELS_OUT, CLOCKS = map(int, ["@scale@", "@pixels@", "@beat_pixels@", "@clocks@"])
VECTORS, COMPONENTS = "@vectors@", int("@components@")  # samples of a pixel, a byte each
CONTROL, HEIGHT, WIDTH, STATUS, FRAMES, VERSION, CAPABILITIES, HASH = 0x00, 0x10, 0x18, 0x20, 0x28, 0x30, 0x34, 0x40
ENABLE, SOFT_RESET, BUSY = 1, 2, 0x100
NANOSECONDS = 4


def read_vectors():
    """The network's hash and (name, height, width, input samples, output samples) of every frame of index.txt."""
    network, frames, stems = "", [], []
    for line in (ROOT / VECTORS / "index.txt").read_text(encoding="utf-8").splitlines():
        word, *rest = line.split()
        if word == "network":
            network = rest[0]
        elif word == "frame":
            frames.append((rest[0], int(rest[1]), int(rest[2])))
            stems.append([])
        elif word == "tensor":
            stems[-1].append(rest[-1])
    pixels = [[(ROOT / VECTORS / f"{one}.bin").read_bytes() for one in (names[0], names[-1])] for names in stems]
    found = [(*frame, *both) for frame, both in zip(frames, pixels, strict=True)]
    for name, height, width, source, golden in found:
        size = height * width * COMPONENTS
        assert (len(source), len(golden)) == (size, size * SCALE**2), f"{name}: files of another size"
    assert found, f"{VECTORS}/index.txt lists no frame"
    return network, found


class Bench:
    """video_top out of reset, a source, a sink and a master of its registers; pauses, waits: of the source and of the sink."""

    def __init__(self, dut, pauses=None, waits=None):
        self.dut, reset = dut, {"reset": dut.aresetn, "reset_active_level": False}
        self.registers = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi_control"), dut.aclk, **reset)
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_video"), dut.aclk, **reset)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_video"), dut.aclk, **reset)
        self.source.set_pause_generator(pauses)
        self.sink.set_pause_generator(waits)
        self.compared = 0

    @classmethod
    async def begun(cls, dut, **pauses):
        Clock(dut.aclk, NANOSECONDS, "ns").start()
        dut.aresetn.value = 0
        bench = cls(dut, **pauses)
        await ClockCycles(dut.aclk, 8)
        dut.aresetn.value = 1
        await ClockCycles(dut.aclk, 2)
        cocotb.start_soon(offered_stays(dut))
        return bench

    async def idle(self, height, width):
        """Waits until no frame is inside."""
        for _ in range(clocks_of(height, width)):
            if not await self.registers.read_dword(STATUS) & BUSY:
                return
        raise AssertionError("status.busy stays 1")

    async def program(self, height, width):
        """A new size: the enable off, the frame under way out, the size, the enable on."""
        await self.registers.write_dword(CONTROL, 0)
        await self.idle(height, width)
        await self.registers.write_dword(HEIGHT, height)
        await self.registers.write_dword(WIDTH, width)
        await self.registers.write_dword(CONTROL, ENABLE)

    async def send(self, frame):
        """One AXI4-Stream packet a line; tuser is 1 with the first beat, tlast with each line's last."""
        _, height, width, samples, _ = frame
        length, beat = width * COMPONENTS, PIXELS_IN * COMPONENTS
        for row in range(height):
            line = samples[row * length : (row + 1) * length]
            line += bytes(-length % beat)
            users = [int(row == 0 and column < beat) for column in range(len(line))]
            await self.source.send(AxiStreamFrame(line, tuser=users))

    async def receive(self, frame):
        """Holds the next output frame against the golden one."""
        name, height, width, _, golden = frame
        out_width, beat = width * SCALE * COMPONENTS, PIXELS_OUT * COMPONENTS
        for row in range(height * SCALE):
            try:
                line = await with_timeout(self.sink.recv(compact=False), NANOSECONDS * clocks_of(height, width), "ns")
            except SimTimeoutError:
                raise AssertionError(f"frame '{name}': no row {row} in {clocks_of(height, width)} clocks") from None
            keep = [1] * out_width + [0] * (-out_width % beat)
            users = [int(row == 0 and column < beat) for column in range(len(keep))]
            assert list(line.tkeep) == keep, f"frame '{name}', row {row}: tkeep or EOL is wrong"
            assert list(line.tuser) == users, f"frame '{name}', row {row}: SOF is wrong"
            wanted = golden[row * out_width : (row + 1) * out_width]
            for column in range(out_width):
                got = line.tdata[column]
                where = f"row {row}, column {column // COMPONENTS}" + f", component {column % COMPONENTS}" * (COMPONENTS > 1)
                assert got == wanted[column], f"frame '{name}', {where}: golden {wanted[column]}, RTL {got}"
            self.compared += out_width

    async def ended(self, frames, what):
        """Nothing is left over, no fault was raised, every frame was counted."""
        last = frames[-1]
        await self.idle(*last[1:3])
        await ClockCycles(self.dut.aclk, 100)
        assert self.sink.empty(), "beats behind the last frame"
        assert await self.registers.read_dword(STATUS) == 0, "status is not 0"
        counted = await self.registers.read_dword(FRAMES)
        assert counted == len(frames), f"frame_count {counted}; needed {len(frames)}"
        tell(f"{what}: {len(frames)} frames, {self.compared // COMPONENTS} pixels compared, 0 mismatches")


def clocks_of(height, width):
    """More clocks than a frame takes, however the source pauses and the sink waits."""
    return 2000 + 40 * CLOCKS * (height + 16) * (width + 16)


def tell(text):
    with Path(os.environ["RTLSIM_REPORT"]).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


async def offered_stays(dut):
    """valid and payload of the output stay until ready."""
    ports = [getattr(dut, f"m_axis_video_{name}") for name in ("tdata", "tkeep", "tuser", "tlast")]
    waiting = None
    while True:
        await RisingEdge(dut.aclk)
        beat = [str(port.value) for port in ports] if dut.m_axis_video_tvalid.value == 1 else None
        assert waiting in (None, beat), "a beat changed, or went, while it waited"
        waiting = beat if dut.m_axis_video_tready.value == 0 else None


def at_random(seed, share):
    """True in this share of clocks."""
    draw = random.Random(f"{SEED} {seed}")
    while True:
        yield draw.random() < share


async def every_frame(dut, what, **pauses):
    """All of the vectors, another size with each."""
    _, frames = read_vectors()
    bench = await Bench.begun(dut, **pauses)
    for frame in frames:
        await bench.program(*frame[1:3])
        await bench.send(frame)
        await bench.receive(frame)
    await bench.ended(frames, what)


@cocotb.test()
async def registers(dut):
    """Version, what the core is, and whose network: as this export lists it."""
    network, _ = read_vectors()
    bench = await Bench.begun(dut)
    words = [await bench.registers.read_dword(HASH + 4 * word) for word in range(8)]
    assert "".join(f"{word:08x}" for word in words) == network, "network_hash is not that of index.txt"
    assert await bench.registers.read_dword(VERSION) >> 16 == 1, "version.major is not 1"
    facts = await bench.registers.read_dword(CAPABILITIES)
    assert (facts & 255, facts >> 16 & 255, facts >> 24) == (SCALE, PIXELS_IN, PIXELS_OUT), f"capabilities {facts:08x}"
    tell("registers: version, capabilities, network_hash as exported")


@cocotb.test()
async def without_pauses(dut):
    await every_frame(dut, "no pauses")


@cocotb.test()
async def random_pauses(dut):
    await every_frame(dut, f"pauses of both sides, seed {SEED}", pauses=at_random(1, 0.4), waits=at_random(2, 0.4))


@cocotb.test()
async def back_pressure(dut):
    """Three frames of one size back to back into a sink that takes a beat in six."""
    frames = sorted(read_vectors()[1], key=lambda frame: frame[1] * frame[2])
    bench, frame = await Bench.begun(dut, waits=at_random(3, 5 / 6)), frames[len(frames) // 2]
    await bench.program(*frame[1:3])
    for _ in range(3):
        await bench.send(frame)
    for _ in range(3):
        await bench.receive(frame)
    await bench.ended([frame] * 3, "back-pressure, back to back")
