"""Line plots as SVG, small and the same bytes every time: points with labels, joined by lines, one colour a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b9770e", "#555555")
WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 40, 50
TICKS = 5


@dataclass(frozen=True)
class Series:
    """Points (x, y) of one name, in the order in which they are joined; flat: a dashed horizontal line instead."""

    name: str
    points: tuple[tuple[float, float], ...]
    flat: bool = False


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` onto pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        return [self.low + (self.high - self.low) * i / TICKS for i in range(TICKS + 1)]


def plot(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """The SVG text.  Raises ValueError when there is nothing to show."""
    drawn = [one for one in series if one.points]
    if not drawn:
        raise ValueError(f"'{title}': no points to plot")
    x = _axis([p[0] for one in drawn for p in one.points if not one.flat] or [0], LEFT, WIDTH - RIGHT)
    y = _axis([p[1] for one in drawn for p in one.points], HEIGHT - BOTTOM, TOP)
    parts = [_text(LEFT, TOP - 16, title, size=15), *_frame(x, y, x_label, y_label)]
    for index, one in enumerate(drawn):
        parts += _curve(one, x, y, COLOURS[index % len(COLOURS)])
        parts.append(_text(WIDTH - RIGHT + 12, TOP + 16 * index + 8, one.name, COLOURS[index % len(COLOURS)]))
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _axis(values: Sequence[float], start: float, end: float) -> Axis:
    low, high = min(values), max(values)
    margin = (high - low) * 0.08 or 1.0
    return Axis(low - margin, high + margin, start, end)


def _frame(x: Axis, y: Axis, x_label: str, y_label: str) -> list[str]:
    parts = [
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}" fill="none" stroke="#999"/>'
    ]
    for tick in x.ticks:
        parts.append(_text(x.at(tick), HEIGHT - BOTTOM + 16, f"{tick:.3g}", anchor="middle"))
    for tick in y.ticks:
        parts.append(f'<path d="M{LEFT} {y.at(tick):.1f}H{WIDTH - RIGHT}" stroke="#eee"/>')
        parts.append(_text(LEFT - 6, y.at(tick) + 4, f"{tick:.2f}", anchor="end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_label, anchor="middle"))
    parts.append(_text(8, TOP - 2, y_label))
    return parts


def _curve(series: Series, x: Axis, y: Axis, colour: str) -> list[str]:
    if series.flat:
        height = y.at(series.points[0][1])
        return [f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="{colour}" stroke-dasharray="5 4"/>']
    places = [(x.at(a), y.at(b)) for a, b in series.points]
    line = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
    dots = [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in places]
    return [f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>', *dots]


def _text(x: float, y: float, text: str, colour: str = "#222", anchor: str = "start", size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
