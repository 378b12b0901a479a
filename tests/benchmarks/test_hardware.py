"""The committed table of what each shipped network's plan takes is what the plan makes today."""

from __future__ import annotations

import pytest

import golden
from benchmarks.quality import hardware
from golden import networks
from golden.networks.facts import facts_of, plans


def test_every_network_that_ships_is_in_the_table_and_no_other() -> None:
    assert set(plans()["networks"]) == {golden.load(path).hash for path in networks.shipped()}
    assert plans()["target"] == hardware.TARGET


@pytest.mark.parametrize("path", networks.shipped(), ids=lambda path: path.stem)
def test_the_table_is_the_plans(path) -> None:
    facts = facts_of(path)
    assert {"lut": facts.lut, "dsp": facts.dsp, "fps": facts.fps} == hardware.plan_of(path)
    assert facts.psnr is not None
