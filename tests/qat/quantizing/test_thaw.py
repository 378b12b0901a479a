"""freeze(thaw(network)) == network for whatever a quantized student can mean; the rest is refused in one line."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import golden
from golden import IntLayer, IntNetwork, IntType, networks
from golden.compare import default_frames
from golden.spec import PROVED
from qat.quantizing import thaw as module
from qat.quantizing.freeze import freeze
from qat.quantizing.thaw import ThawError, thaw
from tests import strategies


@pytest.mark.parametrize("path", networks.shipped(), ids=lambda path: path.stem)
def test_every_network_of_the_catalogue_is_what_its_thawed_student_freezes_to(path) -> None:
    network = golden.load(path)
    student = thaw(network)
    assert freeze(student) == network
    assert not student.training


@given(strategies.student_networks())
@settings(max_examples=40)
def test_freeze_is_the_inverse_of_thaw(network: IntNetwork) -> None:
    assert freeze(thaw(network)) == network


@given(strategies.networks())
@settings(max_examples=40)
def test_a_network_of_other_layers_is_refused_in_one_line(network: IntNetwork) -> None:
    with pytest.raises(ThawError) as refused:
        thaw(network)
    assert "\n" not in str(refused.value)


SHIPPED = golden.load(networks.named("fsrcnn-s-r-x2-w8a8"))


def altered(name: str, of: IntNetwork = SHIPPED, **changes: Any) -> IntNetwork:
    """A network with one layer changed, and what that layer gives taken by the next one."""
    layers, taken = [], of.layers[0].input
    for layer in of.layers:
        own = changes if layer.name == name else {}
        layers.append(dataclasses.replace(layer, **{"accumulator": PROVED, "input": taken, **own}))
        taken = layers[-1].output
    return IntNetwork(tuple(layers))


def first(name: str, part: str, change: Any) -> IntNetwork:
    """The shipped network with the first integer of one array of a layer changed."""
    values = getattr(SHIPPED.layer(name), part).copy()
    values[0] = change(values[0])
    return altered(name, **{part: values})


def finer(layer: IntLayer, odd: int) -> dict[str, np.ndarray]:
    """The layer's multipliers over twice the power of two; odd: added to every negative one."""
    doubled = {"positive_multiplier": layer.positive_multiplier * 2, "negative_multiplier": layer.negative_multiplier * 2 + odd}
    return doubled | {"shift": layer.shift + 1}


def with_term(index: int, **changes: Any) -> IntNetwork:
    last = SHIPPED.layers[-1]
    terms = [dataclasses.replace(term, **changes) if i == index else term for i, term in enumerate(last.terms)]
    return altered("deconvolution", terms=tuple(terms))


def renamed(*names: str) -> IntNetwork:
    return IntNetwork(tuple(dataclasses.replace(layer, name=name) for layer, name in zip(SHIPPED.layers, names, strict=True)))


def shallow() -> IntNetwork:
    return strategies.build_network(1, 2, (4, 3), (5, 1, 9))


