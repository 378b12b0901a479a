"""The contract is in the repository: citations name its equations, and executors round as its table has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from golden import IntLayer, IntNetwork, IntType, executors, judge, trace
from golden.spec import LUMA, Term
from tests.contract import PAGE, ROUNDING_TABLE, equations, rounding_table

ROOT = PAGE.parents[1]
TEXTS = ("golden", "qat", "hls_export", "rtl_tb", "tests", "benchmarks", "docs")
SUFFIXES = {".py", ".h", ".cpp", ".sv", ".md", ".toml"}
ELSEWHERE = re.compile(r"shared/design|(?<![\w/-])(?:architecture|adders|hardware|training|mission|stack)\.md")
HIDDEN = IntType(8, signed=True)


def texts() -> Iterator[tuple[Path, str]]:
    """Every text of the repository but this file."""
    for folder in TEXTS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.name != Path(__file__).name:
                yield path.relative_to(ROOT), path.read_text()


def test_every_citation_names_an_equation_of_the_page() -> None:
    there, cited = equations(), {}
    for path, text in texts():
        for numbers in re.findall(r"docs/arithmetic\.md, eq\. ([\d, to and]+\d|\d+)", text):
            cited.setdefault(path, set()).update(int(number) for number in re.findall(r"\d+", numbers))
    assert there == set(range(1, 9))
    assert len(cited) >= 5
    assert {path: sorted(numbers - there) for path, numbers in cited.items() if numbers - there} == {}


def test_no_text_cites_a_page_that_is_not_in_the_repository() -> None:
    found = [f"{path}: {match[0]}" for path, text in texts() for match in ELSEWHERE.finditer(text)]
    assert found == []


def test_a_page_without_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="rounding table of 0 rows; allowed at least 8"):
        rounding_table("no table")


def passing_on(name: str, kernel: int, output: IntType, source: IntType, bias: int, shift: int) -> IntLayer:
    """One channel whose accumulator is its input plus `bias`, rounded after a shift."""
    weight = np.zeros((1, 1, kernel, kernel), dtype=np.int64)
    weight[0, 0, kernel // 2, kernel // 2] = 1
    one = np.ones(1, dtype=np.int64)
    stride = 2 if output == LUMA else 1
    term = Term("previous", weight, IntType(8, signed=True))
    kind = "deconv" if stride == 2 else "conv"
    return IntLayer(name, kind, (term,), one * bias, one, one, one * shift, source, output, stride)


def halves() -> IntNetwork:
    """An FSRCNN of one channel whose first layer outputs (luma - 7) / 2, rounded; the others pass it on."""
    names = ("shrinking", "mapping1", "expanding")
    inner = [passing_on(name, kernel, HIDDEN, HIDDEN, 0, 0) for name, kernel in zip(names, (1, 3, 1), strict=True)]
    first, last = passing_on("extraction", 5, HIDDEN, LUMA, -7, 1), passing_on("deconvolution", 9, LUMA, HIDDEN, 8, 0)
    return IntNetwork((first, *inner, last))


FRAME = np.array([[int(value * 2) + 7 for value, _ in ROUNDING_TABLE]], dtype=np.uint8)


def test_golden_rounds_as_the_table_has_it() -> None:
    assert trace(halves(), FRAME)["extraction"].ravel().tolist() == [rounded for _, rounded in ROUNDING_TABLE]


@pytest.mark.parametrize("name", executors.known())
def test_every_executor_rounds_as_the_table_has_it(name: str) -> None:
    (verdict,) = judge.compare(halves(), [name], {"halves": FRAME})
    assert verdict.agrees, verdict
    assert verdict.compared >= FRAME.size * 4
