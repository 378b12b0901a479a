"""docs/arithmetic.md as the tests read it: its rounding table, and the numbers of its equations."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "arithmetic.md"


def rounding_table(text: str | None = None) -> tuple[tuple[float, int], ...]:
    """(value, rounded) pairs that tell ties-to-even from every other rule.  Raises ValueError where the page has no such table."""
    rows = re.findall(r"^\| (-?\d+\.5) \| (-?\d+) \|$", PAGE.read_text() if text is None else text, flags=re.MULTILINE)
    if len(rows) < 8:
        raise ValueError(f"{PAGE}: a rounding table of {len(rows)} rows; allowed at least 8")
    return tuple((float(value), int(rounded)) for value, rounded in rows)


def equations() -> set[int]:
    """The numbers of the page's equations, each at the head of an indented line."""
    return {int(number) for number in re.findall(r"^    \((\d+)\)  ", PAGE.read_text(), flags=re.MULTILINE)}


ROUNDING_TABLE = rounding_table()
