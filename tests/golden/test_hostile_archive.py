"""Damaged and hostile files: each is refused with ArchiveError, quickly, and nothing in it is executed."""

import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from golden import archive, load
from golden.archive import MAX_FILE_BYTES
from tests.golden.archives import NETWORK, WEIGHT, load_or_refuse, members_of, refuse, whole, write


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "network.npz"


def test_repacked_members_are_still_the_network(path: Path) -> None:
    """The control of every test below: it is the change that is refused, not the repacking."""
    write(path, members_of(path))
    assert load(path) == NETWORK


def test_a_file_truncated_anywhere_is_refused(path: Path) -> None:
    content = whole()
    lengths = [*range(0, len(content), 50), len(content) - 1]
    assert len(lengths) > 20
    for length in lengths:
        path.write_bytes(content[:length])
        refuse(path, "damaged or not an archive")


@settings(max_examples=200)
@given(place=st.integers(0, 2**20), flip=st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_harmless(path: Path, place: int, flip: int) -> None:
    content = bytearray(whole())
    content[place % len(content)] ^= flip
    path.write_bytes(content)
    assert load_or_refuse(path) in (None, NETWORK)


def test_most_flipped_bytes_are_refused(path: Path) -> None:
    """What is harmless lies in fields that nobody reads, such as time stamps: the rest must be refused."""
    content = whole()
    refused = 0
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        refused += load_or_refuse(path) is None
    assert refused > len(content) / 7 * 0.6


@settings(max_examples=200)
@given(content=st.binary(max_size=200))
@example(b"")
@example(b"PK\x05\x06" + bytes(18))
def test_arbitrary_bytes_are_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert load_or_refuse(path) is None


@pytest.mark.parametrize("name", ["header.json", WEIGHT, "001.shift.npy"])
def test_a_missing_member_is_refused(path: Path, name: str) -> None:
    members = members_of(path)
    del members[name]
    write(path, members)
    refuse(path, "no header.json" if name == "header.json" else f"missing or unknown members '{name}'")


@pytest.mark.parametrize("name", ["extra.npy", "../outside", "002.weight.npy"])
def test_an_extra_member_is_refused(path: Path, name: str) -> None:
    members = members_of(path)
    write(path, members | {name: members[WEIGHT]})
    refuse(path, f"missing or unknown members '{name}'")


@pytest.mark.parametrize("name", ["header.json", WEIGHT])
def test_a_repeated_member_is_refused(path: Path, name: str) -> None:
    members = members_of(path)
    write(path, members)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, members[name])
    refuse(path, "repeated members")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_refused_before_it_is_decompressed(path: Path, method: int) -> None:
    write(path, members_of(path), method)
    refuse(path, "a member is not deflated")


def with_claimed_size(content: bytes, name: str, claimed: int) -> bytes:
    """The archive with another uncompressed size of the member in the central directory and before the member."""
    changed = bytearray(content)
    for signature, size_at, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        start = content.index(signature)
        while content[start + name_at : start + name_at + len(name)] != name.encode():
            start = content.index(signature, start + 1)
        changed[start + size_at : start + size_at + 4] = struct.pack("<I", claimed)
    return bytes(changed)


def peak_bytes_of_refusing(path: Path, reason: str) -> int:
    tracemalloc.start()
    try:
        refuse(path, reason)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


BOMB_BYTES = 2**26


@pytest.mark.parametrize("name", ["header.json", WEIGHT])
@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        (2**32 - 2, "more than 268435456 bytes"),
        (BOMB_BYTES, "of 67108864 bytes; allowed at most"),
        (200, "damaged or not an archive.*CRC"),
    ],
    ids=["claims 4 GiB", "claims what it holds", "claims little"],
)
def test_a_zip_bomb_is_refused_without_being_unpacked(path: Path, name: str, claimed: int, reason: str) -> None:
    """64 MiB of zeros in 64 KiB."""
    write(path, members_of(path) | {name: bytes(BOMB_BYTES)})
    path.write_bytes(with_claimed_size(path.read_bytes(), name, claimed))
    assert path.stat().st_size < 2**18
    assert peak_bytes_of_refusing(path, reason) < 2**22


def test_a_file_over_the_limit_is_refused_unread(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert peak_bytes_of_refusing(path, "more than 268435456 bytes") < 2**20
    path.unlink()


def test_the_meter_of_the_bombs_sees_an_unpacked_one(path: Path) -> None:
    write(path, members_of(path) | {WEIGHT: bytes(BOMB_BYTES)})
    tracemalloc.start()
    with zipfile.ZipFile(path) as archive:
        assert len(archive.read(WEIGHT)) == BOMB_BYTES
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak > 2**25


def test_a_folder_is_refused_by_the_file_system(path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        archive.load(path.parent)
    with pytest.raises(FileNotFoundError, match="a folder, no network"):
        load(path.parent)
