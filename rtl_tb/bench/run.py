"""Build a design once, run scenarios on it, and hold what comes against golden."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hls_export.file_tree import write_files
from rtl_tb.bench import dump
from rtl_tb.bench.agreement import StreamAgreement, Trace, all_streams, golden_trace, integers
from rtl_tb.bench.design import Design
from rtl_tb.bench.dump import Dump
from rtl_tb.bench.harness import INPUT, OUTPUT, harness, library
from rtl_tb.bench.wave import Wave, bench_block
from rtl_tb.errors import BenchError
from rtl_tb.stimulus.scenarios import Scenario, back_to_back
from rtl_tb.stimulus.script import Epoch, Expected, compiled, frames_of
from rtl_tb.stimulus.stalls import NONE, Stalls
from rtl_tb.stimulus.video_model import Frame
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.simulator import Program, Simulator
from rtl_tb.tools.verilator import Verilator

SIMULATORS: Mapping[str, type[Verilator] | type[Icarus]] = {"verilator": Verilator, "icarus": Icarus}
HARMLESS = re.compile(r"\$readmemh: Standard inconsistency, following 1364-2005|^(VCD|FST) (warning|info): ")
"""What Icarus prints of every memory whose first address is the lower, and of a waveform's signals that it leaves out."""
TAPPED_PIXELS = 200_000
STATUS_NAMES = ("size_refused", "before_sof", "early_sof", "early_eol", "late_eol")


@dataclass
class Outcome:
    """What one run showed.  faults: everything wrong, in words; empty when all agreed and something was compared.

    dumps: the beats of the video streams.  seconds: of the simulation alone.
    """

    scenario: Scenario
    stalls: str
    simulator: str
    expected: Expected
    streams: list[StreamAgreement] = field(default_factory=list)
    dumps: dict[str, Dump] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    clocks: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def compared(self) -> int:
        return sum(stream.compared for stream in self.streams)

    @property
    def mismatches(self) -> int:
        return sum(stream.mismatches for stream in self.streams)

    def __str__(self) -> str:
        head = f"{'PASS' if self.passed else 'FAIL'}  {self.simulator}  {self.scenario.name}, stalls {self.stalls}: "
        facts = (
            f"{self.expected.frames} frames, {self.mismatches} mismatches in {self.compared} integers of "
            f"{len(self.streams)} streams, {self.clocks} clocks, {self.seconds:.1f} s"
        )
        return "\n      ".join([head + facts, *self.faults])


