"""The pipeline as an inline SVG picture: one box per process, the width of every stream between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from hls_export.plan.pipeline import ENGINES, Process
from hls_export.plan.plan import HardwarePlan

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, PER_ROW = 150, 84, 62, 46, 5
TITLES = {"video_input": "AXI4-Stream in", "video_output": "AXI4-Stream out", "delay": "pixel FIFO"}
"""Of the processes whose name says less."""


@dataclass(frozen=True)
class Box:
    """A process, its lines of text, and the stream that leaves it."""

    title: str
    lines: tuple[str, ...]
    leaves: str
    is_plain: bool = False


def boxes(plan: HardwarePlan) -> list[list[Box]]:
    """The processes on the way of the layers, in order; then each branch beside it, from the fork to the pair."""
    beside = plan.pipeline.beside
    chain = [_box_of(plan, process) for process in plan.pipeline.processes if process not in beside]
    branches = [[_box_of(plan, process) for process in branch] for branch in plan.pipeline.branches[1:]]
    return [chain, *branches]


def _box_of(plan: HardwarePlan, process: Process) -> Box:
    lines = LINES[process.kind](plan, process)
    return Box(TITLES.get(process.kind, process.name), lines, _leaves(plan, process), process.kind not in ENGINES)


def _leaves(plan: HardwarePlan, process: Process) -> str:
    if not process.writes:
        return f"{plan.raster.beat_pixels * 8} bit"
    return "to pair" if process.kind == "delay" else f"{plan.pipeline.stream(process.writes[0]).width_bits} bit"


def _engine(_: HardwarePlan, process: Process) -> tuple[str, ...]:
    layer, shape, fold = process.layer, process.layer.geometry, process.layer.folding
    size = f"{shape.kernel}x{shape.kernel}, {shape.in_channels} to {shape.out_channels}"
    return size, f"PE {fold.pe}, SIMD {fold.simd}, II {fold.folds}", f"{layer.dsps} DSP, {layer.form.replace('_', '-')}"


LINES: dict[str, Callable[[HardwarePlan, Process], tuple[str, ...]]] = {
    "video_input": lambda plan, _process: ("SOF, EOL checked", _pixels(plan.raster.pixels)),
    "fork": lambda _plan, _process: ("every pixel", "to both branches"),
    "delay": lambda plan, process: (f"{plan.pipeline.stream(process.writes[0]).depth} words", "luma - 128"),
    **dict.fromkeys(ENGINES, _engine),
    "pair": lambda _plan, _process: ("every pixel", "and its features"),
    "requantize": lambda plan, _process: (f"{plan.raster.requantize_lanes} per clock", f"{plan.raster.stride} row FIFOs"),
    "video_output": lambda plan, _process: (f"{plan.raster.beat_pixels} pixels per beat", "SOF, EOL"),
}
"""What stands in the box of each kind of process."""


def _pixels(count: int) -> str:
    return f"{count} pixel{'s' * (count > 1)} per beat"


def diagram(plan: HardwarePlan) -> str:
    """Boxes from left to right, then the next row, every branch in a row of its own; arrows carry the stream widths."""
    chain, *branches = boxes(plan)
    rows = -(-len(chain) // PER_ROW)
    width, height = PER_ROW * (BOX_WIDTH + GAP_X), (rows + len(branches)) * (BOX_HEIGHT + GAP_Y)
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="block diagram of the pipeline">',
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0 0L8 4L0 8" style="fill:currentColor"/></marker></defs>',
    ]
    for index, box in enumerate(chain):
        parts.append(_box(box, *_corner(index)))
        if index + 1 < len(chain):
            parts.append(_arrow(box.leaves, index))
    for row, branch in enumerate(branches, rows):
        parts.append(_arrow("from fork", row * PER_ROW))
        for index, box in enumerate(branch, row * PER_ROW + 1):
            parts += [_box(box, *_corner(index)), _arrow(box.leaves, index)]
    return "".join([*parts, "</svg>"])


def _corner(index: int) -> tuple[int, int]:
    return index % PER_ROW * (BOX_WIDTH + GAP_X) + 4, index // PER_ROW * (BOX_HEIGHT + GAP_Y) + 4


def _box(box: Box, x: int, y: int) -> str:
    plain = ' class="plain"' if box.is_plain else ""
    lines = [f'<text x="{x + 10}" y="{y + 20}" font-weight="600">{escape(box.title)}</text>']
    lines += [f'<text class="small" x="{x + 10}" y="{y + 38 + 16 * i}">{escape(line)}</text>' for i, line in enumerate(box.lines)]
    return f'<rect{plain} x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>' + "".join(lines)


def _arrow(label: str, index: int) -> str:
    x, y = _corner(index)
    to_x, to_y = _corner(index + 1)
    if to_y == y:
        line = f"M{x + BOX_WIDTH} {y + BOX_HEIGHT // 2}H{to_x - 2}"
        text_x, text_y = x + BOX_WIDTH + GAP_X // 2, y + BOX_HEIGHT // 2 - 8
    else:
        turn = y + BOX_HEIGHT + GAP_Y // 2
        line = f"M{x + BOX_WIDTH // 2} {y + BOX_HEIGHT}V{turn}H{to_x + BOX_WIDTH // 2}V{to_y - 2}"
        text_x, text_y = x + BOX_WIDTH // 2 - 40, turn - 6
    text = f'<text class="small" x="{text_x}" y="{text_y}" text-anchor="middle">{escape(label)}</text>'
    return f'<path d="{line}" marker-end="url(#tip)"/>{text}'
