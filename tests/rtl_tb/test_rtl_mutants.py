"""Every fault of the issue, planted in the RTL, is caught."""

from __future__ import annotations

import re

import pytest

from rtl_tb.mutants import exported as rtl_mutants
from rtl_tb.tools.icarus import Icarus
from tests.rtl_tb.conftest import needs_icarus

DESIGNS = rtl_mutants.designs()
ALL = [(form, mutant) for form, (_, mutants) in DESIGNS.items() for mutant in mutants]
ISSUE = ("flipped bit", "rounding constant", "address counter", "line buffer one", "tlast one beat early", "beat dropped",
         "beat given twice", "phases swapped", "truncated", "ready stuck", "adder one bit narrow")  # fmt: skip
OF_RESIDUAL = ("not centred", "not shifted", "shifted a bit too far", "pixels dropped", "sums dropped", "starts from a bias",
               "neither branch", "blocks swapped", "too shallow", "lost to the slower", "given twice", "without its partner",
               "another frame")  # fmt: skip


def test_the_list_has_every_fault_of_the_issue() -> None:
    for words in ISSUE:
        assert any(words in mutant.fault for _, mutant in ALL), words
    for words in OF_RESIDUAL:
        assert any(words in mutant.fault for mutant in DESIGNS["residual"][1]), words
    assert set(DESIGNS) == {"phases", "overlap_add", "residual"}


@needs_icarus
@pytest.mark.parametrize(("form", "mutant"), ALL, ids=[mutant.fault for _, mutant in ALL])
def test_the_fault_is_caught(form: str, mutant: rtl_mutants.Mutant) -> None:
    caught = rtl_mutants.plant(DESIGNS[form][0], mutant, Icarus())
    assert caught.said, caught
    assert re.match(r"layer '\w+': \d+ mismatches, \d+ beats missing, \d+ too many; first: |simulator: .*Not enough words|protocol|"
                    r"watchdog|status", caught.said), caught  # fmt: skip
