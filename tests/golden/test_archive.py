"""A network's file: exact, reproducible, atomic."""

import errno
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden import IntNetwork, load, save
from golden.spec import ARRAYS, TYPES
from tests.strategies import build_network, networks

NETWORK = build_network(21, 3, (2, 3), (3, 1, 4), style="any sign")
OTHER = build_network(22, 3, (2, 3), (3, 1, 4), style="any sign")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@given(network=networks())
def test_a_network_comes_back_exactly(folder: Path, network: IntNetwork) -> None:
    path = folder / "network.npz"
    save(network, path)
    again = load(path)
    assert (again.hash, again) == (network.hash, network)
    for layer, saved in zip(again.layers, network.layers, strict=True):
        assert all(getattr(layer, part).tolist() == getattr(saved, part).tolist() for part in ARRAYS)
        assert all(getattr(layer, part) == getattr(saved, part) for part in ("name", "kind", "stride", *TYPES))
        assert not layer.weight.flags.writeable


@given(network=networks())
def test_the_same_network_gives_the_same_bytes_and_another_gives_others(folder: Path, network: IntNetwork) -> None:
    first, second = folder / "first.npz", folder / "second.npz"
    save(network, first)
    save(load(first), second)
    assert first.read_bytes() == second.read_bytes()
    save(OTHER, second)
    assert (first.read_bytes() == second.read_bytes()) is (network == OTHER)


def test_the_arrays_of_the_file_are_what_numpy_reads(tmp_path: Path) -> None:
    save(NETWORK, tmp_path / "network.npz")
    with np.load(tmp_path / "network.npz", allow_pickle=False) as arrays:
        assert arrays["002.weight"].tolist() == NETWORK.layers[2].weight.tolist()
        assert arrays["000.shift"].dtype == np.int64


def test_text_and_path_name_the_same_file(tmp_path: Path) -> None:
    save(NETWORK, str(tmp_path / "network.npz"))
    assert load(str(tmp_path / "network.npz")) == load(tmp_path / "network.npz") == NETWORK


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.npz"):
        load(tmp_path / "absent.npz")


@given(st.data())
def test_a_full_disk_at_any_write_leaves_the_old_file_and_nothing_else(folder: Path, data: st.DataObject) -> None:
    path = folder / "full" / "network.npz"
    path.parent.mkdir(exist_ok=True)
    save(OTHER, path)
    with pytest.MonkeyPatch.context() as patch:
        fail_after(data.draw(st.integers(0, 3 * len(ARRAYS))), patch)
        with pytest.raises(OSError, match="No space left on device") as caught:
            save(NETWORK, path)
    assert caught.value.filename == str(path)
    assert load(path) == OTHER
    assert list(path.parent.iterdir()) == [path]


def fail_after(members: int, patch: pytest.MonkeyPatch) -> None:
    """Let the disk be full after this many members."""
    written, original = [], zipfile.ZipFile.writestr

    def writestr(self: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes, **options: Any) -> None:
        if len(written) == members:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(info.filename)
        original(self, info, content, **options)

    patch.setattr(zipfile.ZipFile, "writestr", writestr)
