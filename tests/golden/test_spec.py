"""What an integer network is: its layers' geometry, everything it refuses, immutability."""

import dataclasses
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from golden import IntLayer, IntNetwork, IntType, NetworkError
from golden.spec import LUMA, MAX_KERNEL, MAX_STRIDE, PER_CHANNEL, Term
from tests.strategies import INT8, build_layer, build_network, networks

ONES = np.ones((2, 3, 3, 3), dtype=np.int64)


def layer(**changes: Any) -> IntLayer:
    """A legal 3 -> 2 convolution 3x3, with changes."""
    parts: dict[str, Any] = {
        "name": "map2",
        "kind": "conv",
        "bias": np.zeros(2, dtype=np.int64),
        "positive_multiplier": np.ones(2, dtype=np.int64),
        "negative_multiplier": np.ones(2, dtype=np.int64),
        "shift": np.zeros(2, dtype=np.int64),
        "input": INT8,
        "output": INT8,
    }
    own = {"source": "previous", "weight": ONES, "weight_type": INT8}
    of_term = {name.removeprefix("term_"): changes.pop(name) for name in list(changes) if name in own or name.startswith("term_")}
    return IntLayer(**(parts | {"terms": (Term(**(own | of_term)),)} | changes))


def with_value(shape: tuple[int, ...], index: tuple[int, ...], value: int) -> np.ndarray:
    array = np.zeros(shape, dtype=np.int64)
    array[index] = value
    return array


