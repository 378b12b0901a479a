"""Linear blocks that fold: while a float student is trained, every layer's weight is W + B A, and what is kept is their sum.

A wide convolution A and a 1x1 convolution B behind it, with no activation between, are one convolution, but gradients move the two
otherwise than one: a student is then trained in far fewer steps.  The method of SESR (Bhardwaj et al., "Collapsible linear blocks
for super-efficient super resolution", MLSys 2022), which folds before each step as well; here the layer's own weight W takes the
place of its short residual, and B starts at 0, so that a student that is trained on begins as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from qat.model.student import FSRCNN
from qat.quantizing.equalize import hold_rows


class LinearBlock(nn.Module):
    """What is added to one layer's weight: `width` filters of the layer's kernel, mixed into each of its rows.

    held: so many of the first rows stay as they are.
    """

    def __init__(self, weight: Tensor, width: int, held: int) -> None:
        super().__init__()
        taps = weight[0].numel()
        self.filters = nn.Parameter(torch.randn(width, taps) / taps**0.5)
        self.mixing = nn.Parameter(torch.zeros(len(weight), width))
        hold_rows(self.mixing, held)

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.mixing @ self.filters).reshape(weight.shape)


def widen(student: FSRCNN, width: int, held: int = 0) -> None:
    """Put a block of `width` filters on every layer of a float student; it still gives the same pictures.

    held: the rows of hidden layers that are not trained (`qat.quantizing.equalize.hold_luma`).
    """
    for name, module in student.layers.items():
        conv = getattr(module, "conv", module)
        block = LinearBlock(conv.weight, width, 0 if name == "deconvolution" else held)
        parametrize.register_parametrization(conv, "weight", block)


def fold(student: FSRCNN) -> None:
    """Write each layer's sum into its weight and take the blocks away; a student without any stays as it is."""
    for module in student.layers.values():
        conv = getattr(module, "conv", module)
        if parametrize.is_parametrized(conv, "weight"):
            parametrize.remove_parametrizations(conv, "weight", leave_parametrized=True)