class Bench:
    """One design in one simulator, as it is synthesized.

    taps: whether hidden layers are dumped and compared, or the output alone.  twin: simulate the multipliers' behavioural twin.
    """

    def __init__(
        self, design: Design, simulator: Simulator, *, taps: bool = True, twin: bool = False, wave: Wave | None = None
    ) -> None:
        self.design, self.simulator, self.taps = design, simulator, taps and bool(design.taps)
        dumping = bench_block(wave) if wave and simulator.has_scopes else ()
        files = library() | dict(design.sources) | {"rtl_bench.sv": harness(design, twin, dumping).encode()}
        self.limits = (design.plan.target.height, design.plan.target.width)
        self.program: Program = simulator.build(files, wave.kind if wave else "")
        self.wave = wave
        self.traces: dict[bool, Trace] = {taps: golden_trace(design, taps) for taps in (False, True)}

    def run(self, scenario: Scenario, stalls: Stalls = NONE, *, all_taps: bool = False) -> Outcome:
        """Simulates and compares; hidden layers only of frames up to TAPPED_PIXELS in all, unless all_taps.

        A simulation that breaks down is an outcome with a fault, not an exception.
        """
        stimulus, expected = self._compiled(scenario)
        outcome = Outcome(scenario, stalls.name, self.simulator.name, expected)
        taps = self.taps and (all_taps or expected.pixels <= TAPPED_PIXELS)
        dumps = self._simulate(outcome, stimulus, self._plusargs(stalls, expected, taps, kept=True), taps)
        if dumps:
            outcome.streams = list(all_streams(self.design, dumps, expected, self.traces[taps]))
            outcome.dumps = {name: dumps[name] for name in (INPUT, OUTPUT)}
        _judge(outcome)
        return outcome

    def layers(self, frame: Frame) -> dict[str, NDArray[np.int32]]:
        """Every visible layer's integers for one frame, (channels, rows, columns) by layer name, without a comparison.

        Raises BenchError when beats are missing or too many, or the simulation breaks down.
        """
        scenario = back_to_back("one frame", [frame], self.design.input_samples, self.design.components)
        stimulus, expected = self._compiled(scenario)
        outcome = Outcome(scenario, NONE.name, self.simulator.name, expected)
        dumps = self._simulate(outcome, stimulus, self._plusargs(NONE, expected, self.taps), self.taps)
        if outcome.faults:
            raise BenchError(f"rtl: {outcome.faults[0]}")
        return {name: values.astype(np.int32) for name, values in integers(self.design, dumps, *frame.shape).items()}

    def _compiled(self, scenario: Scenario) -> tuple[bytes, Expected]:
        design = self.design
        return compiled(scenario.steps, self.limits, self._output_beats, design.input_samples, design.components)

    def _simulate(self, outcome: Outcome, stimulus: bytes, plusargs: list[str], taps: bool) -> dict[str, Dump]:
        """The dumps of one run; faults and numbers go into `outcome`."""
        with tempfile.TemporaryDirectory(prefix="rtl_tb") as name:
            folder = Path(name)
            write_files(folder, {**self.design.memories, "stimulus.hex": stimulus})
            try:
                started = time.perf_counter()
                text = self.program.run(folder, plusargs)
                outcome.seconds = time.perf_counter() - started
                _read_text(outcome, text)
                return self._read_dumps(folder, taps)
            except BenchError as error:
                outcome.faults.insert(0, str(error))
                return {}
            finally:
                if self.wave and (folder / self.wave.name).is_file():
                    shutil.move(folder / self.wave.name, self.wave.path)

    def _output_beats(self, height: int, width: int) -> int:
        scale = self.design.network.scale
        return height * scale * -(-width * scale // self.design.beat_samples)

    def _beats(self, epoch: Epoch) -> int:
        frames = [*epoch.frames, *([] if epoch.under_way is None else [epoch.under_way])]
        return sum(self._output_beats(*frame.shape) for frame in frames)

    def _plusargs(self, stalls: Stalls, expected: Expected, taps: bool, kept: bool = False) -> list[str]:
        line, slow = self._line_clocks(expected), stalls.slowdown
        rows = sum(layer.geometry.ahead + layer.geometry.extra_rows for layer in self.design.plan.engines) + 4
        limits = [f"+watchdog={int(1000 + stalls.longest + 2 * slow * rows * line)}", f"+drain={int(500 + 2 * slow * line)}"]
        limits.append(f"+most={1000 + max(self._beats(epoch) for epoch in expected.epochs)}")
        random = [*self.simulator.random_start, f"+verilator+seed+{stalls.seed + 1}"] if self.simulator.random_start else []
        shown = self.wave.plusargs if self.wave and kept else []
        return ["+stimulus=stimulus.hex", f"+taps={int(taps)}", *stalls.plusargs, *limits, *random, *shown]

    def _line_clocks(self, expected: Expected) -> int:
        """Clocks of the widest line at most."""
        return self.design.plan.initiation_interval * max((frame.shape[1] for frame in frames_of(expected)), default=1)

    def _read_dumps(self, folder: Path, taps: bool) -> dict[str, Dump]:
        widths = {tap.name: tap.width for tap in self.design.taps} if taps else {}
        widths |= {INPUT: 8 * self.design.input_samples + 2, OUTPUT: 9 * self.design.beat_samples + 2}
        return {name: dump.read(folder / f"{name}.tap", width) for name, width in widths.items()}


def _read_text(outcome: Outcome, text: str) -> None:
    """The lines that the bench's modules print."""
    statuses = []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("VIOLATION "):
            outcome.faults.append(f"protocol of {words[1]}, clock {words[2]}: {' '.join(words[3:])}")
        elif line.startswith("WATCHDOG "):
            outcome.faults.append(f"watchdog: {' '.join(words[1:])}")
        elif line.startswith("LEVEL "):
            outcome.levels[words[1]] = int(words[2])
        elif line.startswith("STATUS "):
            statuses.append(words[2])
        elif line.startswith("DONE "):
            outcome.clocks = int(words[1])
        elif re.search(r"warning|error", line, re.IGNORECASE) and not HARMLESS.search(line):
            outcome.faults.append(f"simulator: {line.strip()}")
    if not outcome.clocks:
        outcome.faults.append("the bench did not come to its end")
    wanted = [f"{status:05b}" for status in outcome.expected.statuses]
    if statuses != wanted:
        outcome.faults.append(f"status {_named(statuses)}; needed {_named(wanted)}")


def _named(statuses: list[str]) -> str:
    """The bits by name, reading by reading."""
    readings = []
    for status in statuses:
        bits = [name for name, bit in zip(STATUS_NAMES, reversed(status), strict=True) if bit != "0"]
        readings.append("+".join(bits) or "clear")
    return ", ".join(readings) or "never read"


def _judge(outcome: Outcome) -> None:
    for stream in outcome.streams:
        if not stream.agrees:
            counts = f"{stream.mismatches} mismatches, {stream.missing} beats missing, {stream.spurious} too many"
            outcome.faults.append(f"layer '{stream.stream}': {counts}; first: {stream.first}")
    if outcome.expected.frames and not outcome.compared:
        outcome.faults.append("nothing was compared")
