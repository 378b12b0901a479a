"""The pipeline as an inline SVG picture: one box per process, the width of every stream between them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from hls_export.plan import HardwarePlan

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, PER_ROW = 150, 84, 62, 46, 5


@dataclass(frozen=True)
class Box:
    """A process, its lines of text, and the stream that leaves it."""

    title: str
    lines: tuple[str, ...]
    leaves: str
    is_plain: bool = False


def boxes(plan: HardwarePlan) -> list[Box]:
    """The processes in order."""
    raster = plan.raster
    found = [Box("AXI4-Stream in", ("SOF, EOL checked", "1 pixel per beat"), "8 bit", True)]
    for layer in plan.layers:
        shape, fold = layer.geometry, layer.folding
        form = layer.form.replace("_", "-")
        size = f"{shape.kernel}x{shape.kernel}, {shape.in_channels} to {shape.out_channels}"
        lines = (size, f"PE {fold.pe}, SIMD {fold.simd}, II {fold.folds}", f"{layer.dsps} DSP, {form}")
        leaves = f"{layer.output_beat_bits} bit"
        found.append(Box(layer.name, lines, leaves))
    last = plan.layers[-1]
    block = f"{raster.stride * raster.stride} x {last.widths.accumulator} bit"
    found[-1] = Box(found[-1].title, found[-1].lines, block)
    found.append(
        Box("rescale", (f"{raster.rescale_lanes} per clock", f"{raster.stride} row FIFOs"), f"{raster.word_pixels * 8} bit", True)
    )
    found.append(
        Box("AXI4-Stream out", (f"{raster.beat_pixels} pixels per beat", "SOF, EOL"), f"{raster.beat_pixels * 8} bit", True)
    )
    return found


def diagram(plan: HardwarePlan) -> str:
    """Boxes from left to right, then the next row; arrows carry the stream widths."""
    found = boxes(plan)
    rows = -(-len(found) // PER_ROW)
    width, height = PER_ROW * (BOX_WIDTH + GAP_X), rows * (BOX_HEIGHT + GAP_Y)
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="block diagram of the pipeline">',
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0 0L8 4L0 8" style="fill:currentColor"/></marker></defs>',
    ]
    for index, box in enumerate(found):
        parts.append(_box(box, *_corner(index)))
        if index + 1 < len(found):
            parts.append(_arrow(box.leaves, index))
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
