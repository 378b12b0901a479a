"""Every width from 2 to 8, of weights and activations apart: refused in one line, or trained briefly to beat bicubic."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch

from golden.pictures import frames
from qat import students
from qat.model.student import FSRCNN
from qat.quantizing.freeze import freeze
from qat.quantizing.reconstruction import reconstructed
from qat.recipe import Recipe, RecipeError, load_recipe
from qat.training import stages
from qat.training.data import Pair, PatchSampler, make_pair
from qat.training.float_student import load_float_student
from qat.training.trainer import Trainer
from qat.training.validation import bicubic_psnr, network_psnr
from tests.qat import tiny

WIDTHS = range(2, 9)
PAIRS = list(itertools.product(WIDTHS, WIDTHS))
SETTINGS = {
    "network.preset": "fsrcnn-s", "data.patch": 12, "data.batch": 4, "teacher.steps": 0, "quantized.steps": 8,
    "calibration_batches": 4, "averaging": 0.5,
}  # fmt: skip


def recipe_of(weight: int, activation: int) -> Recipe:
    return load_recipe("demo", SETTINGS | {"quantization.bits": {"weight": weight, "activation": activation}})


@pytest.fixture(scope="module")
def student() -> FSRCNN:
    """The shipped float student that all widths share: small, with a residual."""
    return load_float_student(students.named("fsrcnn-s-r-x2-float"))


@pytest.fixture(scope="module")
def pictures() -> tuple[list[Pair], list[Pair]]:
    """Three photographs to train on, one to validate on."""
    pairs = [make_pair(name, picture, 2) for name, picture in frames.photographs().items()]
    return pairs[1:], pairs[:1]


def trained(recipe: Recipe, student: FSRCNN, pictures: Any, folder: Path) -> float:
    """Validation PSNR in dB of the frozen network after the quantized stage."""
    training, held_out = pictures
    sampler = PatchSampler(training, 2, 16, 8, seed=9)
    torch.manual_seed(0)
    quantized = reconstructed(student, recipe.quantization, [sampler.batch(step)[0] for step in range(4)])
    stage = stages.QuantizedStage(recipe, quantized, None)
    Trainer(tiny.cpu(), "quantized", stage, recipe, training, held_out, folder / "quantized.ckpt").fit()
    return network_psnr(freeze(quantized), held_out)


@pytest.mark.parametrize(("weight", "activation"), PAIRS)
def test_every_width_beats_bicubic_or_is_refused(student, pictures, tmp_path, weight, activation) -> None:
    if activation == 2:
        with pytest.raises(RecipeError, match=r"activations of 2 bits .*; allowed 3\.\.8") as caught:
            recipe_of(weight, activation)
        assert "\n" not in str(caught.value)
        return
    network = trained(recipe_of(weight, activation), student, pictures, tmp_path)
    assert network > bicubic_psnr(pictures[1])


def test_more_bits_are_worth_more(student, pictures, tmp_path) -> None:
    """So that the comparison above tells networks apart, and not only that something is above bicubic."""
    reached = []
    for bits in (3, 5, 8):
        (tmp_path / str(bits)).mkdir()
        reached.append(trained(recipe_of(bits, bits), student, pictures, tmp_path / str(bits)))
    assert reached == sorted(reached)
    assert reached[-1] > reached[0] + 0.3
