"""Training pairs and batches: what the network sees at which step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from golden.pictures.bicubic import shrink, to_uint8
from golden.pictures.images import ImageError
from golden.pictures.luma import luma
from qat.training.data import Pair, PatchSampler, load_pairs, make_pair, split
from tests.qat import tiny

SYMMETRIES = [lambda a, k=k, flip=flip: np.rot90(a.T if flip else a, k) for k in range(4) for flip in (False, True)]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_pair_is_eight_bit_luma_and_its_bicubic_reduction(scale):
    image = tiny.photograph(1, 41, 50)
    pair = make_pair("a", image, scale)
    rows, columns = 41 // scale * scale, 50 // scale * scale
    high = to_uint8(luma(image[:rows, :columns]))
    assert np.array_equal(pair.high, high)
    assert np.array_equal(pair.low, to_uint8(shrink(high, scale)))


def test_a_gray_image_is_its_own_luma_and_an_rgb_image_is_not():
    gray = tiny.photograph(1)[..., 0]
    assert np.array_equal(make_pair("a", gray, 2).high, gray)
    assert not np.array_equal(make_pair("a", np.stack([gray] * 3, axis=-1), 2).high, gray)


def test_images_smaller_than_the_patch_are_left_out(tmp_path):
    for name, size in (("large", (16, 16)), ("flat", (15, 40)), ("thin", (40, 15))):
        Image.fromarray(tiny.photograph(0, *size)).save(tmp_path / f"{name}.png")
    paths = sorted(tmp_path.iterdir())
    assert [pair.name for pair in load_pairs(paths, 2, 8)] == [str(tmp_path / "large.png")]
    with pytest.raises(ImageError, match="none of 3 images has 18x18 pixels, the HR patch"):
        load_pairs(paths, 2, 9)


def test_a_broken_image_among_good_ones_is_named_and_refused(tmp_path):
    tiny.photographs(tmp_path, 2)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    with pytest.raises(ImageError, match=r"broken\.png: broken"):
        load_pairs(sorted(tmp_path.iterdir()), 2, 8)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 1.0])
def test_the_split_is_by_image_disjoint_whole_and_never_empty(fraction):
    pairs = tiny.pairs(7)
    training, validation = split(pairs, fraction, seed=1)
    names = [{pair.name for pair in part} for part in (training, validation)]
    assert names[0] | names[1] == {pair.name for pair in pairs}
    assert len(training) + len(validation) == 7
    assert len(validation) == min(max(1, round(7 * fraction)), 6)


def test_the_split_is_a_function_of_the_seed():
    pairs = tiny.pairs(7)
    held_out = [[pair.name for pair in split(pairs, 0.4, seed)[1]] for seed in (1, 1, 2)]
    assert held_out[0] == held_out[1] != held_out[2]


def test_one_image_cannot_be_split():
    with pytest.raises(ImageError, match="1 usable image; allowed at least 2"):
        split(tiny.pairs(1), 0.5, 1)


def numbered(scale: int) -> Pair:
    """An image whose pixels are numbered, so that a patch tells where it is from; LR pixel = number of its first HR pixel."""
    high = np.arange(12 * 16, dtype=np.uint8).reshape(12, 16)[: 12 // scale * scale, : 16 // scale * scale]
    return Pair("numbered", high[::scale, ::scale], high)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_low_and_high_patches_are_the_same_crop_under_the_same_symmetry(scale):
    pair, patch, seen = numbered(scale), 2, set()
    low, high = PatchSampler([pair], scale, patch, 64, seed=0).batch(0)
    for x, y in zip((low * 256).int().numpy()[:, 0], (high * 256).int().numpy()[:, 0], strict=True):
        top, left = divmod(int(y.min()), 16)
        crop = pair.high[top : top + patch * scale, left : left + patch * scale]
        (which,) = [k for k, symmetry in enumerate(SYMMETRIES) if np.array_equal(symmetry(crop), y)]
        assert (top % scale, left % scale) == (0, 0)
        assert np.array_equal(SYMMETRIES[which](crop[::scale, ::scale]), x)
        seen.add(which)
    assert len(seen) == 8


def test_patches_come_from_every_image_and_stay_inside():
    pairs = [Pair(str(value), np.full((8, 9), value, np.uint8), np.full((16, 18), value, np.uint8)) for value in (10, 20, 30)]
    low, high = PatchSampler(pairs, 2, 8, 64, seed=0).batch(0)
    assert set((low * 256).unique().tolist()) == {10, 20, 30}
    assert torch.equal(low.amax((1, 2, 3)), high.amin((1, 2, 3)))
    assert torch.equal(low.amin((1, 2, 3)), high.amax((1, 2, 3)))


def test_pixels_are_exact_steps_of_an_eighth_bit_power():
    low, _ = PatchSampler([numbered(2)], 2, 4, 8, seed=0).batch(0)
    assert torch.equal(low * 256, (low * 256).round())
    assert low.max() < 1


def sampler(seed: int = 0, rank: int = 0, world: int = 1) -> PatchSampler:
    return PatchSampler(tiny.pairs(3), 2, 8, 8, seed, rank=rank, world=world)


def test_a_batch_is_a_function_of_seed_and_step():
    one, other = sampler(), sampler()
    other.batch(3)
    assert all(torch.equal(a, b) for a, b in zip(one.batch(7), other.batch(7), strict=True))
    assert not torch.equal(one.batch(7)[0], one.batch(8)[0])
    assert not torch.equal(one.batch(7)[0], sampler(seed=1).batch(7)[0])


@pytest.mark.parametrize("world", [2, 4, 8])
def test_the_shares_of_all_processes_are_the_global_batch(world):
    whole = sampler().batch(5)
    shares = [sampler(rank=rank, world=world).batch(5) for rank in range(world)]
    for index, part in enumerate(whole):
        together = torch.stack([share[index] for share in shares], dim=1).flatten(0, 1)
        assert torch.equal(together, part)


def test_the_first_patches_of_all_shares_are_the_first_of_the_batch():
    """So a distillation loss on the first half of each share is that on the first half of the batch."""
    first = {patch.numpy().tobytes() for patch in sampler().batch(5)[0][:4]}
    of_shares = {patch.numpy().tobytes() for rank in range(2) for patch in sampler(rank=rank, world=2).batch(5)[0][:2]}
    assert of_shares == first


def test_a_batch_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="batch of 8 does not divide among 3 processes"):
        sampler(world=3)
