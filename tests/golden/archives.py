"""Archives to damage: the members and bytes of one saved network, and how a refusal looks."""

from __future__ import annotations

import re
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest

from golden import ArchiveError, IntNetwork, load, save
from tests.strategies import build_network

NETWORK = build_network(21, 2, (2,), (3, 4), style="any sign")
WEIGHT = "000.weight.npy"


@cache
def whole() -> bytes:
    """The bytes of the saved NETWORK."""
    with tempfile.TemporaryDirectory() as folder:
        save(NETWORK, Path(folder, "network.npz"))
        return Path(folder, "network.npz").read_bytes()


def members_of(path: Path) -> dict[str, bytes]:
    """The members of the saved NETWORK, which is left at `path`."""
    path.write_bytes(whole())
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def refuse(path: Path, reason: str) -> None:
    """Loading `path` raises ArchiveError, which names the file and the reason (a regular expression)."""
    with pytest.raises(ArchiveError, match=f"^{re.escape(str(path))}: .*{reason}"):
        load(path)


def load_or_refuse(path: Path) -> IntNetwork | None:
    """The network, or None when it is refused; any other exception is a failure."""
    try:
        return load(path)
    except ArchiveError:
        return None
