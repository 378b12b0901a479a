"""Colours that nobody sees, filled a stripe at a time, as if all at once; one row too few around a stripe is seen."""

from __future__ import annotations

import numpy as np
import pytest

from golden.pictures import transparency
from golden.pictures.transparency import REACH, filled
from tests.strategies import noise

HEIGHT = 120
COLOURS = np.stack([noise(HEIGHT, 9, seed) for seed in range(3)], axis=-1)
ALPHA = np.where(np.random.default_rng(5).random((HEIGHT, 9)) < 0.03, 255, 0).astype(np.uint8)
ALPHA[20:90], ALPHA[19] = 0, 255


def in_stripes(rows: int) -> np.ndarray:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transparency, "ROWS", rows)
        return filled(COLOURS, ALPHA)


def test_stripes_are_the_whole_picture() -> None:
    whole = in_stripes(HEIGHT)
    assert (whole[ALPHA > 0] == COLOURS[ALPHA > 0]).all()
    assert (whole != COLOURS).any()
    for rows in (1, 3, 16, 33, HEIGHT - 1, 1000):
        assert np.array_equal(in_stripes(rows), whole)


def test_a_row_too_few_around_a_stripe_is_seen(monkeypatch) -> None:
    """The mutant: the filling reaches one pixel further than the rows around a stripe."""
    original = transparency._filled
    monkeypatch.setattr(transparency, "_filled", lambda colours, alpha: _further(original, colours, alpha))
    assert not np.array_equal(in_stripes(12), in_stripes(HEIGHT))  # a stripe begins 17 rows below the one that is known


def _further(original, colours, alpha):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transparency, "REACH", REACH + 1)
        return original(colours, alpha)
