"""The pipeline: its processes and streams, the terms that its engines compute, and how deep its FIFOs are."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from golden import IntNetwork
from hls_export import DEVICES, ExportError, HardwarePlan, Target, make_plan
from hls_export.adders.engine import sum_graph
from hls_export.plan.depths import delay_depth, row_depths, strip_rows
from hls_export.plan.foldings import foldings
from hls_export.plan.layer import plan_layer
from hls_export.plan.pipeline import BRANCHES, ENDS
from hls_export.plan.plan import assemble, in_rtl
from hls_export.writers.pack import rom_lanes, weights_of_lanes
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network, fsrcnn

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


def test_one_engine_for_each_layer_and_a_fork_delay_and_pair_only_for_two_terms() -> None:
    kinds = [process.kind for process in PLANS["plain"].pipeline.processes]
    assert kinds == ["video_input", "convolution", "convolution", "overlap_add", "requantize", "video_output"]
    assert PLANS["plain"].pipeline.branches == ()
    pipeline = PLANS["two terms"].pipeline
    assert [p.kind for p in pipeline.processes if p.kind not in kinds] == ["fork", "delay", "pair"]
    assert [[p.kind for p in branch] for branch in pipeline.branches] == [["convolution", "convolution"], ["delay"]]
    assert [engine.name for engine in pipeline.engines] == [layer.name for layer in NETWORK.layers]
    last = pipeline.engines[-1]
    assert (last.own_shift, last.luma_shift, last.adders) == (2, 0, None)
    assert last.luma is not None
    (pair,) = pipeline.of("pair")
    assert [pipeline.stream(name).width_bits for name in (*pair.reads, *pair.writes)] == [3 * 8, 8, 4 * 8]


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_taps_of_both_terms_are_those_of_the_layer(scale: int, alignment: int) -> None:
    """What the channels give, from the ROM, and what the graph gives, each shifted, is what one graph of all operands gives."""
    layer = build_network(7, scale, (3,), (3, 9), residual=alignment).layers[-1]
    plan = plan_layer(layer, next(foldings(layer)), 2, 1)
    random = np.random.default_rng(1)
    channels, pixels = random.integers(layer.input.min, layer.input.max + 1, (50, 3)), random.integers(-128, 128, (50, 1))
    assert plan.luma is not None
    own = channels @ weights_of_lanes(rom_lanes(layer, plan), plan)[0].reshape(3, 81)
    taps = (own << plan.own_shift) + (plan.luma.sums.graph.evaluate(pixels) << plan.luma_shift)
    assert (taps == sum_graph(layer).evaluate(np.concatenate([channels, pixels], axis=1))).all()
    limit = 1 << (plan.widths.tap - 1)
    assert -limit <= taps.min() < taps.max() < limit
    assert min(plan.own_shift, plan.luma_shift) == 0
    assert plan.own_shift - plan.luma_shift == alignment


@pytest.mark.parametrize("name", [*ENDS, *BRANCHES])
def test_the_name_of_another_process_is_refused_for_a_layer(name: str) -> None:
    for network in (NETWORK, PLAIN):
        first, *others = network.layers
        renamed = IntNetwork((replace(first, name=name), *others))
        if network is NETWORK or name in ENDS:
            with pytest.raises(ExportError, match=f"layer '{name}': a process has this name"):
                assemble(renamed, TARGET, 10**6)
        else:
            assert assemble(renamed, TARGET, 10**6).engines[0].name == name


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
def test_the_term_over_the_lr_pixel_takes_no_dsp(budget: int) -> None:
    plan, without = assemble(NETWORK, TARGET, budget), assemble(PLAIN, TARGET, budget)
    assert plan.resources.dsp == without.resources.dsp + plan.engines[-1].requantize_dsps - without.engines[-1].requantize_dsps
    assert plan.resources.lut > without.resources.lut


def test_pixels_wait_for_the_six_rows_that_fsrcnn_lags_and_for_what_its_layers_hold() -> None:
    plan, without = (make_plan(fsrcnn(residual=alignment), FHD60) for alignment in (-3, None))
    flowing = make_plan(fsrcnn(residual=-3), replace(FHD60, pixels_in_flight=0))
    assert flowing.pipeline.stream("to_pair_pixel").depth == 6 * 1921 + 8
    assert plan.pipeline.stream("to_pair_pixel").depth == 6 * 1921 + 8 + 64 * (len(plan.engines) - 1)
    assert flowing.pipeline.stream("to_conv0").depth == 2
    assert plan.pipeline.stream("to_conv0").depth == 2 + 64 * len(plan.pipeline.branches[1])
    delay = next(part for part in plan.memories if part.name == "to_pair_pixel")
    assert (delay.words, delay.width_bits, delay.kind) == (plan.pipeline.stream("to_pair_pixel").depth, 8, "bram36")
    assert plan.macs_per_pixel == without.macs_per_pixel + 81
    assert plan.clocks_per_frame == without.clocks_per_frame
    assert plan.latency_clocks == without.latency_clocks + 1
    assert plan.resources.dsp == without.resources.dsp
    assert plan.resources.bram36 == without.resources.bram36 + 3


def test_the_plan_of_a_network_of_single_terms_has_nothing_of_a_branch() -> None:
    plan = PLANS["plain"]
    assert plan.pipeline.of("requantize")[0].engine == plan.engines[-1]
    text = plan.to_json()
    assert not any(f'"{name}"' in text for name in BRANCHES)


def test_a_plan_is_refused_or_taken_before_anything_is_scheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal costs no schedule, so it is not slower than a plan."""

    def never(*_: object) -> None:
        raise AssertionError("scheduled")

    monkeypatch.setattr(sys.modules["hls_export.plan.schedule"], "schedule", never)  # hls_export.plan is a function, too
    with pytest.raises(ExportError, match="kv260 does not hold"):
        make_plan(fsrcnn(residual=-3), replace(FHD60, device=DEVICES["kv260"]))
    plan = make_plan(NETWORK, TARGET)
    with pytest.raises(AssertionError, match="scheduled"):
        plan.schedule  # noqa: B018
