"""Every fault of the issue, planted in the RTL, is caught."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from rtl_tb.formal import PROOFS
from rtl_tb.mutants import exported as rtl_mutants
from rtl_tb.tools.icarus import Icarus
from tests.rtl_tb.conftest import needs_icarus
from tests.rtl_tb.test_standin_mutants import MUTANTS as STANDIN

DESIGNS = rtl_mutants.designs()
ALL = [(form, mutant) for form, (_, mutants) in DESIGNS.items() for mutant in mutants]
ISSUE = ("flipped bit", "rounding constant", "address counter", "line buffer one", "tlast one beat early", "beat dropped",
         "word given twice", "phases swapped", "truncated", "ready stuck", "adder one bit narrow")  # fmt: skip
OF_TWO_TERMS = ("not centred", "not shifted", "shifted a bit too far", "pixel's products dropped", "channels' products dropped",
                "no bias", "taps of the LR pixel reversed", "position after", "position before", "too shallow",
                "lost to the slower", "given twice", "without its channels", "wrong shift")  # fmt: skip


def test_the_list_has_every_fault_of_the_issue() -> None:
    for words in ISSUE:
        assert any(words in mutant.fault for _, mutant in ALL), words
    for words in OF_TWO_TERMS:
        assert any(words in mutant.fault for mutant in DESIGNS["two terms"][1]), words
    assert set(DESIGNS) == {"folded", "multipliers", "two terms", "adders", "pixels"}


FORMAL = [mutant for proof in PROOFS for mutant in proof.mutants]
TEXT = [mutant for mutant in (*(mutant for _, mutant in ALL), *FORMAL, *STANDIN) if isinstance(mutant, rtl_mutants.Mutant)]


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


@pytest.mark.parametrize("mutant", TEXT, ids=[mutant.fault for mutant in TEXT])
def test_a_mutant_of_a_text_is_small(mutant: rtl_mutants.Mutant) -> None:
    """One place of one file, not more than a few tokens taken or put in, and something besides layout."""
    old, new = Counter(tokens(mutant.old)), Counter(tokens(mutant.new))
    assert tokens(mutant.old) != tokens(mutant.new)
    assert min((old - new).total(), (new - old).total()) <= 12


def test_no_two_mutants_of_a_file_are_the_same_and_no_two_names_mean_one_edit() -> None:
    edits: dict[tuple[str, str, str], set[str]] = {}
    for mutant in TEXT:
        edits.setdefault((mutant.file, mutant.old, mutant.new), set()).add(mutant.fault)
    assert {edit: names for edit, names in edits.items() if len(names) > 1} == {}


def test_mutants_of_memories_change_what_they_are_called() -> None:
    """A flipped bit is one bit, a truncated file one word less, and a bias the bits of the bias alone."""
    seen = []
    for form, mutant in ALL:
        if isinstance(mutant, rtl_mutants.Mutant):
            continue
        design = DESIGNS[form][0]
        before, after = (
            text.decode().split() for text in (design.memories[mutant.file], mutant.planted(design).memories[mutant.file])
        )
        if "truncated" in mutant.fault:
            assert after == before[:-1]
        else:
            changed = [int(one, 16) ^ int(other, 16) for one, other in zip(before, after, strict=True) if one != other]
            (bits,) = changed
            layer = mutant.file.split(".")[0]
            if "flipped bit" in mutant.fault:
                assert bits == 1
            if "bias" in mutant.fault:
                assert bits < 1 << int(design.instances[layer].parameters["ACCUMULATOR_BITS"])
        seen.append(mutant.fault)
    assert len(seen) == 5


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
    run = rtl_mutants.runs(design)[:1]
    for mutant in mutants:
        assert rtl_mutants.catch(design, mutant, Icarus(), run), mutant.fault
        assert rtl_mutants.catch(design, mutant, Icarus(), run, twin=True) is None, mutant.fault
