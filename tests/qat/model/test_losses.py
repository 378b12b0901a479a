"""The losses of the method against their equations, written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from qat.model import losses
from qat.model.losses import VariationalDistillation


def two_images(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(seed)
    a, b = random.random((2, 3, 4, 5, 6))
    return torch.from_numpy(a), torch.from_numpy(b)


@pytest.mark.parametrize("loss", [losses.imitation_loss, losses.reconstruction_loss])
def test_imitation_eq_4_and_reconstruction_eq_5_and_7_are_mean_absolute_differences(loss):
    a, b = two_images()
    expected = np.abs(a.numpy() - b.numpy()).sum() / a.numel()
    assert float(loss(a, b)) == pytest.approx(expected, rel=1e-12)
    assert float(loss(a, b)) != pytest.approx(np.square(a.numpy() - b.numpy()).mean(), rel=1e-3)


@pytest.mark.parametrize("total", [losses.teacher_total_loss, losses.student_total_loss])
def test_total_losses_eq_6_and_10_weight_only_their_second_part(total):
    assert float(total(torch.tensor(3.0), torch.tensor(5.0), 0.25)) == 3 + 0.25 * 5


def numpy_head(head: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """1x1 convolution, PReLU, 1x1 convolution."""
    first, prelu, second = ([p.detach().numpy() for p in module.parameters()] for module in head)
    hidden = np.einsum("oc,nchw->nohw", first[0][:, :, 0, 0], x) + first[1][:, None, None]
    hidden = np.where(hidden < 0, prelu[0] * hidden, hidden)
    return np.einsum("oc,nchw->nohw", second[0][:, :, 0, 0], hidden) + second[1][:, None, None]


@pytest.mark.parametrize("distribution", ["laplace", "gaussian"])
def test_distillation_eq_9_is_the_negative_log_likelihood_under_the_heads(distribution):
    f_s, f_t = two_images(1)
    module = VariationalDistillation(4, distribution).double()
    location = numpy_head(module.location_head, f_s.numpy())
    scale = 0.1 * np.log1p(np.exp(numpy_head(module.scale_head[0], f_s.numpy()))) + 1e-8
    error = (f_t.numpy() - location) / scale
    by_name = {"laplace": np.log(scale) + np.abs(error), "gaussian": np.log(scale) + error**2 / 2}
    other = by_name.pop("gaussian" if distribution == "laplace" else "laplace")
    value = float(module(f_s, f_t).detach())
    assert value == pytest.approx(by_name[distribution].mean(), rel=1e-10)
    assert value != pytest.approx(other.mean(), rel=1e-3)


class Constant(nn.Module):
    """A head that always says `value`."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full_like(x, self.value)


def likelihood(distribution: str, error: float, scale: float) -> float:
    """The loss for f_T - mu = `error` at every element, with the scale map at `scale`."""
    module = VariationalDistillation(1, distribution)
    module.location_head, module.scale_head = Constant(1.0), Constant((scale - 1e-8) / 0.1)
    f_s = torch.zeros(1, 1, 2, 2, dtype=torch.float64)
    return float(module(f_s, f_s + 1.0 + error))


@pytest.mark.parametrize(("distribution", "at_minimum"), [("laplace", np.log(0.3) + 1), ("gaussian", np.log(0.3) + 0.5)])
def test_the_likelihood_is_best_where_the_scale_map_is_the_error(distribution, at_minimum):
    best = likelihood(distribution, 0.3, 0.3)
    assert best == pytest.approx(at_minimum, rel=1e-6)
    assert best < min(likelihood(distribution, 0.3, 0.27), likelihood(distribution, 0.3, 0.33))


@pytest.mark.parametrize("distribution", ["laplace", "gaussian"])
def test_the_likelihood_is_best_where_the_location_map_is_the_teachers(distribution):
    exact, above, below = (likelihood(distribution, error, 0.5) for error in (0.0, 0.1, -0.1))
    assert exact < above
    assert above == pytest.approx(below, rel=1e-6)


def test_an_unknown_distribution_is_refused():
    with pytest.raises(ValueError, match="distribution 'cauchy'; allowed laplace, gaussian"):
        VariationalDistillation(4, "cauchy")
