"""Processes that stall and hold pixels in flight, as AMD's default pipelines do: the planned FIFOs let every frame through."""

from __future__ import annotations

import pytest

from hls_export import ExportError, HardwarePlan
from hls_export.plan.depths import delay_depth
from hls_export.plan.plan import assemble
from tests import networks
from tests.hls_export.conftest import TARGET
from tests.hls_export.csim import timed
from tests.strategies import build_network

IN_FLIGHT = (4, 16, 64)
NETWORKS = {
    "plain, few channels": (networks.network(seed=2), 6_000),
    "plain, many channels": (networks.network((4, 16), (3, 1, 9), seed=3), 2_000),
    "plain, x3": (networks.network((4, 5), (3, 1, 9), 3, seed=18), 2_400),
    "two terms, few channels": (build_network(3, 2, (4, 3), (3, 3, 9), residual=2), 6_000),
    "two terms, many channels": (build_network(3, 2, (4, 24), (3, 3, 9), residual=-3), 1_600),
    "two terms, x4": (build_network(3, 4, (3, 60), (3, 1, 9), residual=5), 6_000),
    "two terms, the last layer alone": (build_network(3, 2, (), (9,), residual=1), 6_000),
}
PLANS = {name: assemble(network, TARGET, budget) for name, (network, budget) in NETWORKS.items()}
FORKED = [name for name, plan in PLANS.items() if plan.pipeline.branches]
SIZE = TARGET.height, TARGET.width


def stalled(name: str, depths: dict[str, int], words: int, size: tuple[int, int] = SIZE, *seed: int) -> str:
    return timed(NETWORKS[name][0], PLANS[name], depths, "stall", words, *size, *seed)


def least(plan: HardwarePlan, words: int) -> int:
    """Places of the delay at which the pair just gets its pixels when every process holds `words`.

    Where nothing is held, five fewer than what keeps a frame from being late; each layer delays its branch by what it holds, and
    each process beside the layers holds as much of the pixels itself.
    """
    layers, beside = plan.pipeline.branches
    return delay_depth(plan.pipeline, plan.raster, *SIZE) - 5 + words * (len(layers) - len(beside))


@pytest.mark.parametrize("words", IN_FLIGHT)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_planned_streams_let_a_stalling_pipeline_through(name: str, words: int) -> None:
    for size in (SIZE, (5, 7), (1, 1), (3, 40)):
        assert f"{words} in flight in every process: " in stalled(name, {}, words, size)


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("name", FORKED)
def test_also_when_each_process_holds_its_own_number(name: str, seed: int) -> None:
    for size in (SIZE, (6, 3)):
        assert "0 mismatches" in stalled(name, {}, 64, size, seed)


@pytest.mark.parametrize("words", IN_FLIGHT)
@pytest.mark.parametrize("name", ["two terms, few channels", "two terms, many channels"])
def test_one_place_fewer_than_needed_is_a_deadlock_and_is_told(name: str, words: int) -> None:
    """The stream out of the fork to the layers is as without branches here, so that the delay alone decides."""
    places, first = least(PLANS[name], words), PLANS[name].pipeline.of("fork")[0].writes[0]
    assert places <= PLANS[name].pipeline.fifos["to_pair_pixel"]
    assert "0 mismatches" in stalled(name, {first: 2, "to_pair_pixel": places}, words)
    with pytest.raises(ExportError, match=r"hls::stream '\w+(\[\d+\])?' of depth \d+: deadlock: (full|empty)"):
        stalled(name, {first: 2, "to_pair_pixel": places - 1}, words)


@pytest.mark.parametrize("name", ["two terms, few channels", "two terms, x4"])
def test_a_depth_that_counts_no_pixels_in_flight_is_a_deadlock(name: str) -> None:
    flowing = delay_depth(PLANS[name].pipeline, PLANS[name].raster, *SIZE)
    with pytest.raises(ExportError, match="deadlock"):
        stalled(name, {"to_pair_pixel": flowing}, 64)


def test_without_room_for_the_other_branch_the_first_layers_stream_deadlocks() -> None:
    """Behind the fork the delay holds pixels, beside no process: the fork has to go on for it."""
    name = "two terms, the last layer alone"
    first = PLANS[name].pipeline.of("fork")[0].writes[0]
    outcomes = []
    for seed in range(1, 9):
        try:
            stalled(name, {first: 2}, 64, SIZE, seed)
            outcomes.append("through")
        except ExportError as error:
            outcomes.append("deadlock" if "deadlock" in str(error) else str(error))
    assert set(outcomes) == {"through", "deadlock"}


def test_a_row_fifo_two_words_short_of_a_row_is_a_deadlock() -> None:
    with pytest.raises(ExportError, match="deadlock"):
        timed(*NETWORKS["plain, few channels"][:1], PLANS["plain, few channels"], {"rows[1]": TARGET.width - 2}, "stall", 16, *SIZE)
