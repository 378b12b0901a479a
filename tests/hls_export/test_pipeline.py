"""The pipeline: its processes and streams, the terms that its engines compute, and how deep its FIFOs are."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from golden import IntNetwork
from hls_export import DEVICES, ExportError, HardwarePlan, Target, make_plan
from hls_export.plan.depths import delay_depth, row_depths, strip_rows
from hls_export.plan.pipeline import BRANCHES, ENDS, engine_layers, requantized_layer
from hls_export.plan.plan import assemble, in_rtl
from hls_export.plan.widths import widths
from tests.golden.accumulators import accumulators
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network, fsrcnn, noise

ALIGNMENTS = (-4, 0, 3)
FHD60 = Target(1920, 1080, 60.0, 300.0, DEVICES["zu15eg"], engine="folded")
NETWORK = build_network(5, 2, (4, 3), (3, 3, 9), residual=2)


PLAIN = build_network(5, 2, (4, 3), (3, 3, 9))
PLANS = {
    "plain": assemble(PLAIN, TARGET, 6_000),
    "two terms": assemble(NETWORK, TARGET, 6_000),
    "two terms, the last layer alone": assemble(build_network(4, 3, (), (9,), residual=-1), TARGET, 6_000),
    "two terms, overlap-add": assemble(build_network(3, 2, (4, 24), (3, 3, 9), residual=-3), TARGET, 1_600),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_each_stream_has_one_writer_before_its_reader(plan: HardwarePlan) -> None:
    pipeline = plan.pipeline
    names = [process.name for process in pipeline.processes]
    writes = [stream for process in pipeline.processes for stream in process.writes]
    reads = [stream for process in pipeline.processes for stream in process.reads]
    assert sorted(writes) == sorted(reads) == sorted(stream.name for stream in pipeline.streams)
    assert len(set(names)) == len(names)
    assert len(set(writes)) == len(writes)
    for stream in pipeline.streams:
        assert names.index(pipeline.writer(stream.name).name) < names.index(pipeline.reader(stream.name).name)
        assert stream.depth >= 1
        assert stream.width_bits >= 8
        assert stream.reason


def test_one_engine_for_each_term_and_a_fork_delay_and_join_only_for_two() -> None:
    kinds = [process.kind for process in PLANS["plain"].pipeline.processes]
    assert kinds == ["video_input", "convolution", "convolution", "overlap_add", "requantize", "video_output"]
    assert PLANS["plain"].pipeline.branches == ()
    pipeline = PLANS["two terms"].pipeline
    assert [p.kind for p in pipeline.processes if p.kind not in kinds] == ["fork", "delay", "join"]
    assert [[p.kind for p in branch] for branch in pipeline.branches] == [
        ["convolution", "convolution", "overlap_add"],
        ["delay", "overlap_add"],
    ]
    assert pipeline.of("join")[0].shifts == (2, 0)
    assert len(pipeline.engines) == sum(len(layer.terms) for layer in NETWORK.layers)


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_joined_sums_are_the_accumulator(scale: int, alignment: int) -> None:
    network = build_network(7, scale, (3,), (3, 9), residual=alignment)
    layer = network.layers[-1]
    own_term, luma = layer.terms
    pixels = noise(6, 5)
    x = np.random.default_rng(1).integers(layer.input.min, layer.input.max + 1, (3, 6, 5))
    _, main, own = engine_layers(network).values()
    sums, added = accumulators(main, x), accumulators(own, pixels.astype(np.int64)[None] - luma.offset)
    joined = own_term.factor * sums + luma.factor * added
    assert (joined == accumulators(layer, x, pixels)).all()
    assert sums.any()
    assert added.any()


@pytest.mark.parametrize("alignment", ALIGNMENTS)
def test_the_term_that_is_not_shifted_starts_from_the_bias(alignment: int) -> None:
    network = build_network(7, 2, (3,), (3, 9), residual=alignment)
    layer = network.layers[-1]
    _, main, own = engine_layers(network).values()
    assert (main.bias.any(), own.bias.any()) == ((False, True) if alignment > 0 else (True, False))
    assert (main.bias + own.bias == layer.bias).all()
    assert max(widths(main).accumulator, widths(own).accumulator) <= widths(layer).accumulator


def test_layers_of_one_term_are_their_own_engines() -> None:
    assert list(engine_layers(PLAIN).values()) == list(PLAIN.layers)
    assert requantized_layer(PLAIN) is PLAIN.layers[-1]


@pytest.mark.parametrize("name", [*ENDS, *BRANCHES])
def test_the_name_of_another_process_is_refused_for_a_layer(name: str) -> None:
    for network in (NETWORK, PLAIN):
        first, *others = network.layers
        renamed = IntNetwork((replace(first, name=name), *others))
        if network is NETWORK or name in ENDS:
            with pytest.raises(ExportError, match=f"layer '{name}': a process or table has this name"):
                assemble(renamed, TARGET, 10**6)
        else:
            assert assemble(renamed, TARGET, 10**6).layers[0].name == name


@pytest.mark.parametrize("seed", range(12))
def test_the_strip_of_a_frame_needs_the_depths_of_the_whole(seed: int) -> None:
    """For foldings, rates, sizes and both implementations at random; some write a band slower than they make it."""
    random = np.random.default_rng(300 + seed)
    scale, depth = int(random.integers(2, 5)), int(random.integers(0, 4))
    channels = tuple(int(n) for n in random.integers(1, 9, depth))
    kernels = (*(int(k) for k in random.choice([1, 3, 5], depth)), int(random.integers(scale, 10)))
    network = build_network(seed, scale, channels, kernels, residual=None if seed % 3 == 0 else 1)
    target = Target(int(random.integers(1, 70)), int(random.integers(60, 200)), 60.0, 300.0, DEVICES["zu15eg"], engine="folded")
    budget = int(target.width * (target.height + 9) * random.choice([1.2, 2.4, 4, 9, 30]))
    try:
        hls = assemble(network, target, budget)
    except ExportError:
        hls = assemble(network, target, 40 * target.width * (target.height + 9))
    for plan in (hls, in_rtl(hls)):
        pipeline, raster, size = plan.pipeline, plan.raster, (target.height, target.width)
        strip = strip_rows(pipeline, raster, *size), target.width
        assert row_depths(pipeline, raster, *strip) == row_depths(pipeline, raster, *size)
        if pipeline.branches:
            assert delay_depth(pipeline, raster, *strip) == delay_depth(pipeline, raster, *size)


@pytest.mark.parametrize("budget", [1_600, 6_000, 100_000, 10**7])
def test_its_engine_is_as_fast_as_the_one_beside_it_and_no_larger_than_that_takes(budget: int) -> None:
    plan = assemble(NETWORK, TARGET, budget)
    last, own = plan.layers[-1], plan.engines[-1]
    folds = max(n for n in (1, 3, 9, 27, 81) if n <= last.folding.folds)
    assert own.folding.folds == folds
    assert own.requantize_dsps == 0
    assert plan.engines == (*plan.layers, own)
    assert plan.resources.dsp == sum(engine.dsps for engine in plan.engines)


def test_pixels_wait_for_the_six_rows_that_fsrcnn_lags_and_for_what_its_layers_hold() -> None:
    plan, without = (make_plan(fsrcnn(residual=alignment), FHD60) for alignment in (-3, None))
    flowing = make_plan(fsrcnn(residual=-3), replace(FHD60, pixels_in_flight=0))
    assert flowing.pipeline.stream("to_residual").depth == 6 * 1921 + 5
    assert plan.pipeline.stream("to_residual").depth == 6 * 1921 + 5 + 64 * len(plan.layers)
    assert flowing.pipeline.stream("to_conv0").depth == 2
    assert plan.pipeline.stream("to_conv0").depth == 2 + 64 * len(plan.pipeline.branches[1])
    delay = next(part for part in plan.memories if part.name == "to_residual")
    assert (delay.words, delay.width_bits, delay.kind) == (plan.pipeline.stream("to_residual").depth, 8, "bram36")
    assert plan.macs_per_pixel == without.macs_per_pixel + 81
    assert plan.clocks_per_frame == without.clocks_per_frame
    assert plan.latency_clocks == without.latency_clocks + 1
    assert plan.resources.dsp == without.resources.dsp + 41
    assert plan.resources.bram36 == without.resources.bram36 + 18


def test_only_what_is_rounded_has_the_joined_widths() -> None:
    network = fsrcnn(residual=6)
    plan = assemble(network, TARGET, 10**6)
    assert plan.requantize.widths == plan.pipeline.of("join")[0].layer.widths == widths(network.layers[-1])
    assert plan.layers[-1].widths.accumulator < plan.requantize.widths.accumulator
    (join,) = [one for one in json.loads(plan.to_json())["pipeline"]["processes"] if one["kind"] == "join"]
    assert join["shifts"] == [6, 0]


def test_the_plan_of_a_network_of_single_terms_has_nothing_of_a_branch() -> None:
    plan = PLANS["plain"]
    assert plan.requantize == plan.layers[-1]
    text = plan.to_json()
    assert not any(f'"{name}"' in text for name in BRANCHES)


def test_a_plan_is_refused_or_taken_before_anything_is_scheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal costs no schedule, so it is not slower than a plan."""

    def never(*_: object) -> None:
        raise AssertionError("scheduled")

    monkeypatch.setattr("hls_export.plan.schedule.schedule", never)
    with pytest.raises(ExportError, match="kv260 does not hold"):
        make_plan(fsrcnn(residual=-3), replace(FHD60, device=DEVICES["kv260"]))
    plan = make_plan(NETWORK, TARGET)
    with pytest.raises(AssertionError, match="scheduled"):
        plan.schedule  # noqa: B018
