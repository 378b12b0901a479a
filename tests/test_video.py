"""Whole pictures in C simulation and in RTL: every sample of every component is golden.video's, in each format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from golden.executors import Executor, Source
from golden.spec import IntNetwork
from golden.video import Picture, run
from hls_export.csim import simulator
from hls_export.csim.executor import Csim
from rtl_tb.bench.design import exported
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus import small
from rtl_tb.tools.icarus import Icarus
from tests.golden.video.pictures import FORMATS, picture
from tests.networks import NETWORKS
from tests.rtl_tb.conftest import needs_icarus

NETWORK = NETWORKS["few channels x2"]
needs_compiler = pytest.mark.skipif(simulator.compiler() is None, reason="no C++ compiler")


class IcarusRtl:
    """The RTL as it is synthesized, in Icarus."""

    def __init__(self, source: Source) -> None:
        self.bench = Bench(exported(source.network, small.planned(source.network, 60)), Icarus())

    def trace(self, luma: Any) -> dict[str, Any]:
        return self.bench.layers(luma)


class Executed:
    """What `golden.video.run` takes for `execute`: each network built once; changed: what is built in place of a network."""

    def __init__(self, make: Callable[[Source], Executor], changed: Callable[[IntNetwork], IntNetwork] = lambda network: network):
        self.make, self.changed, self.built = make, changed, {}

    def __call__(self, network: IntNetwork, plane: Any) -> Any:
        if network.hash not in self.built:
            self.built[network.hash] = self.make(Source(self.changed(network)))
        return self.built[network.hash].trace(plane)[network.layers[-1].name][0].astype(np.uint8)


def mismatches(small_picture: Picture, execute: Executed) -> list[int]:
    """Of each component."""
    executed, expected = run(NETWORK, small_picture, execute=execute), run(NETWORK, small_picture)
    assert executed.format == expected.format == small_picture.format
    return [int((a != b).sum()) for a, b in zip(executed.planes, expected.planes, strict=True)]


@pytest.fixture(scope="module", params=[pytest.param(Csim, marks=needs_compiler), pytest.param(IcarusRtl, marks=needs_icarus)])
def executed(request) -> Executed:
    return Executed(request.param)


@pytest.mark.parametrize("by", FORMATS, ids=lambda by: f"{by.sampling} {by.siting}")
def test_every_component_is_golden(by, executed: Executed) -> None:
    found = mismatches(picture(by, 6, 8), executed)
    assert found == [0] * len(by.plane_shapes(6, 8))


@needs_icarus
def test_a_wrong_tap_of_the_interpolator_is_seen_in_both_chroma_planes() -> None:
    """The mutant."""

    def changed(network: IntNetwork) -> IntNetwork:
        if network == NETWORK:
            return network
        weight = network.layers[0].weight.copy()
        weight[0, 0, 3, 3] += 1 << 9
        return IntNetwork((network.layers[0].with_weight(weight),))

    luma, cb, cr = mismatches(picture(FORMATS[4], 6, 8), Executed(IcarusRtl, changed))
    assert luma == 0
    assert min(cb, cr) > 0
