"""The content hash: every field and every array element is in it, nothing else is."""

import dataclasses
import hashlib
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from golden import IntLayer, IntNetwork, IntType
from golden.spec import ARRAYS, LUMA, Term
from tests.strategies import build_network, networks

NETWORK = build_network(3, 2, (2, 3), (3, 1, 4), style="any sign")


def with_layer(network: IntNetwork, index: int, layer: IntLayer) -> IntNetwork:
    return IntNetwork((*network.layers[:index], layer, *network.layers[index + 1 :]))


def test_every_array_element_is_in_the_hash() -> None:
    seen = {NETWORK.hash}
    count = 1
    for index, layer in enumerate(NETWORK.layers):
        for part in ARRAYS:
            array = getattr(layer, part)
            for place in np.ndindex(array.shape):
                changed = array.copy()
                changed[place] += 1 if changed[place] <= 0 else -1
                moved = layer.with_weight(changed) if part == "weight" else dataclasses.replace(layer, **{part: changed})
                other = with_layer(NETWORK, index, dataclasses.replace(moved, accumulator=IntType(48, True)))
                seen.add(other.hash)
                count += 1
    assert len(seen) == count == 1 + sum(layer.num_weights + 4 * layer.out_channels for layer in NETWORK.layers)


@pytest.mark.parametrize(
    "changes",
    [{"name": "other"}, {"terms": IntType(9, True)}, {"accumulator": IntType(40, True)}, {"accumulator": IntType(41, True)}],
)
def test_every_field_of_a_layer_is_in_the_hash(changes: dict[str, Any]) -> None:
    layer = NETWORK.layers[1]
    if "terms" in changes:
        changes = {"terms": (dataclasses.replace(layer.terms[0], weight_type=changes["terms"]),)}
    changed = with_layer(NETWORK, 1, dataclasses.replace(layer, **changes))
    assert changed.hash != NETWORK.hash
    assert changed != NETWORK


def test_the_type_between_two_layers_is_in_the_hash() -> None:
    first, second = build_network(3, 2, (2,), (3, 4)).layers
    hidden = IntType(9, True)
    changed = IntNetwork(
        (dataclasses.replace(first, output=hidden), dataclasses.replace(second, input=hidden, accumulator=IntType(48, True)))
    )
    kept = IntNetwork((first, dataclasses.replace(second, accumulator=IntType(48, True))))
    assert changed.hash != kept.hash


def test_stride_and_shape_are_in_the_hash() -> None:
    weight = np.zeros((1, 1, 4, 4), dtype=np.int64)
    ones = np.ones(1, dtype=np.int64)
    facts: dict[str, Any] = dict.fromkeys(("bias", "positive_multiplier", "negative_multiplier", "shift"), ones)
    types = {"input": LUMA, "output": LUMA, "accumulator": IntType(20, True)}

    def of(kernel: int, stride: int) -> IntLayer:
        term = Term("previous", weight[..., :kernel, :kernel], IntType(8, True))
        return IntLayer("up", "deconv", (term,), stride=stride, **facts, **types)

    hashes = [IntNetwork((of(kernel, stride),)).hash for kernel, stride in ((4, 2), (4, 3), (4, 4), (3, 3), (3, 2))]
    assert len(set(hashes)) == 5


def test_the_order_of_layers_is_in_the_hash() -> None:
    first, a, b, last = build_network(4, 2, (2, 2, 2), (3, 3, 3, 4)).layers
    renamed = (dataclasses.replace(b, name=a.name), dataclasses.replace(a, name=b.name))
    assert IntNetwork((first, *renamed, last)).hash != IntNetwork((first, a, b, last)).hash


def test_memory_layout_and_dtype_of_the_arrays_are_not_in_the_hash() -> None:
    layers = []
    for layer in NETWORK.layers:
        weight = layer.weight.astype(">i4", order="F")
        shift = layer.shift.astype(np.uint8)
        layers.append(dataclasses.replace(layer.with_weight(weight), shift=shift, bias=layer.bias.tolist()))
        assert weight.tobytes("A") != layer.weight.tobytes()
    assert IntNetwork(tuple(layers)).hash == NETWORK.hash


@given(networks())
def test_equal_content_has_equal_hash_and_is_equal(network: IntNetwork) -> None:
    again = IntNetwork(tuple(dataclasses.replace(layer) for layer in network.layers))
    assert again == network
    assert hash(again) == hash(network)
    assert again != network.layers


def test_the_hash_is_sha256_of_the_canonical_bytes() -> None:
    """Hashes stand in generated files and reports, so the canonical bytes are a format: here they are, written by hand."""
    weight = np.arange(16).reshape(1, 1, 4, 4)
    layer = IntLayer("up", "deconv", (Term("previous", weight, IntType(8, True)),), [1], [3], [-2], [4], LUMA, LUMA, 2)
    structure = (
        b'[{"accumulator":[15,true],"input":[8,false],"kind":"deconv","name":"up","output":[8,false],'
        b'"shape":[1,1,4,4],"stride":2,"weight_type":[8,true]}]'
    )
    canonical = structure + struct.pack("<20q", *range(16), 1, 3, -2, 4)
    assert IntNetwork((layer,)).hash == hashlib.sha256(canonical).hexdigest()
