"""The plan: numbers computed by hand for FSRCNN, the search, the memories, and the refusals that say what would help."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from golden.spec import IntType
from hls_export import DEVICES, ExportError, Target, make_plan
from hls_export.plan.devices import device
from hls_export.plan.foldings import foldings
from hls_export.plan.layer import plan_layer
from hls_export.plan.memory import memory, move_to_uram, total
from hls_export.plan.multipliers import lanes_per_dsp
from hls_export.plan.plan import assemble
from hls_export.plan.raster import beat_sizes
from tests import networks

FHD60 = Target(1920, 1080, 60.0, 300.0, DEVICES["zu15eg"], engine="folded")


def test_fhd_to_uhd_60_at_8_bits_fits_a_zu15eg() -> None:
    plan = make_plan(networks.fsrcnn(), FHD60)
    assert plan.macs_per_pixel == 12_464
    assert plan.clocks_per_pixel == 2
    assert plan.lanes == 6_232
    assert sum(layer.multiplier_dsps for layer in plan.engines) == 3_130  # 3,116 and a half-used slice for the 81st tap
    assert plan.resources.dsp <= 3_528
    assert plan.fps >= 60
    assert abs(plan.clocks_per_frame / (2 * 1920 * 1080) - 1) < 0.01
    assert plan.utilisation > 0.99
    assert plan.gops / sum(layer.multiplier_dsps for layer in plan.engines) > 1.19


def test_4_bits_fit_a_zu9eg() -> None:
    plan = make_plan(networks.fsrcnn(bits=4), replace(FHD60, device=device("zu9eg")))
    assert plan.clocks_per_pixel == 2
    assert plan.resources.dsp <= 2_520


def test_overlap_add_keeps_rows_of_partial_sums() -> None:
    plan = make_plan(networks.fsrcnn(), FHD60)
    last = plan.engines[-1]
    assert last.form == "overlap_add"
    buffer = next(part for part in plan.memories if part.name == last.name)
    assert buffer.bits == 7 * 3840 * last.widths.accumulator


@pytest.mark.parametrize(
    ("weight", "activation", "lanes"),
    [
        ((8, True), (8, True), 2),
        ((4, True), (8, True), 3),
        ((4, True), (4, True), 4),
        ((2, True), (4, True), 5),
        ((8, True), (8, False), 2),
    ],
)
def test_lanes_of_a_dsp(weight: tuple[int, bool], activation: tuple[int, bool], lanes: int) -> None:
    assert lanes_per_dsp(IntType(*weight), IntType(*activation)) == lanes


def test_the_search_finds_the_fewest_dsps() -> None:
    """Against every folding, by hand."""
    network = networks.network()
    plan = assemble(network, FHD60, FHD60.budget_clocks)
    for layer, source in zip(plan.engines[:-1], network.layers[:-1], strict=True):
        positions = layer.geometry.positions(1080, 1920)
        costs = [plan_layer(source, one, 2).dsps for one in foldings(source) if positions * one.folds <= 5_000_000]
        assert layer.dsps == min(costs)
        assert layer.folding.folds * positions <= 5_000_000


def test_no_multiplier_is_wasted() -> None:
    for source in (*networks.fsrcnn().layers, *networks.network().layers):
        for one in foldings(source):
            assert one.lanes * one.folds == source.num_weights


def test_a_slower_rate_takes_fewer_multipliers() -> None:
    network = networks.fsrcnn()
    lanes = [make_plan(network, replace(FHD60, fps=fps)).lanes for fps in (60.0, 30.0, 10.0, 1.0)]
    assert lanes == sorted(lanes, reverse=True)
    assert len(set(lanes)) == 4


@pytest.mark.parametrize(("words", "width", "count"), [(1920, 448, 25), (512, 72, 1), (513, 36, 1), (1024, 36, 1), (4096, 9, 1)])
def test_block_ram_count(words: int, width: int, count: int) -> None:
    part = memory("x", "", 1, words, width)
    assert (part.kind, part.count) == ("bram36", count)


def test_memories_move_to_uram_only_as_needed() -> None:
    parts = tuple(memory(f"m{i}", "", 1, 4096, 72) for i in range(4))
    assert total(move_to_uram(parts, 1000, 8), "uram") == 0
    moved = move_to_uram(parts, 2 * parts[0].count, 8)
    assert (total(moved, "bram36"), total(moved, "uram")) == (2 * parts[0].count, 2)


def test_beat_sizes_divide_or_are_divided_by_the_scale() -> None:
    assert [beat_sizes(scale) for scale in (2, 3, 4, 5, 8)] == [[1, 2, 4, 6, 8], [1, 3, 6], [1, 2, 4, 8], [1, 5], [1, 2, 4, 8]]


def test_refusal_says_by_how_much_and_what_would_help() -> None:
    with pytest.raises(ExportError) as refused:
        make_plan(networks.fsrcnn(), replace(FHD60, device=device("zu9eg")))
    message = str(refused.value)
    assert "\n" not in message
    for part in ("DSP needed, 2520 there", "over", "fps", "device zu15eg", "4-bit"):
        assert part in message


def test_what_the_refusal_proposes_works() -> None:
    network = networks.fsrcnn()
    small = replace(FHD60, device=device("zu9eg"))
    with pytest.raises(ExportError) as refused:
        make_plan(network, small)
    fps = float(str(refused.value).split(" fps")[0].split()[-1])
    assert make_plan(network, replace(small, fps=fps - 0.1)).resources.dsp <= 2_520


def test_a_rate_beyond_one_clock_per_pixel_is_refused() -> None:
    with pytest.raises(ExportError, match=r"allowed .*300 MHz at most|lower fps"):
        make_plan(networks.fsrcnn(), Target(7680, 4320, 60.0, 300.0, DEVICES["zu15eg"], engine="folded"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 16385}, "width 16385; allowed 1..16384"),
        ({"height": 0}, "height 0; allowed"),
        ({"fps": 0.0}, "0 fps"),
        ({"clock_mhz": 5000.0}, "5000 MHz"),
        ({"fps": float("nan")}, "nan fps"),
    ],
)
def test_an_impossible_target_is_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        replace(FHD60, **change)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ExportError, match="device 'zu99' is not known; allowed zu3eg"):
        device("zu99")


def test_a_width_whose_buffers_the_device_lacks_is_refused() -> None:
    with pytest.raises(ExportError, match="BRAM36 needed"):
        make_plan(networks.network((60, 60), (5, 5, 9), 2), Target(16384, 16, 1.0, 300.0, DEVICES["zu3eg"], engine="folded"))


def test_json_is_the_same_each_time_and_holds_what_an_engineer_looks_for() -> None:
    network = networks.fsrcnn()
    text = make_plan(network, FHD60).to_json()
    assert text == make_plan(network, FHD60).to_json()
    facts = json.loads(text)
    assert facts["network_hash"] == network.hash
    assert {"kernel", "stride", "padding", "output_padding", "in_channels", "out_channels", "window"} <= set(
        facts["engines"][0]["geometry"]
    )
    assert {"pe", "simd", "neuron_folds", "synapse_folds"} <= set(facts["engines"][0]["folding"])
    assert {"partial", "accumulator", "multiplier", "product", "shift"} <= set(facts["engines"][0]["widths"])
    assert all(stream["reason"] for stream in facts["pipeline"]["streams"])