REFUSED_LAYERS = {
    "upper-case name": ({"name": "Map2"}, "layer name 'Map2'; allowed a lower-case letter, then letters, digits or _"),
    "empty name": ({"name": ""}, "layer name ''; allowed"),
    "name with a newline": ({"name": "map2\n"}, r"layer name 'map2\n'; allowed"),
    "long name": ({"name": "a" * 65}, "layer name 'aaa"),
    "name that is no text": ({"name": 2}, "layer name 2; allowed"),
    "kind": ({"kind": "dense"}, "layer 'map2': kind 'dense'; allowed 'conv' or 'deconv'"),
    "float weight": ({"weight": ONES * 1.0}, "layer 'map2': weight has dtype float64; allowed integers only"),
    "bool weight": ({"weight": ONES > 0}, "layer 'map2': weight has dtype bool; allowed integers only"),
    "object bias": ({"bias": [2**70, 0]}, "layer 'map2': bias has dtype object; allowed integers only"),
    "bias beyond 62 bits": (
        {"bias": np.array([2**63, 0], dtype=np.uint64)},
        "layer 'map2': bias holds an integer beyond 62 bits",
    ),
    "wide input": ({"input": IntType(17, True)}, "layer 'map2': input is int17; allowed an IntType of 1..16 bits"),
    "output that is no type": ({"output": 8}, "layer 'map2': output is 8; allowed an IntType of 1..16 bits"),
    "unsigned weight type": (
        {"weight_type": IntType(8, False)},
        "layer 'map2': weight type uint8; allowed signed, 2..16 bits",
    ),
    "1-bit weight type": ({"weight_type": IntType(1, True)}, "layer 'map2': weight type int1; allowed signed, 2..16 bits"),
    "weight of three axes": (
        {"weight": ONES[0]},
        f"weight of shape (3, 3, 3); allowed (out_channels, in_channels, K, K), K 1..{MAX_KERNEL}",
    ),
    "weight that is not square": ({"weight": ONES[..., :1]}, "weight of shape (2, 3, 3, 1); allowed"),
    "no output channels": ({"weight": ONES[:0]}, "weight of shape (0, 3, 3, 3); allowed"),
    "no input channels": ({"weight": ONES[:, :0]}, "weight of shape (2, 0, 3, 3); allowed"),
    "no taps": ({"weight": ONES[..., :0, :0]}, "weight of shape (2, 3, 0, 0); allowed"),
    "kernel of 33": ({"weight": np.zeros((2, 1, 33, 33), int)}, "weight of shape (2, 1, 33, 33); allowed"),
    "even convolution": (
        {"weight": ONES[..., :2, :2]},
        "layer 'map2': convolution 2x2 of stride 1; allowed odd K and stride 1",
    ),
    "strided convolution": ({"stride": 2}, "layer 'map2': convolution 3x3 of stride 2; allowed odd K and stride 1"),
    "stride of True": ({"stride": True}, "layer 'map2': stride True; allowed an int"),
    "stride of 1.0": ({"stride": 1.0}, "layer 'map2': stride 1.0; allowed an int"),
    "deconvolution of stride 1": (
        {"kind": "deconv"},
        f"transposed convolution 3x3 of stride 1; allowed stride 2..{MAX_STRIDE}, not above K",
    ),
    "stride above the kernel": ({"kind": "deconv", "stride": 4}, "transposed convolution 3x3 of stride 4; allowed"),
    "stride above 8": (
        {"kind": "deconv", "stride": 9, "weight": np.zeros((2, 3, 9, 9), int)},
        "transposed convolution 9x9 of stride 9; allowed",
    ),
    "weight outside the narrow range": (
        {"weight": with_value((2, 3, 3, 3), (1, 2, 0, 1), -128)},
        "layer 'map2': weight -128 outside narrow int8 [-127, 127] at co=1 ci=2 ky=0 kx=1",
    ),
    "weight above the range": (
        {"weight": with_value((2, 3, 3, 3), (0, 0, 2, 2), 130)},
        "layer 'map2': weight 130 outside narrow int8 [-127, 127] at co=0 ci=0 ky=2 kx=2",
    ),
    "wide positive multiplier": (
        {"positive_multiplier": [0, 2**17]},
        "layer 'map2': positive_multiplier 131072 outside int18 [-131072, 131071] at co=1",
    ),
    "wide negative multiplier": (
        {"negative_multiplier": [-(2**17) - 1, 0]},
        "layer 'map2': negative_multiplier -131073 outside int18 [-131072, 131071] at co=0",
    ),
    "shift of 48": ({"shift": [0, 48]}, "layer 'map2': shift 48 outside shift [0, 47] at co=1"),
    "negative shift": ({"shift": [-1, 0]}, "layer 'map2': shift -1 outside shift [0, 47] at co=0"),
    "accumulator one bit narrow": (
        {"accumulator": IntType(12, True)},
        "layer 'map2': accumulator int12 cannot hold the proved interval [-3456, 3429]; allowed signed, at least 13 bits",
    ),
    "unsigned accumulator": ({"accumulator": IntType(40, False)}, "layer 'map2': accumulator uint40 cannot hold"),
    "accumulator that is no type": ({"accumulator": 32}, "layer 'map2': accumulator 32 cannot hold"),
    "accumulator beyond 48 bits": (
        {"bias": [2**47, 0]},
        "layer 'map2': accumulator: integer type of 49 bits; allowed 1..48",
    ),
    "product beyond int64": (
        {"bias": [2**46, 0], "positive_multiplier": [2**17 - 1, 1]},
        "layer 'map2': accumulator times multiplier needs more than 63 bits",
    ),
} | {
    f"{part} of another length": ({part: np.zeros(3, int)}, f"layer 'map2': {part} of shape (3,); allowed (2,)")
    for part in PER_CHANNEL
}


@pytest.mark.parametrize(("changes", "message"), REFUSED_LAYERS.values(), ids=REFUSED_LAYERS)
def test_an_illegal_layer_is_refused_with_where_what_and_allowed(changes: dict[str, Any], message: str) -> None:
    assert layer().in_channels == 3
    with pytest.raises(NetworkError, match=re.escape(message)):
        layer(**changes)


RANDOM = np.random.default_rng(0)
CONV = build_layer(RANDOM, "a", (2, 1, 3), input=LUMA)
DECONV = build_layer(RANDOM, "b", (1, 2, 3), kind="deconv", stride=2, output=LUMA)


def relabelled(layer: IntLayer, **changes: Any) -> IntLayer:
    return dataclasses.replace(layer, accumulator=None, **changes)


