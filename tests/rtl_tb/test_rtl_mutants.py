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
         "word given twice", "phases swapped", "truncated", "ready stuck", "adder one bit narrow")  # fmt: skip
OF_RESIDUAL = ("not centred", "not shifted", "shifted a bit too far", "pixels dropped", "sums dropped", "starts from a bias",
               "neither branch", "block reversed", "too shallow", "lost to the slower", "given twice", "without its partner",
               "another frame")  # fmt: skip


def test_the_list_has_every_fault_of_the_issue() -> None:
    for words in ISSUE:
        assert any(words in mutant.fault for _, mutant in ALL), words
    for words in OF_RESIDUAL:
        assert any(words in mutant.fault for mutant in DESIGNS["residual"][1]), words
    assert set(DESIGNS) == {"phases", "overlap_add", "multipliers", "residual"}


@needs_icarus
@pytest.mark.parametrize(("form", "mutant"), ALL, ids=[mutant.fault for _, mutant in ALL])
def test_the_fault_is_caught(form: str, mutant: rtl_mutants.Mutant) -> None:
    caught = rtl_mutants.plant(DESIGNS[form][0], mutant, Icarus())
    assert caught.found, caught
    assert re.match(r"layer '\w+': \d+ mismatches, \d+ beats missing, \d+ too many; first: |simulator: .*Not enough words|protocol|"
                    r"watchdog|status", caught.found), caught  # fmt: skip


@needs_icarus
def test_the_twin_has_no_fault_of_the_multipliers_that_are_synthesized() -> None:
    """So that a bench of the twin would prove nothing about them."""
    design, mutants = DESIGNS["multipliers"]
    assert {layer.folding.lut_pe > 0 for layer in design.plan.layers} == {True, False}
    run = rtl_mutants.runs(design)[:1]
    for mutant in mutants:
        assert rtl_mutants.catch(design, mutant, Icarus(), run), mutant.fault
        assert rtl_mutants.catch(design, mutant, Icarus(), run, twin=True) is None, mutant.fault
