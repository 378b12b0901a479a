"""The exported RTL of small networks: every layer kind, x2 and x3, each also with two terms in the last, two simulators."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hls_export.plan.plan import in_rtl
from rtl_tb.bench.design import Design, exported
from rtl_tb.bench.measure import measure
from rtl_tb.bench.run import Bench
from rtl_tb.mutants import exported as rtl_mutants
from rtl_tb.mutants.mutant import edited
from rtl_tb.stimulus import scenarios, small, stalls
from rtl_tb.stimulus.scenarios import Setting
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.verilator import Verilator
from tests.networks import NETWORKS as LISTED
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

LIMITS = (small.HEIGHT, small.WIDTH)
NETWORKS = {"narrow": (small.NARROW, 3), "wide": (small.WIDE, 2)}
TWO_TERMS = {"narrow, two terms": (small.NARROW, 3, 3), "wide, two terms": (small.WIDE, 2, -2)}
"""With the alignment of the two: the pixels' grid is the finer one, and the coarser."""
ADDERS = {"adders": (small.NARROW, 3), "adders, two terms": (small.WIDE, 2, -2), "adders, finer pixels": (small.NARROW, 4, 3)}
FORMS = (*NETWORKS, *TWO_TERMS, *ADDERS)
PATTERNS = stalls.chosen("all", 5)


def design_of(form: str, clocks_per_pixel: int = 6) -> Design:
    shape, scale, *alignment = (NETWORKS | TWO_TERMS | ADDERS)[form]
    network = small.network(*shape, scale)
    if alignment:
        network = small.with_residual(network, *alignment)
    adders = form in ADDERS
    plan = small.planned(network, min(clocks_per_pixel, 2) if adders else clocks_per_pixel, "adders" if adders else "folded")
    assert plan.engines[-1].kind == ("adder_overlap_add" if adders else "overlap_add")
    return exported(network, plan)


@pytest.fixture(scope="module", params=FORMS)
def in_verilator(request: pytest.FixtureRequest) -> Bench:
    return Bench(design_of(request.param), Verilator())


@needs_verilator
def test_every_scenario_agrees_under_every_stall_pattern(in_verilator: Bench) -> None:
    design = in_verilator.design
    compared = 0
    for scenario in scenarios.chosen(scenarios.DEFAULT, Setting(design.network, LIMITS)):
        for pattern in PATTERNS:
            outcome = in_verilator.run(scenario, pattern)
            assert outcome.passed, outcome
            assert [stream.stream for stream in outcome.streams] == [layer.name for layer in design.network.layers]
            assert all(stream.compared > 100 for stream in outcome.streams)
            compared += outcome.compared
            numbers = measure(design.plan, outcome)
            if numbers:
                assert numbers.utilisation > 0.3
                assert numbers.equals_plan, numbers
    assert compared > 10**6


@needs_verilator
def test_a_short_memory_file_is_seen_where_the_simulator_takes_it_silently(in_verilator: Bench) -> None:
    design = in_verilator.design
    adders = design.plan.engines[0].adders is not None
    for name in ("deconvolution.requantize.mem",) if adders else ("conv1.weight.mem", "conv0.requantize.mem"):
        mutant = rtl_mutants.MemoryMutant("short", name, rtl_mutants.truncated)
        broken = Bench(mutant.planted(design), Verilator())
        assert broken.program == in_verilator.program  # the memories are read when the simulation begins
        assert not all(broken.run(scenario, pattern).passed for scenario, pattern in rtl_mutants.runs(design)), name


