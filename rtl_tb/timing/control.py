"""The modules of control whose paths are held to a limit, with parameters of a full-size engine, and the limit."""

from __future__ import annotations

from rtl_tb.bench.design import Instance

LIMIT_NS = 4.6
"""A 1080p60 source's 148.5 MHz on an Artix-7 -1, with a third of the clock left: 217 MHz here, over 300 on an UltraScale+ -1."""
MODULES: dict[str, dict[str, str]] = {
    "position_control": {"LAG_ROWS": "2", "LAG_COLUMNS": "2"},
    "credit_fifo": {"WIDTH": "32", "DEPTH": "1920"},
    "window": {"SIZE": "5", "AHEAD": "2", "MAX_WIDTH": "1920"},
    "column_sums": {},
    "row_sums": {"MAX_WIDTH": "1920"},
    "row_writes": {"STRIDE": "4", "GROUPS": "2", "EXTRA_BANDS": "1", "FIRST_ROW": "3"},
    "pixel_delay": {"DEPTH": "12000"},
    "video_input": {},
    "video_output": {"BEAT_PIXELS": "4", "WORD_PIXELS": "4"},
}
"""Module -> the parameters that are not its own."""


def control() -> dict[str, Instance]:
    """Each of them by name."""
    return {name: Instance(name, name, parameters) for name, parameters in MODULES.items()}
