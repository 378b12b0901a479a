"""The float students that ship with the package (.safetensors), each with its provenance (.json): what networks are made from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from golden import networks
from golden.networks import FLOAT

FOLDER = Path(__file__).parent
NOT_KEPT = "not kept"
"""What a network's provenance has of a start of which nothing else is known."""


def shipped() -> list[Path]:
    """The shipped float students."""
    return sorted(FOLDER.glob(f"*{FLOAT}.safetensors"))


def catalogue() -> list[Path]:
    """The shipped float students, then the user's."""
    return shipped() + networks.own(f"*{FLOAT}.safetensors")


def named(text: str | Path) -> Path:
    """The file of that path, or the float student of that name in the catalogue; FileNotFoundError names the ones there are."""
    return networks.by_name(text, catalogue(), "float student")


def origin(start: str) -> dict[str, str] | None:
    """What provenance keeps of the float student that a run starts from: the file's sha256, and its name if it ships; never a path.

    start: a path, a shipped name, or nothing, which gives None.  Raises FileNotFoundError.
    """
    if not start:
        return None
    digest = _sha256(named(start))
    names = [path.stem for path in shipped() if _sha256(path) == digest]
    return {"name": names[0], "sha256": digest} if names else {"sha256": digest}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
