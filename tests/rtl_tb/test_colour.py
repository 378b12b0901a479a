"""colour_top: all three components of every frame are golden.video's, and what is broken in them is caught."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from golden.video import interpolator
from hls_export import DEVICES, ExportError, Target
from hls_export.colour.pipeline import CHROMA_WAIT, LUMA_WAIT
from hls_export.colour.plan import colour_target, depths, make_colour
from hls_export.plan.target import LOWEST
from rtl_tb.bench.design import Design
from rtl_tb.bench.harness import harness, library
from rtl_tb.bench.run import Bench
from rtl_tb.mutants import colour
from rtl_tb.mutants.mutant import catch
from rtl_tb.stimulus import small
from rtl_tb.tools import lint
from rtl_tb.tools.icarus import Icarus
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

pytest.importorskip("da4ml")
FOLDER = Path(__file__).parents[2] / "hls_export/colour/rtl"
PLANTED = ("Cb and Cr exchanged", "the FIFO of waiting chroma too shallow")


@pytest.fixture(scope="module")
def design() -> Design:
    return colour.design()


@needs_icarus
def test_every_component_agrees_with_golden(design: Design) -> None:
    """Frames of changing sizes, one cut short, both sides stalled; bytes beyond a line are not kept."""
    ((scenario, stalls),) = colour.runs(design)
    outcome = Bench(design, Icarus(), taps=False).run(scenario, stalls)
    assert outcome.passed, outcome
    assert outcome.expected.statuses == (0b00100,)
    assert outcome.compared >= 3 * 4 * (2 * 9 * 13 + 1 + 6)
    planned = {link.name: link.depth for link in make_colour(design.network, colour.TARGET).pipeline.fifos}
    assert set(outcome.levels) == set(planned)
    assert all(0 < outcome.levels[name] <= depth for name, depth in planned.items())


@needs_icarus
@pytest.mark.parametrize("fault", PLANTED)
def test_the_fault_is_caught(fault: str, design: Design) -> None:
    (mutant,) = (one for one in colour.MUTANTS if one.fault == fault)
    assert catch(design, mutant, Icarus(), colour.runs(design))


def test_every_mutant_applies_once(design: Design) -> None:
    """The others are planted by `python -m rtl_tb --mutants`."""
    for mutant in colour.MUTANTS:
        assert mutant.planted(design).sources != design.sources


@needs_verilator
def test_both_linters_read_everything(design: Design) -> None:
    files = library() | dict(design.sources) | {"rtl_bench.sv": harness(design).encode()}
    assert lint.verilated(files, "rtl_bench") == []
    assert lint.slang(files, "rtl_bench") == []


def test_every_source_has_a_sentence_in_the_readme() -> None:
    rows = re.findall(r"^\| `(\S+)` \| [A-Z][^|]*\. \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert rows == sorted(path.name for path in FOLDER.glob("*.sv"))
    assert rows


def test_sr_top_is_what_it_is_without_colour(design: Design) -> None:
    from hls_export.writers import sv

    alone = sv.sources(design.network, design.plan)
    assert {name for name, data in alone.items() if design.sources.get(name, design.memories.get(name)) != data} == set()


def test_whoever_needs_fewer_rows_waits() -> None:
    """A network of few taps needs fewer rows of luma than the interpolator does of chroma; a deep one more."""
    shallow, deep = (make_colour(small.network(*shape), colour.TARGET) for shape in (((), (3,)), ((1, 1), (5, 5, 3))))
    row = colour.TARGET.width
    assert deep.pipeline.link("to_luma").depth == 4 < row < shallow.pipeline.link("to_luma").depth
    assert shallow.pipeline.link("to_edges").depth < 2 * row < deep.pipeline.link("to_edges").depth
    assert set(depths(deep.luma, deep.chroma)) == {CHROMA_WAIT, LUMA_WAIT}


def test_chroma_sets_the_clock_and_the_clocks_of_a_frame() -> None:
    target = colour_target(small.network(*small.NARROW), Target(1920, 1080, 60.0, LOWEST, DEVICES["zu15eg"], engine="adders"))
    assert target.clock_mhz == 125.37
    plan = make_colour(small.network(*small.NARROW), target)
    assert plan.clocks_per_frame == (1080 + 4 + 2) * (1920 + 4) + 2 > plan.luma.clocks_per_frame
    assert plan.chroma.network_hash == interpolator(2).hash
    assert plan.chroma.resources.dsp == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels_per_clock": 2}, "colour at 2 pixels per clock; allowed 1"),
        ({"width": 16384}, "colour frames of 16384x20; allowed up to 16380x16380"),
        ({"device": replace(DEVICES["zu15eg"], lut=5000, name="tiny")}, "tiny does not hold"),
    ],
)
def test_what_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ExportError, match=re.escape(message)):
        make_colour(small.network((), (3,)), replace(colour.TARGET, **change))
