"""The pipeline as an inline SVG picture: one box per process, the width of every stream between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

from hls_export.plan.layer import LayerPlan
from hls_export.plan.plan import HardwarePlan

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, PER_ROW = 150, 84, 62, 46, 5


@dataclass(frozen=True)
class Box:
    """A process, its lines of text, and the stream that leaves it."""

    title: str
    lines: tuple[str, ...]
    leaves: str
    is_plain: bool = False


def boxes(plan: HardwarePlan) -> list[Box]:
    """The processes in order, without the branch of a residual."""
    raster, main = plan.raster, [_engine(layer) for layer in plan.layers]
    blocks = raster.stride * raster.stride
    found = [Box("AXI4-Stream in", ("SOF, EOL checked", "1 pixel per beat"), "8 bit", True)]
    main[-1] = replace(main[-1], leaves=f"{blocks} x {plan.layers[-1].widths.accumulator} bit")
    if plan.residual is not None:
        found.append(Box("fork", ("every pixel", "to both branches"), "8 bit", True))
        sums = f"sums x {1 << plan.residual.sum_shift}", f"+ residual x {1 << plan.residual.shift}"
        main.append(Box("join", sums, f"{blocks} x {plan.residual.widths.accumulator} bit", True))
    rescale = (f"{raster.rescale_lanes} per clock", f"{raster.stride} row FIFOs")
    beat = (f"{raster.beat_pixels} pixels per beat", "SOF, EOL")
    return [
        *found,
        *main,
        Box("rescale", rescale, f"{raster.word_pixels * 8} bit", True),
        Box("AXI4-Stream out", beat, f"{raster.beat_pixels * 8} bit", True),
    ]


def branch_boxes(plan: HardwarePlan) -> list[Box]:
    """The branch of a residual, from the fork to the join; empty without one."""
    if plan.residual is None:
        return []
    waiting = f"{plan.residual.pixel_depth} pixels", "luma - 128"
    return [Box("pixel FIFO", waiting, "8 bit", True), replace(_engine(plan.residual.layer), leaves="to join")]


def _engine(layer: LayerPlan) -> Box:
    shape, fold = layer.geometry, layer.folding
    size = f"{shape.kernel}x{shape.kernel}, {shape.in_channels} to {shape.out_channels}"
    lines = (size, f"PE {fold.pe}, SIMD {fold.simd}, II {fold.folds}", f"{layer.dsps} DSP, {layer.form.replace('_', '-')}")
    return Box(layer.name, lines, f"{layer.output_beat_bits} bit")


def diagram(plan: HardwarePlan) -> str:
    """Boxes from left to right, then the next row, a residual's branch in a row of its own; arrows carry the stream widths."""
    chain, branch = boxes(plan), branch_boxes(plan)
    rows = -(-len(chain) // PER_ROW)
    width, height = PER_ROW * (BOX_WIDTH + GAP_X), (rows + bool(branch)) * (BOX_HEIGHT + GAP_Y)
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="block diagram of the pipeline">',
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0 0L8 4L0 8" style="fill:currentColor"/></marker></defs>',
    ]
    for index, box in enumerate(chain):
        parts.append(_box(box, *_corner(index)))
        if index + 1 < len(chain):
            parts.append(_arrow(box.leaves, index))
    if branch:
        parts.append(_arrow("from fork", rows * PER_ROW))
    for index, box in enumerate(branch, rows * PER_ROW + 1):
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
