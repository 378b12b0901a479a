"""Curves as SVG, by matplotlib: points of one name joined by a line, ticks at round numbers, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

Points = Sequence[tuple[float, float]]
SETTINGS = {
    "svg.hashsalt": "sr2fpga",
    "svg.fonttype": "none",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
UNDATED = {"Date": None, "Creator": None}
"""Metadata that another day or another version would change."""


def plot(title: str, x_label: str, y_label: str, curves: Mapping[str, Points]) -> str:
    """The SVG text; `curves` maps each name to its points, in the order in which they are joined.

    A curve's group in the SVG has its name as id.  Raises ValueError when there is nothing to show.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    drawn = {name: points for name, points in curves.items() if points}
    if not drawn:
        raise ValueError(f"'{title}': no points to plot")
    with mpl.rc_context():
        mpl.rcdefaults()  # a user's own settings would give other bytes
        mpl.rcParams.update(SETTINGS)
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.add_subplot(title=title, xlabel=x_label, ylabel=y_label)
        for name, points in drawn.items():
            axes.plot(*zip(*points, strict=True), marker="o", markersize=4, label=name, gid=name)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
        axes.grid(alpha=0.3)
        figure.legend(loc="outside right upper")
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=UNDATED)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
