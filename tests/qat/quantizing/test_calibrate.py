"""Calibration: the thresholds of least error among all, found again by brute force, and the corrected biases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from golden.int_type import IntType
from qat.model.quantized import LayerBits, Quantization, QuantizedFSRCNN
from qat.model.student import FSRCNN
from qat.quantizing.calibrate import best_threshold, calibrate, round_weight
from tests.qat import tiny

EXPONENTS = np.arange(-12, 9)


def squared_error(values: np.ndarray, bits: int, exponent: float) -> float:
    limit = 2 ** (bits - 1)
    scale = 2.0**exponent / limit
    return float(np.square(np.clip(np.rint(values / scale), -limit, limit - 1) * scale - values).mean())


@pytest.mark.parametrize("bits", [8, 6, 4, 2])
def test_an_activation_threshold_has_the_least_squared_error_of_all(bits):
    random = np.random.default_rng(bits)
    chosen = []
    for spread in (0.01, 0.3, 4.0):
        values = random.laplace(0, spread, 400).astype(np.float32)
        threshold = float(best_threshold(torch.from_numpy(values), IntType(bits, signed=True)))
        best = min(squared_error(values, bits, exponent) for exponent in EXPONENTS)
        assert squared_error(values, bits, threshold) == pytest.approx(best, rel=1e-4)
        assert squared_error(values, bits, threshold + 1) > best
        chosen.append(threshold)
    assert chosen == sorted(set(chosen))


def freshly_calibrated(bits: int, student: FSRCNN, x: torch.Tensor) -> QuantizedFSRCNN:
    quantized = tiny.quantized_copy(tiny.recipe(), student, Quantization(LayerBits(bits, bits)))
    calibrate(quantized, student, [x])
    return quantized.double().eval()


def test_activations_are_measured_on_what_the_float_student_gives():
    recipe, x = tiny.recipe(), tiny.batch()[0]
    student = tiny.shaken_student(recipe)
    with torch.no_grad():
        values = student.forward_with_map(x, "shrinking")[1].flatten().numpy()
        scale = freshly_calibrated(4, student, x).layers["shrinking"].requantize.act_quant.scale()
    best = min(EXPONENTS, key=lambda exponent: squared_error(values, 4, exponent))
    assert float(scale) == 2.0**best / 8


@pytest.mark.parametrize("bits", [8, 4, 2])
def test_a_weight_threshold_has_the_least_output_variance_of_all_and_its_mean_is_taken_off_the_bias(bits):
    recipe, x = tiny.recipe(), tiny.batch()[0]
    student = tiny.shaken_student(recipe)
    conv, ours = student.layers["extraction"].conv, freshly_calibrated(bits, student, x).layers["extraction"].conv
    with torch.no_grad():

        def error(weight: torch.Tensor) -> torch.Tensor:
            return F.conv2d(x.double(), weight.double() - conv.weight.double(), padding=2).transpose(0, 1).flatten(1)

        variances = torch.stack([error(round_weight(conv.weight, torch.tensor(float(e)), bits)).var(1) for e in EXPONENTS])
        chosen = error(ours.quant_weight().value)
        assert torch.allclose(chosen.var(1), variances.amin(0), rtol=1e-3)
        assert torch.allclose(ours.bias, conv.bias.double() - chosen.mean(1), atol=1e-6)
        assert chosen.mean(1).abs().max() > 1e-5