@needs_icarus
@pytest.mark.parametrize("twin", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_second_simulator_agrees(form: str, twin: bool) -> None:
    design = design_of(form)
    bench = Bench(design, Icarus(), twin=twin)
    for scenario, pattern in rtl_mutants.runs(design)[: 1 if twin else 4]:
        outcome = bench.run(scenario, pattern)
        assert outcome.passed, outcome
        assert len(outcome.streams) == len(design.network.layers)


@needs_icarus
@needs_verilator
def test_both_simulators_give_every_beat_at_the_same_clock(in_verilator: Bench) -> None:
    other = Bench(in_verilator.design, Icarus())
    scenario, pattern = rtl_mutants.runs(other.design)[1]
    one, two = in_verilator.run(scenario, pattern), other.run(scenario, pattern)
    assert one.clocks == two.clocks
    for name in one.dumps:
        assert (one.dumps[name].clock == two.dumps[name].clock).all()


@needs_icarus
@pytest.mark.parametrize("clocks_per_pixel", [2, 25])
@pytest.mark.parametrize("form", FORMS)
def test_other_foldings_take_the_planned_clocks(form: str, clocks_per_pixel: int) -> None:
    design = design_of(form, clocks_per_pixel)
    frame = Setting(design.network, LIMITS).noise(4, 6)
    numbers = measure(design.plan, Bench(design, Icarus()).run(scenarios.back_to_back("three", [frame] * 3, measured=True)))
    assert numbers
    assert numbers.equals_plan, numbers


@needs_icarus
@pytest.mark.parametrize("form", [*NETWORKS, "wide, two terms"])
def test_layers_that_fold_alike_take_the_slowest_ones_clocks_and_not_one_more(form: str) -> None:
    design = design_of(form, 25 if form == "narrow" else 4)
    alike = len({layer.folding.folds for layer in design.plan.engines}) == 1
    frame = Setting(design.network, LIMITS).noise(9, 14)
    numbers = measure(design.plan, Bench(design, Icarus()).run(scenarios.back_to_back("three", [frame] * 3, measured=True)))
    assert numbers
    assert alike == (form != "narrow")
    assert (numbers.planned_clocks_per_frame == numbers.most_planned_clocks_per_frame) == alike
    assert set(numbers.clocks_per_frame) == {numbers.planned_clocks_per_frame}


@needs_icarus
@pytest.mark.parametrize(("form", "clocks_per_pixel", "spare"), [("adders, two terms", 2, 0), ("wide, two terms", 4, 1)])
def test_the_pixel_delay_is_as_deep_as_it_must_be(form: str, clocks_per_pixel: int, spare: int) -> None:
    """Deeper is no faster where layers fold alike; a place less makes the first layer wait, one to spare where an engine folds."""
    design = design_of(form, clocks_per_pixel)
    frame = Setting(design.network, LIMITS).noise(6, 16)
    depth = in_rtl(design.plan).pipeline.stream("to_pair_pixel").depth

    def clocks(places: int) -> tuple[int, ...]:
        sources = edited(design.sources, "sr_top.sv", f".DEPTH({depth})", f".DEPTH({places})")
        bench = Bench(replace(design, sources=sources), Icarus(), taps=False)
        numbers = measure(design.plan, bench.run(scenarios.back_to_back("three", [frame] * 3, measured=True)))
        assert numbers
        return (numbers.last_output, *numbers.clocks_per_frame)

    assert clocks(depth) == clocks(2 * depth) < clocks(depth - 1 - spare)


@needs_icarus
@pytest.mark.parametrize("clocks", [0, 5, 6, 7, 12])
def test_a_graph_beside_multipliers_may_take_any_number_of_clocks(clocks: int) -> None:
    """Fewer than they take, where the pixel waits, as many, and more, where their products do."""
    network = small.with_residual(small.network(*small.NARROW, 3), 3)
    plan = small.planned(network)
    last = plan.engines[-1]
    assert last.luma is not None
    least = last.luma.sums.clocks
    slower = replace(last, luma=replace(last.luma, sums=replace(last.luma.sums, clocks=max(least, clocks))))
    processes = tuple(replace(one, engine=slower) if one.engine is last else one for one in plan.pipeline.processes)
    design = exported(network, replace(plan, pipeline=replace(plan.pipeline, processes=processes)))
    assert int(design.instances["deconvolution"].parameters["LUMA_LATENCY"]) == max(least, clocks)
    frame = Setting(network, LIMITS).noise(4, 6)
    outcome = Bench(design, Icarus()).run(scenarios.back_to_back("three", [frame] * 3, measured=True))
    assert outcome.passed, outcome
    numbers = measure(design.plan, outcome)
    assert numbers
    assert numbers.equals_plan, numbers


def weights(name: str) -> int:
    return sum(int(layer.weight.size) for layer in LISTED[name].layers)


@needs_icarus
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if weights(name) > 1000 else []) for name in LISTED if weights(name) < 4000],
)
def test_every_network_of_the_list_agrees_as_adders_and_takes_the_planned_clocks(name: str) -> None:
    network = LISTED[name]
    design = exported(network, small.planned(network, 2, "adders"))
    assert all(engine.adders is not None for engine in design.plan.engines)
    frame = Setting(network, LIMITS).noise(4, 5)
    outcome = Bench(design, Icarus()).run(scenarios.back_to_back("two", [frame] * 2, measured=True))
    assert outcome.passed, outcome
    assert [stream.stream for stream in outcome.streams] == [layer.name for layer in network.layers]
    numbers = measure(design.plan, outcome)
    assert numbers
    assert numbers.equals_plan, numbers
