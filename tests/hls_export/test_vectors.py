"""The vectors: what golden says, in two forms, for frames of changing sizes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from golden import model
from golden.pictures import frames
from golden.spec import IntNetwork, IntType
from hls_export import ExportError
from hls_export.csim.frames import chosen
from hls_export.writers.vectors import binary, text, vector_files


def test_text_has_channel_0_in_the_least_significant_bits() -> None:
    tensor = np.array([[[1, -1]], [[2, 7]], [[-8, 0]]])
    assert text(tensor, IntType(4, True), "note") == b"// note\n821\n07f\n"
    assert binary(tensor, IntType(4, True)) == bytes([1, 2, 0xF8, 0xFF, 7, 0])


def test_twelve_bits_take_two_bytes_and_end_on_a_digit() -> None:
    tensor = np.array([[[-1, 5]]])
    assert binary(tensor, IntType(12, True)) == b"\xff\xff\x05\x00"
    assert text(tensor, IntType(12, True), "n") == b"// n\nfff\n005\n"
    assert text(tensor, IntType(7, True), "n") == b"// n\n7f\n05\n"


def test_both_forms_hold_goldens_integers(small: IntNetwork) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (4, 6), dtype=np.uint8)
    files = vector_files(small, {"one": frame})
    for layer in small.layers:
        expected = model.trace(small, frame)[layer.name]
        said = np.frombuffer(files[f"one.{layer.name}.bin"], layer.output.dtype).reshape(*expected.shape[1:], -1).transpose(2, 0, 1)
        assert (said == expected).all()
        mask = (1 << layer.output.bits) - 1
        beats = [int(line, 16) for line in files[f"one.{layer.name}.hex"].decode().splitlines()[1:]]
        flat = expected.reshape(len(expected), -1).T
        for beat, values in zip(beats, flat.tolist(), strict=True):
            assert [beat >> (layer.output.bits * i) & mask for i in range(len(values))] == [value & mask for value in values]


def test_small_frames_change_size_from_one_to_the_next(small: IntNetwork) -> None:
    found = chosen(small, 1080, 1920)
    shapes = [frame.shape for frame in found.values()]
    assert all(before != after for before, after in pairwise(shapes) if before != (20, 28))
    assert {(1, 1), (1, 7), (7, 1)} <= set(shapes)
    assert sum(frame.size for frame in found.values()) < 4000


def test_full_holds_every_photograph_whole(small: IntNetwork) -> None:
    found = chosen(small, 1080, 1920, "full")
    for name, frame in frames.photographs().items():
        assert (found[name] == frame).all()


def test_frames_are_cut_to_what_the_hardware_takes(small: IntNetwork) -> None:
    assert all(frame.shape[0] <= 5 and frame.shape[1] <= 4 for frame in chosen(small, 5, 4).values())


def test_another_mode_is_refused(small: IntNetwork) -> None:
    with pytest.raises(ExportError, match="vectors 'huge'; allowed small or full"):
        chosen(small, 5, 5, "huge")
