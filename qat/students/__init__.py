"""The float students that ship with the package (.safetensors), each with its provenance (.json): what networks are made from."""

from __future__ import annotations

from pathlib import Path

from golden import networks

FOLDER = Path(__file__).parent
FLOAT = "-float"
"""Ending of their names."""


def shipped() -> list[Path]:
    """The shipped float students."""
    return sorted(FOLDER.glob(f"*{FLOAT}.safetensors"))


def named(text: str | Path) -> Path:
    """The file of that path, or the shipped float student of that name; FileNotFoundError names the ones there are."""
    return networks.by_name(text, shipped(), "float student")
