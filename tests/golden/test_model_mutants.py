"""One wrong integer in a network, or one wrong rule in an executor, shows in the taps of its layer."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from golden import IntLayer, IntNetwork, IntType, arithmetic, trace
from golden.spec import ARRAYS
from tests.strategies import build_network, noise

EIGHT_BIT = {
    "8 bit x2": build_network(11, 2, (4, 3), (5, 3, 9)),
    "8 bit x3": build_network(16, 3, (3, 4), (3, 1, 8), style="power of two"),
    "8 bit x4": build_network(14, 4, (2, 3), (1, 5, 9), style="power of two"),
}
FEW_BITS = {
    "6 bit x2": build_network(12, 2, (4, 3), (3, 3, 9), hidden=IntType(6, True), style="power of two"),
    "4 bit x3": build_network(12, 3, (3, 4), (3, 1, 8), hidden=IntType(4, True), weight_type=IntType(4, True)),
    "2 bit x2": build_network(14, 2, (3, 3), (3, 3, 4), hidden=IntType(3, True), weight_type=IntType(2, True)),
}
NETWORKS = EIGHT_BIT | FEW_BITS
"""Seeds without a dead channel.  With few bits a multiplier off by one can be no fault at all: 8 levels of output hide it."""
FRAME = noise(128, 128)
"""Large enough that every rounding boundary of these layers is crossed by a sum that is off by one."""

Mutate = Callable[[IntLayer, int], dict[str, NDArray[Any]]]


def flipped_weight_bit(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    """The lowest bit of the channel's first weight that stays in the narrow range."""
    weight = layer.weight.copy()
    place = int((weight[co].ravel() ^ 1 >= -layer.weight_type.max).argmax())
    weight[co].flat[place] ^= 1
    return {"weight": weight}


def flipped_sign_bit(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    """The top bit of the channel's largest weight, in two's complement."""
    weight = layer.weight.copy()
    place = int(np.abs(weight[co]).argmax())
    value = int(weight[co].flat[place])
    weight[co].flat[place] = value + (1 if value < 0 else -1) * (layer.weight_type.max + 1)
    return {"weight": weight}


def bias_off_by_one(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    return {"bias": off_by_one(layer.bias, co)}


def slope_off_by_one(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    return {"negative_multiplier": off_by_one(layer.negative_multiplier, co)}


def positive_multiplier_off_by_one(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    return {"positive_multiplier": off_by_one(layer.positive_multiplier, co)}


def shift_off_by_one(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    return {"shift": off_by_one(layer.shift, co)}


def channels_swapped(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    order = np.arange(layer.out_channels)
    other = (co + 1) % layer.out_channels
    order[[co, other]] = other, co
    return {part: getattr(layer, part)[order] for part in ARRAYS}


def transposed_kernel(layer: IntLayer, co: int) -> dict[str, NDArray[Any]]:
    return {"weight": layer.weight.transpose(0, 1, 3, 2)}


def off_by_one(array: NDArray[Any], place: int) -> NDArray[Any]:
    changed = array.copy()
    changed[place] += 1
    return changed


def mutated(network: IntNetwork, index: int, parts: dict[str, NDArray[Any]]) -> IntNetwork:
    layer = network.layers[index].with_weight(parts.pop("weight", network.layers[index].weight))
    layer = dataclasses.replace(layer, accumulator=IntType(40, True), **parts)
    return IntNetwork((*network.layers[:index], layer, *network.layers[index + 1 :]))


def differing(taps: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> list[str]:
    return [name for name in expected if (taps[name] != expected[name]).any()]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("mutate", [flipped_weight_bit, flipped_sign_bit, bias_off_by_one, channels_swapped])
def test_a_wrong_integer_shows_first_in_the_layer_that_holds_it(name: str, mutate: Mutate) -> None:
    check_every_hidden_channel(NETWORKS[name], mutate)


@pytest.mark.parametrize("name", EIGHT_BIT)
@pytest.mark.parametrize("mutate", [slope_off_by_one, positive_multiplier_off_by_one])
def test_a_multiplier_off_by_one_shows_first_in_the_layer_that_holds_it(name: str, mutate: Mutate) -> None:
    check_every_hidden_channel(EIGHT_BIT[name], mutate)


def check_every_hidden_channel(network: IntNetwork, mutate: Mutate) -> None:
    expected, caught = trace(network, FRAME), 0
    for index, layer in enumerate(network.layers[:-1]):
        for co in range(layer.out_channels):
            changed = mutated(network, index, mutate(layer, co))
            assert differing(trace(changed, FRAME), expected)[:1] == [layer.name], f"{layer.name} co={co}"
            caught += 1
    assert caught == sum(layer.out_channels for layer in network.layers[:-1])


LAST = (flipped_weight_bit, flipped_sign_bit, bias_off_by_one, positive_multiplier_off_by_one, shift_off_by_one, transposed_kernel)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("mutate", LAST)
def test_a_wrong_integer_of_the_deconvolution_shows_in_the_output_alone(name: str, mutate: Mutate) -> None:
    network = NETWORKS[name]
    index = len(network.layers) - 1
    changed = mutated(network, index, mutate(network.layers[index], 0))
    assert differing(trace(changed, FRAME), trace(network, FRAME)) == ["deconv"]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_shifted_phase_of_the_deconvolution_shows_in_the_output_alone(name: str) -> None:
    """Rows of taps moved by one: every output comes from the phase above it."""
    network = NETWORKS[name]
    for axis in (2, 3):
        rolled = {"weight": np.roll(network.layers[-1].weight, 1, axis=axis)}
        taps = trace(mutated(network, len(network.layers) - 1, rolled), FRAME)
        assert differing(taps, trace(network, FRAME)) == ["deconv"]


@pytest.mark.parametrize("name", NETWORKS)
def test_ties_up_instead_of_ties_to_even_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = NETWORKS[name]
    expected = trace(network, FRAME, exact="int64")
    monkeypatch.setattr(arithmetic, "round_shift", lambda value, shift: (value + (np.int64(1) << shift >> 1)) >> shift)
    assert differing(trace(network, FRAME, exact="int64"), expected) != []


@pytest.mark.parametrize("name", NETWORKS)
def test_an_accumulator_one_bit_below_the_proof_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the first layer, whose worst input a frame can be: each tap's extreme, tile by tile."""
    network = NETWORKS[name]
    first = network.layers[0]
    register = IntType(first.accumulator.bits - 1, signed=True)
    tiles = [np.where(sign * weight > 0, 255, 0) for weight in first.weight[:, 0] for sign in (1, -1)]
    frame = np.hstack(tiles).astype(np.uint8)
    expected, by_definition = trace(network, frame, exact="int64"), arithmetic.requantize

    def narrowed(accumulator: NDArray[Any], layer: IntLayer) -> NDArray[Any]:
        kept = arithmetic.wrap(accumulator, register) if layer is first else accumulator
        return by_definition(kept, layer)

    taps = trace(network, frame, exact="int64", requantize={first.name: narrowed})
    assert differing(taps, expected)[0] == first.name