REFUSED_NETWORKS = {
    "no layers": ([], "network: no layers; allowed convolutions, then one transposed convolution"),
    "something else": ([CONV, "deconv"], "network: no layers; allowed"),
    "no deconvolution": ([CONV], "network: layers conv; allowed convolutions, then one transposed convolution"),
    "deconvolution first": ([DECONV, CONV], "network: layers deconv, conv; allowed"),
    "repeated names": ([CONV, relabelled(DECONV, name="a")], "network: layer names repeat: a, a"),
    "signed input": ([relabelled(CONV, input=INT8), DECONV], "layer 'a': takes 1 x int8; allowed 1 x uint8 (8-bit luma)"),
    "two input channels": (
        [build_layer(RANDOM, "a", (2, 2, 1), input=LUMA), DECONV],
        "layer 'a': takes 2 x uint8; allowed 1 x uint8 (8-bit luma)",
    ),
    "4-bit output": (
        [CONV, relabelled(DECONV, output=IntType(4, False))],
        "layer 'b': gives 1 x uint4; allowed 1 x uint8 (8-bit luma)",
    ),
    "two output channels": (
        [CONV, build_layer(RANDOM, "b", (2, 2, 3), kind="deconv", stride=2, output=LUMA)],
        "layer 'b': gives 2 x uint8; allowed 1 x uint8 (8-bit luma)",
    ),
    "other channels between": (
        [build_layer(RANDOM, "a", (3, 1, 3), input=LUMA), DECONV],
        "layer 'b': takes 2 x int8, but layer 'a' gives 3 x int8",
    ),
    "another type between": (
        [relabelled(CONV, output=IntType(7, True)), DECONV],
        "layer 'b': takes 2 x int8, but layer 'a' gives 2 x int7",
    ),
}


@pytest.mark.parametrize(("layers", "message"), REFUSED_NETWORKS.values(), ids=REFUSED_NETWORKS)
def test_layers_that_do_not_chain_are_refused(layers: list[Any], message: str) -> None:
    assert IntNetwork((CONV, DECONV)).scale == 2
    with pytest.raises(NetworkError, match=re.escape(message)):
        IntNetwork(tuple(layers))


@pytest.mark.parametrize("stride", range(2, MAX_STRIDE + 1))
def test_a_deconvolution_of_any_kernel_gives_exactly_stride_times_the_input(stride: int) -> None:
    for kernel in range(stride, MAX_KERNEL + 1):
        layer = build_layer(RANDOM, "up", (1, 1, kernel), kind="deconv", stride=stride)
        assert layer.padding == (kernel - 1) // 2
        assert layer.output_padding == (stride - 1 if kernel % 2 else stride - 2)
        for size in (1, 2, 7):
            assert (size - 1) * stride - 2 * layer.padding + kernel + layer.output_padding == stride * size


@pytest.mark.parametrize("kernel", range(1, MAX_KERNEL + 1, 2))
def test_a_convolution_keeps_the_size(kernel: int) -> None:
    layer = build_layer(RANDOM, "same", (1, 1, kernel))
    assert (layer.output_padding, 2 * layer.padding) == (0, kernel - 1)


def test_the_deconvolution_of_the_paper_has_padding_4_and_output_padding_1() -> None:
    layer = build_layer(RANDOM, "up", (1, 2, 9), kind="deconv", stride=2)
    assert (layer.padding, layer.output_padding) == (4, 1)


def test_a_layer_keeps_a_copy_that_cannot_be_written() -> None:
    weight = ONES.copy()
    made = layer(weight=weight)
    weight[:] = 7
    assert (made.weight == 1).all()
    for part in ("weight", *PER_CHANNEL):
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, part)[...] = 0


def test_layers_and_networks_are_frozen() -> None:
    network = IntNetwork((CONV, DECONV))
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.layers = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONV.stride = 2  # type: ignore[misc]


def test_a_network_names_its_layers_and_counts_its_weights() -> None:
    network = build_network(1, 3, (4, 5), (5, 3, 9))
    assert network.layer("conv1") is network.layers[1]
    assert network.num_weights == 4 * 25 + 5 * 4 * 9 + 5 * 81
    assert network.scale == 3
    with pytest.raises(NetworkError, match=r"^no layer 'conv2'; allowed conv0, conv1, deconv$"):
        network.layer("conv2")


@given(networks())
def test_the_summary_shows_scale_widths_and_hash(network: IntNetwork) -> None:
    text = str(network)
    assert text.startswith(f"x{network.scale} network 1-")
    assert text.endswith(network.hash[:12])
