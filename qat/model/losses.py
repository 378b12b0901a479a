"""The losses of the method, each by the name the patent gives it.

Source: KR 10-2543690, eq. 4 to 10; PISR (ECCV 2020), section 3.  X: LR image, Y: HR image, X_T: compact map.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qat.model.settings import DISTRIBUTIONS, Distribution


def imitation_loss(x: Tensor, x_t: Tensor) -> Tensor:
    """L_im of eq. 4: mean |X - X_T|; keeps the compact map an image like the LR one."""
    return (x - x_t).abs().mean()


def reconstruction_loss(y: Tensor, y_hat: Tensor) -> Tensor:
    """L_recon of eq. 5 (teacher) and eq. 7 (student): mean |Y - Y_hat|."""
    return (y - y_hat).abs().mean()


def teacher_total_loss(reconstruction: Tensor, imitation: Tensor, imitation_weight: float) -> Tensor:
    """Eq. 6: L_recon_T + lambda_T L_im."""
    return reconstruction + imitation_weight * imitation


def student_total_loss(reconstruction: Tensor, distillation: Tensor, distillation_weight: float) -> Tensor:
    """Eq. 10: L_recon_S + lambda_S L_distill."""
    return reconstruction + distillation_weight * distillation


class VariationalDistillation(nn.Module):
    """L_distill of eq. 9: the negative log-likelihood of f_T under q(f_T | f_S), a lower bound of I(f_T; f_S) (eq. 8).

    The location head mu and the scale head b are estimated from f_S, one value per element, and exist only in training.
    laplace: log b + |f_T - mu| / b.   gaussian: log b + (f_T - mu)^2 / (2 b^2).   Means over all elements.
    """

    def __init__(self, channels: int, distribution: Distribution = "laplace") -> None:
        super().__init__()
        if distribution not in DISTRIBUTIONS:
            raise ValueError(f"distribution '{distribution}'; allowed {', '.join(DISTRIBUTIONS)}")
        self.distribution = distribution
        self.location_head = _head(channels)
        self.scale_head = nn.Sequential(_head(channels), nn.Softplus())

    def forward(self, f_s: Tensor, f_t: Tensor) -> Tensor:
        location = self.location_head(f_s)
        scale = 0.1 * self.scale_head(f_s) + 1e-8
        error = (f_t - location) / scale
        likelihood = error.abs() if self.distribution == "laplace" else error.square() / 2
        return (torch.log(scale) + likelihood).mean()


def _head(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, channels, 1), nn.PReLU(), nn.Conv2d(channels, channels, 1))
