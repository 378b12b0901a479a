"""Every network of the list in every executor: each layer's integers are golden's, or the network is refused by name.

The C simulation's turn is tests/hls_export/test_csim.py, with frames of more sizes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from golden import exactness, model, oracle
from golden.executors import Source, Unavailable
from golden.spec import IntNetwork
from rtl_tb.bench.design import exported
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus import small
from rtl_tb.tools.icarus import Icarus
from tests.networks import NETWORKS, STUDENTS
from tests.rtl_tb.conftest import needs_icarus
from tests.strategies import noise

FRAMES = {"noise": noise(4, 7), "one pixel": noise(1, 1, 1), "bright": np.full((3, 2), 255, dtype=np.uint8)}
EVERY = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def held(network: IntNetwork, traces: dict[str, dict[str, Any]]) -> int:
    """Integers compared; all must be golden's."""
    compared = 0
    for name, frame in FRAMES.items():
        expected = model.trace(network, frame)
        assert set(traces[name]) == {layer.name for layer in network.layers}
        for layer, integers in expected.items():
            assert np.array_equal(np.asarray(traces[name][layer]), integers), (name, layer)
            compared += integers.size
    return compared


def test_the_list_has_what_it_must() -> None:
    layers = [layer for network in NETWORKS.values() for layer in network.layers]
    last = [network.layers[-1] for network in NETWORKS.values()]
    assert {network.scale for network in NETWORKS.values()} == {2, 3, 4}
    assert {layer.kernel % 2 for layer in last} == {0, 1}
    assert {len(layer.terms) for layer in last} == {1, 2}
    assert {np.sign(layer.terms[0].shift - layer.terms[1].shift) for layer in last if len(layer.terms) == 2} == {-1, 0, 1}
    assert {layer.output.signed for layer in layers if layer.kind == "conv"} == {False, True}
    assert {1, 3, 5} <= {layer.kernel for layer in layers if layer.kind == "conv"}
    assert {2, 4, 5, 6, 8, 9, 16} <= {layer.weight_type.bits for layer in layers}
    assert any(layer.in_channels == layer.out_channels == 1 for layer in layers if layer.kind == "conv")
    assert max(layer.accumulator.bits for layer in layers) > 32
    assert any(len({layer.weight_type for layer in network.layers}) > 1 for network in NETWORKS.values())
    assert len({network.hash for network in NETWORKS.values()}) == len(NETWORKS)


@EVERY
def test_in_the_oracle(network: IntNetwork) -> None:
    assert held(network, {name: oracle.trace(network, frame) for name, frame in FRAMES.items()}) > 100


@EVERY
def test_in_onnx(network: IntNetwork) -> None:
    """ConvInteger takes 8 bits; a wider network is refused, by the layer's name."""
    pytest.importorskip("onnxruntime")
    from golden.onnx.executors import Onnx

    if max(bits for layer in network.layers for bits in (layer.weight_type.bits, layer.output.bits)) > 8:
        with pytest.raises(Unavailable, match=f"layer '{network.layers[0].name}': .*; allowed at most 8 bits in ConvInteger"):
            Onnx(Source(network))
        return
    executor = Onnx(Source(network))
    assert held(network, {name: executor.trace(frame) for name, frame in FRAMES.items()}) > 100


@EVERY
def test_in_openvino(network: IntNetwork) -> None:
    """float32: exact where it is proved, otherwise refused by the layers' names."""
    pytest.importorskip("openvino")
    from golden.onnx.executors import OpenVino

    inexact = [layer.name for layer in network.layers if not exactness.is_float32_exact(layer)]
    wide = max(bits for layer in network.layers for bits in (layer.weight_type.bits, layer.output.bits)) > 8
    if inexact or wide:
        with pytest.raises(Unavailable, match=f"float32 cannot be proved exact for {', '.join(inexact)}" if inexact else "8 bits"):
            OpenVino(Source(network))
        return
    executor = OpenVino(Source(network))
    assert held(network, {name: executor.trace(frame) for name, frame in FRAMES.items()}) > 100


@pytest.mark.parametrize("name", ["Brevitas", "Qonnx", "Finn"])
@EVERY
def test_in_the_quantized_student(network: IntNetwork, name: str) -> None:
    """In Brevitas and in its QONNX file; a network that no student means is refused in one line, with what is in its way."""
    pytest.importorskip("brevitas")
    from qat.onnx import executors
    from qat.quantizing.executor import Brevitas

    make = {"Brevitas": Brevitas}.get(name) or getattr(executors, name)
    if network not in STUDENTS.values():
        with pytest.raises(
            Unavailable, match=r"no quantized student: (layer '\w+'|network): .*; allowed|float32 cannot"
        ) as refused:
            make(Source(network))
        assert "\n" not in str(refused.value)
        return
    executor = make(Source(network))
    assert held(network, {name: executor.trace(frame) for name, frame in FRAMES.items()}) > 100


@needs_icarus
@EVERY
def test_in_the_rtl(network: IntNetwork) -> None:
    """As it is synthesized."""
    bench = Bench(exported(network, small.planned(network, 60)), Icarus())
    assert held(network, {name: bench.layers(frame) for name, frame in FRAMES.items()}) > 100


def test_a_weight_off_by_one_is_seen() -> None:
    """The mutant."""
    network = NETWORKS["few channels x2"]
    weight = network.layers[1].weight.copy()
    weight[0, 0, 0, 0] += 1 if weight[0, 0, 0, 0] < 127 else -1
    changed = IntNetwork((network.layers[0], network.layers[1].with_weight(weight), *network.layers[2:]))
    with pytest.raises(AssertionError):
        held(network, {name: model.trace(changed, frame) for name, frame in FRAMES.items()})
