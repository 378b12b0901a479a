"""Waveforms: which part of a run is kept, and a saved view of it for GTKWave and for Surfer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtl_tb.bench.design import Design
from rtl_tb.bench.harness import INPUT, OUTPUT
from rtl_tb.errors import BenchError
from rtl_tb.tools.simulator import Simulator

KINDS = ("fst", "vcd")
EVERYTHING, TOP = "all", "top"
DUT = "dut"
DEEP = 99
"""Levels of a scope that is kept whole."""


@dataclass(frozen=True)
class Wave:
    """What is kept of a run: a file, scopes as (levels, instance below the design's top), clocks `first` to `last`.

    scopes: empty for everything, the bench too; the top's own signals are among them otherwise.  last: None for the end.
    """

    path: Path
    scopes: tuple[tuple[int, str], ...] = ()
    first: int = 0
    last: int | None = None

    @property
    def kind(self) -> str:
        return self.path.suffix[1:]

    @property
    def name(self) -> str:
        """Of the file in the folder that the simulation runs in."""
        return f"wave.{self.kind}"

    @property
    def plusargs(self) -> list[str]:
        found = [f"+wave={self.name}", f"+wave_first={self.first}"]
        found += [] if self.last is None else [f"+wave_last={self.last}"]
        return found + [f"+wave_scope{i}={levels}:{DUT}{name}" for i, (levels, name) in enumerate(self.scopes)]


def asked(design: Design, path: Path, scope: str, window: str | None) -> Wave:
    """The Wave of the options: scope is all, top, or processes by name; window is FIRST:LAST in clocks, either left out.

    Raises BenchError.
    """
    if path.suffix[1:] not in KINDS:
        raise BenchError(f"--wave {path}; allowed a name that ends with .{' or .'.join(KINDS)}")
    return Wave(path, _scopes(design, scope), *_window(window))


def _scopes(design: Design, scope: str) -> tuple[tuple[int, str], ...]:
    names = scope.split(",")
    if EVERYTHING in names:
        return ()
    known = design.instances
    for name in names:
        if name != TOP and name not in known:
            raise BenchError(f"--wave-scope {name}; allowed {EVERYTHING}, {TOP}, {', '.join(known)}")
    return ((1, ""), *((DEEP, f".u_{name}") for name in names if name != TOP))


def _window(window: str | None) -> tuple[int, int | None]:
    if window is None:
        return 0, None
    first, colon, last = window.partition(":")
    ends = [int(text) for text in (first or "0", last or "0") if text.isascii() and text.isdigit()]
    if not colon or len(ends) != 2 or (last and ends[1] < ends[0]) or max(ends) >= 1 << 31:
        raise BenchError(f"--wave-window {window}; allowed FIRST:LAST in clocks, as 1000:2000, :500 or 9000:")
    return ends[0], ends[1] if last else None


def bench_block(wave: Wave) -> list[str]:
    """Of the bench, in a simulator whose $dumpvars takes scopes; for the other main.cpp does it."""
    kept = [f"$dumpvars({0 if levels == DEEP else levels}, {DUT}{name});" for levels, name in wave.scopes] or [
        "$dumpvars(0, rtl_bench);"
    ]
    return [
        "  string wave;",
        "  integer wave_first, wave_last;",
        "  initial begin",
        '    if ($value$plusargs("wave=%s", wave) == 0) wave = "";',
        '    if ($value$plusargs("wave_first=%d", wave_first) == 0) wave_first = 0;',
        '    if ($value$plusargs("wave_last=%d", wave_last) == 0) wave_last = -1;',
        "  end",
        "  always @(posedge clk_i) begin",
        '    if (wave != "" && now == wave_first) begin',
        "      $dumpfile(wave);",
        *(f"      {one}" for one in kept),
        "    end",
        '    if (wave != "" && now == wave_last) $dumpoff;',
        "  end",
    ]


def save_views(wave: Wave, design: Design, simulator: Simulator) -> tuple[Path, Path]:
    """Writes and names FILE.gtkw, for GTKWave, and FILE.sucl, commands for Surfer: clock, streams, levels, from left to right."""
    groups = {title: list(signals) for title, signals in _groups(design, f"{simulator.root}.{DUT}").items()}
    views = wave.path.with_suffix(".gtkw"), wave.path.with_suffix(".sucl")
    views[0].write_text("\n".join(_gtkwave(wave, groups, simulator.single)) + "\n")
    views[1].write_text("\n".join(_surfer(groups)) + "\n")
    return views


Signals = Sequence[tuple[str, int]]
"""Names with the bits of a vector, 0 for what is none."""


def _groups(design: Design, dut: str) -> dict[str, Iterator[tuple[str, int]]]:
    def below(signals: Signals) -> Iterator[tuple[str, int]]:
        return ((f"{dut}.{name}", bits) for name, bits in signals)

    sides = {INPUT: design.input_samples, OUTPUT: design.beat_samples}
    streams = {name: below(_stream(name, pixels)) for name, pixels in sides.items()}
    taps = {
        tap.name: below([(f"tap_{tap.name}_valid", 0), (f"tap_{tap.name}_ready", 0), (f"tap_{tap.name}_data", tap.width)])
        for tap in design.taps
    }
    ports: Signals = (("aclk", 0), ("aresetn", 0), ("frame_height", 16), ("frame_width", 16), ("status", 5), ("status_clear", 0))
    levels = {"levels": below([(f"level_{name}", 32) for name in design.levels])} if design.levels else {}
    return {"top": below(ports), INPUT: streams[INPUT]} | taps | {OUTPUT: streams[OUTPUT]} | levels


def _stream(name: str, pixels: int) -> Signals:
    keep = [("tkeep", pixels)] if name == OUTPUT else []
    parts = [("tvalid", 0), ("tready", 0), ("tdata", 8 * pixels), *keep, ("tuser", 1), ("tlast", 0)]
    return [(f"{name}_{part}", bits) for part, bits in parts]


def _gtkwave(wave: Wave, groups: dict[str, list[tuple[str, int]]], single: str) -> Iterator[str]:
    yield "[*] python -m rtl_tb"
    yield f'[dumpfile] "{wave.path.resolve()}"'
    yield "[timestart] 0"
    for title, signals in groups.items():
        yield "@200"
        yield f"-{title}"
        for name, bits in signals:
            yield "@22" if bits > 1 else "@28"
            yield name + (f"[{bits - 1}:0]" if bits > 1 else single if bits else "")


def _surfer(groups: dict[str, list[tuple[str, int]]]) -> Iterator[str]:
    for title, signals in groups.items():
        yield f"divider_add {title}"
        yield from (f"variable_add {name}" for name, _ in signals)
    yield "zoom_fit"
