"""Golden's planted faults do what they are called: what is off by one is off by exactly one, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from golden.accumulator import interval
from golden.judge import mutants
from golden.spec import PER_CHANNEL, IntLayer
from tests.networks import NETWORKS
from tests.strategies import noise

LAYER = NETWORKS["residual, the pixels' grid finer"].layers[-1]
HIDDEN = NETWORKS["few channels x2"].layers[1]
Deed = Callable[[IntLayer, IntLayer], bool]


def changed(layer: IntLayer, fault: str) -> IntLayer:
    return dict(mutants._changes(layer))[fault]()


def one_weight_by_one(before: IntLayer, after: IntLayer, term: int) -> bool:
    difference = after.terms[term].weight - before.terms[term].weight
    others = [own for own in range(len(before.terms)) if own != term]
    same = all((after.terms[own].weight == before.terms[own].weight).all() for own in others)
    return bool(np.abs(difference).sum() == 1) and same


DEEDS: dict[str, tuple[IntLayer, Deed]] = {
    "weight off by one": (HIDDEN, lambda before, after: one_weight_by_one(before, after, 0)),
    "bias off by one": (HIDDEN, lambda before, after: bool((after.bias - before.bias == 1).all())),
    "slope off by one": (
        HIDDEN,
        lambda before, after: bool((np.abs(after.negative_multiplier - before.negative_multiplier) == 1).all()),
    ),
    "residual weight off by one": (LAYER, lambda before, after: one_weight_by_one(before, after, 1)),
    "residual aligned one bit off": (
        LAYER,
        lambda before, after: after.terms[0].shift - after.terms[1].shift == before.terms[0].shift - before.terms[1].shift + 1,
    ),
    "no residual": (LAYER, lambda before, after: not after.terms[1].weight.any()),
    "two channels swapped": (HIDDEN, lambda before, after: bool((after.weight[[1, 0]] == before.weight[:2]).all())),
}


@pytest.mark.parametrize("fault", DEEDS)
def test_the_fault_is_what_it_is_called(fault: str) -> None:
    layer, deed = DEEDS[fault]
    after = changed(layer, fault)
    assert deed(layer, after)
    touched = {part for part in PER_CHANNEL if not np.array_equal(getattr(layer, part), getattr(after, part))}
    own = {"bias off by one": {"bias"}, "slope off by one": {"negative_multiplier"}}
    assert touched == own.get(fault, set()) or fault == "two channels swapped"


def test_registers_one_bit_below_the_proof_hold_all_but_the_ends() -> None:
    low, high = interval(HIDDEN)
    ends = np.array([[[int(low[:, co].min())]] for co in range(HIDDEN.out_channels)])
    tops = np.array([[[int(high[:, co].max())]] for co in range(HIDDEN.out_channels)])
    half = np.where(np.abs(ends) > np.abs(tops), ends, tops) // 4
    assert (mutants.narrowed(half, HIDDEN) == mutants.arithmetic.requantize(half, HIDDEN)).all()
    assert (mutants.narrowed(ends, HIDDEN) != mutants.arithmetic.requantize(ends, HIDDEN)).any() or (
        mutants.narrowed(tops, HIDDEN) != mutants.arithmetic.requantize(tops, HIDDEN)
    ).any()


def test_swapped_phases_are_columns_in_each_others_place() -> None:
    network = NETWORKS["few channels x2"]
    (fault,) = [mutant for mutant in mutants.mutants(network) if mutant.fault == "two phases swapped"]
    frame, name = noise(5, 6), network.layers[-1].name
    right, wrong = mutants.model.trace(network, frame)[name], fault.trace(frame)[name]
    assert (wrong[..., 0::2] == right[..., 1::2]).all()
    assert (wrong[..., 1::2] == right[..., 0::2]).all()
