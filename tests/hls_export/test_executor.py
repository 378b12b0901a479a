"""The C simulation as an executor of `golden.compare`: agreement on photographs and adversarial frames, and mutants it catches."""

from __future__ import annotations

import numpy as np
import pytest

from golden import compare, executors
from golden.executors import Source, Unavailable
from golden.pictures import frames
from golden.spec import IntNetwork
from hls_export.csim import simulator
from hls_export.csim.executor import Csim
from tests import networks


def test_agrees_on_photographs_and_adversarial_frames() -> None:
    network = networks.fsrcnn(bits=4)
    on = {name: frame[:24, :32] for name, frame in (frames.adversarial(network) | frames.photographs()).items()}
    agreement = compare.trace_verdict(network, "csim", Csim(Source(network)).trace, on)
    assert agreement.mismatches == 0
    assert agreement.compared > 10**6
    assert agreement.agrees


def test_maximum_width(small: IntNetwork) -> None:
    frame = np.random.default_rng(5).integers(0, 256, (3, 1920), dtype=np.uint8)
    assert compare.trace_verdict(small, "csim", Csim(Source(small)).trace, {"wide": frame}).agrees


def test_a_frame_wider_than_usual_gets_its_own_line_buffers(small: IntNetwork) -> None:
    frame = np.random.default_rng(5).integers(0, 256, (2, 2000), dtype=np.uint8)
    assert compare.trace_verdict(small, "csim", Csim(Source(small)).trace, {"wider": frame}).agrees


def test_another_network_is_told_apart(small: IntNetwork) -> None:
    weight = small.layers[1].weight.copy()
    weight[0, 0, 0, 0] ^= 1
    changed = IntNetwork((small.layers[0], small.layers[1].with_weight(weight), *small.layers[2:]))
    frame = {"noise": np.random.default_rng(5).integers(0, 256, (9, 9), dtype=np.uint8)}
    agreement = compare.trace_verdict(small, "csim", Csim(Source(changed)).trace, frame)
    assert agreement.mismatches > 0
    assert agreement.first
    assert agreement.first[0] == "conv1"


def test_without_a_compiler_it_is_unavailable(small: IntNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "compiler", lambda: None)
    with pytest.raises(Unavailable) as refused:
        Csim(Source(small))
    assert "g++" in refused.value.remedy


def test_it_is_found_by_its_entry_point() -> None:
    point = executors.known().get("csim")
    if point is None:
        pytest.skip("this checkout is not installed: pip install -e .")
    assert point.load() is Csim
