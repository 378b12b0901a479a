"""The teacher: encoder G_T (eq. 1) and decoder F_T (eq. 2)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from golden.pictures.bicubic import shrink
from qat.model.shape import NetworkShape
from qat.model.student import FSRCNN
from qat.model.teacher import Encoder, Teacher
from tests.qat import tiny


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_encoder_is_four_convolutions_the_second_with_the_stride_of_the_scale(scale):
    convolutions = [module for module in Encoder(scale).layers if isinstance(module, nn.Conv2d)]
    assert [conv.stride for conv in convolutions] == [(1, 1), (scale, scale), (1, 1), (1, 1)]
    assert [tuple(conv.weight.shape) for conv in convolutions] == [
        (56, 1, 5, 5),
        (56, 56, 5, 5),
        (12, 56, 3, 3),
        (1, 12, 3, 3),
    ]


def test_the_encoder_has_prelu_between_the_convolutions_and_none_after_the_last():
    assert [type(module) for module in Encoder(2).layers] == [nn.Conv2d, nn.PReLU] * 3 + [nn.Conv2d]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_compact_map_has_the_size_of_the_lr_image(scale):
    x_t, y_t, _ = Teacher(NetworkShape(8, 4, 1, scale), 4)(torch.rand(2, 1, 7 * scale, 5 * scale))
    assert x_t.shape == (2, 1, 7, 5)
    assert y_t.shape == (2, 1, 7 * scale, 5 * scale)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_encoder_starts_as_a_downsampler(scale):
    """Its five taps leave out the tails of MATLAB's kernel: close on a smooth picture, in steps of 8-bit luma."""
    high = tiny.photograph(3, 64 * scale, 60 * scale)[..., 0].astype(np.float64)
    with torch.no_grad():
        x_t = Encoder(scale, 4)(torch.from_numpy(high / 256).float()[None, None])[0, 0].double().numpy() * 256
    inside = (slice(2, -2), slice(2, -2))
    mean_error = np.abs(x_t - shrink(high, scale))[inside].mean()
    one_pixel_off = np.abs(np.roll(x_t, 1, axis=1) - shrink(high, scale))[inside].mean()
    assert mean_error < 3 < one_pixel_off


def test_the_decoder_has_the_structure_of_the_student():
    shape = NetworkShape(8, 4, 1)
    decoder, student = ({name: t.shape for name, t in m.state_dict().items()} for m in (Teacher(shape).decoder, FSRCNN(shape)))
    assert decoder == student


def test_the_teacher_is_the_decoder_of_the_encoder_and_gives_the_named_map():
    teacher, y = Teacher(NetworkShape(8, 4, 1), 4).eval(), torch.rand(1, 1, 12, 12)
    x_t, y_t, f_t = teacher(y, "shrinking")
    assert torch.equal(x_t, teacher.encoder(y))
    expected, expected_map = teacher.decoder.forward_with_map(x_t, "shrinking")
    assert torch.equal(y_t, expected)
    assert torch.equal(f_t, expected_map)
