"""What the tests of the compiled executor share: random networks, built together, and the ways to compile that this CPU runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from golden import IntNetwork
from golden.compiled import build
from golden.compiled.instructions import AVX512_VNNI, InstructionSet, here
from tests.strategies import networks, student_networks

COUNT = 8
HALF_WIDE = replace(AVX512_VNNI, name="avx512-vnni, half as wide", options=(*AVX512_VNNI.options, "-DSR_LANES=8"), sums=12)
"""What AVX-VNNI is compiled to but for the encoding, on a CPU that has AVX-512 alone."""
SETS: list[InstructionSet] = [*here(), *([HALF_WIDE] if AVX512_VNNI in here() else [])]


@pytest.fixture(scope="session", autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "FLAGS", (*build.FLAGS, "-Wall", "-Wextra", "-Werror"))
        yield


@pytest.fixture(scope="session")
def drawn() -> list[IntNetwork]:
    """Networks of both strategies, the same ones each time, of enough channels for words that are full and words that are not."""
    found: dict[str, IntNetwork] = {}

    @hypothesis.seed(2)
    @settings(max_examples=COUNT, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(networks(max_channels=9) | student_networks(max_channels=9))
    def draw(network: IntNetwork) -> None:
        found[network.hash] = network

    draw()
    return list(found.values())


@pytest.fixture(scope="session", params=SETS, ids=lambda one: one.name)
def instructions(request: pytest.FixtureRequest) -> InstructionSet:
    """Each way to compile that this CPU runs."""
    return request.param