MAPPING, LAST = SHIPPED.layer("mapping1"), SHIPPED.layers[-1]
LOW = golden.load(networks.named("fsrcnn-s-r-x2-w4a4"))
REFUSED = {
    "multiplier": (
        lambda: first("mapping1", "positive_multiplier", lambda _: 3),
        r"layer 'mapping1': positive_multiplier 3 at co=0; allowed a power of two",
    ),
    "no multiplier": (lambda: first("expanding", "positive_multiplier", lambda _: 0), r"layer 'expanding': positive_multiplier 0 "),
    "negative multiplier": (
        lambda: first("shrinking", "positive_multiplier", lambda m: -m),
        "layer 'shrinking': positive_multiplier -",
    ),
    "slope off its grid": (
        lambda: altered("mapping1", **finer(SHIPPED.layer("mapping1"), 1)),
        r"layer 'mapping1': negative_multiplier -?\d+ at co=\d+; allowed slope \* positive_multiplier, slope k / 32",
    ),
    "slope beyond its range": (
        lambda: first("mapping1", "negative_multiplier", lambda _: 2 * SHIPPED.layer("mapping1").positive_multiplier[0]),
        r"layer 'mapping1': negative_multiplier \d+ at co=0; allowed .* k in \[-64, 63\]",
    ),
    "not in lowest terms": (
        lambda: altered("deconvolution", **finer(LAST, 0)),
        r"layer 'deconvolution': positive_multiplier 2 at co=0; a student freezes to 1",
    ),
    "slope of the last layer": (
        lambda: first("deconvolution", "negative_multiplier", lambda m: m + 1),
        r"layer 'deconvolution': negative_multiplier 2 at co=0; a student freezes to 1",
    ),
    "wide accumulator": (
        lambda: altered("shrinking", accumulator=IntType(40, signed=True)),
        r"layer 'shrinking': accumulator int40; a student freezes to int19",
    ),
    "activations of 16 bits": (
        lambda: altered("extraction", output=IntType(16, signed=False)),
        r"layer 'extraction': activation bits 16; allowed 2\.\.8",
    ),
    "weights of 9 bits": (
        lambda: with_term(0, weight_type=IntType(9, signed=True)),
        r"'deconvolution': weight bits 9; allowed",
    ),
    "bias of 25 bits": (
        lambda: first("shrinking", "bias", lambda _: 2**24 + 1),
        r"layer 'shrinking': bias 16777217 at co=0; allowed 24 significant bits",
    ),
    "bias between the steps of its own sums": (
        lambda: altered("deconvolution", LOW, bias=LOW.layers[-1].bias + 1),
        r"layer 'deconvolution': bias 16257 at co=0; allowed a multiple of 2\^4",
    ),
    "name": (lambda: renamed("extraction", "shrinking", "mapping", "expanding", "deconvolution"), "layer 'mapping': .* 'mapping1'"),
    "kernel": (
        lambda: altered("mapping1", terms=(dataclasses.replace(MAPPING.terms[0], weight=MAPPING.weight[:, :, 1:2, 1:2]),)),
        "layer 'mapping1': 1x1, 5 to 5 channels, unsigned outputs; allowed 'mapping1', 3x3, 5 to 5 channels, unsigned outputs",
    ),
    "few layers": (shallow, r"network: 3 layers; allowed those of an FSRCNN, which are at least 4"),
    "scale": (lambda: altered("deconvolution", stride=5), "layer 'deconvolution': scale 5; allowed 2, 3, 4"),
    "unsigned behind signed": (
        lambda: altered("extraction", output=IntType(8, signed=True)),
        "layer 'shrinking': 1x1, 32 to 5 channels, unsigned outputs; allowed 'shrinking', 1x1, 32 to 5 channels, signed outputs",
    ),
    "one layer of another sign": (
        lambda: altered("mapping1", output=IntType(8, signed=True)),
        "layer 'mapping1': 3x3, 5 to 5 channels, signed outputs; allowed 'mapping1', 3x3, 5 to 5 channels, unsigned outputs",
    ),
    "rectified without luma": (
        lambda: altered("deconvolution", terms=LAST.terms[:1]),
        "layer 'extraction': 5x5, 1 to 32 channels, unsigned outputs; allowed 'extraction', 5x5, 1 to 32 channels, signed outputs",
    ),
    "luma weights of 9 bits": (
        lambda: with_term(1, weight_type=IntType(9, signed=True)),
        "'deconvolution': luma weights int9 of",
    ),
    "luma weights of another scale": (
        lambda: with_term(1, shift=LAST.terms[1].shift + 1),
        r"layer 'deconvolution': luma weights int8 of scale 2\^-6; allowed int8 of scale 2\^-7",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_student_means_is_refused_with_its_layer_and_the_reason(name) -> None:
    make, message = REFUSED[name]
    with pytest.raises(ThawError, match=message) as refused:
        thaw(make())
    assert "\n" not in str(refused.value)


def test_thaw_gives_no_student_that_freezes_to_another_network(monkeypatch) -> None:
    """The mutant of thaw itself: one slope a step off."""
    slopes = module._slopes
    monkeypatch.setattr(module, "_slopes", lambda layer: slopes(layer) - 1 / 32)
    with pytest.raises(ThawError, match=r"layer 'extraction': .*; a student freezes to "):
        thaw(SHIPPED)


def test_a_thawed_student_computes_what_golden_does() -> None:
    import torch

    student = thaw(SHIPPED).double()
    frame = max(default_frames(SHIPPED).values(), key=np.size)[:40, :50]
    with torch.no_grad():
        picture = student(torch.from_numpy(frame / 256)[None, None])[0, 0].numpy() * 256
    assert np.array_equal(picture, golden.run(SHIPPED, frame))
