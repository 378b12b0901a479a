"""The integer ONNX file in its executors: exact for any 8-bit network, or refused with the layer and the reason."""

from __future__ import annotations

import itertools

import pytest

import golden
from golden import compare, exactness
from golden.executors import Source, Unavailable
from tests import strategies

pytest.importorskip("onnx")

from golden.onnx import OnnxExportError
from golden.onnx.executors import Onnx, OpenVino
from golden.onnx.integer import integer_onnx


@pytest.mark.parametrize(("scale", "seed"), list(itertools.product((2, 3, 4), range(4))))
def test_the_integer_onnx_of_any_8_bit_network_is_exact(scale, seed) -> None:
    network = strategies.build_network(seed, scale, (5, 3), (3, 1, 9 - seed), style=strategies.STYLES[seed % 3])
    executor = Onnx(Source(network))
    assert compare.trace_verdict(network, "onnx", executor.trace, compare.default_frames(network), 900).agrees


def test_openvino_names_the_layers_whose_products_float32_rounds() -> None:
    network = strategies.build_network(5, 2, (4, 3, 4), (3, 1, 3, 9))
    inexact = [layer.name for layer in network.layers if not exactness.is_float32_exact(layer)]
    assert inexact
    with pytest.raises(Unavailable, match=f"float32 cannot be proved exact for {', '.join(inexact)}; the executor onnx"):
        OpenVino(Source(network))


def test_tensors_that_convinteger_cannot_take_are_refused() -> None:
    network = strategies.build_network(0, 2, (4,), (3, 9), hidden=golden.IntType(9, True))
    with pytest.raises(OnnxExportError, match="layer 'conv0': output int9; allowed at most 8 bits"):
        integer_onnx(network)
