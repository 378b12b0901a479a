"""What a file may leave open, and what may be said about it.  Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

ACTIVATIONS = ("relu", "clipped", "none", "tanh")
"""Of layers without slopes.  clipped: from 0 to `white`.  tanh is none that is imported; it is here to be named."""
SKIPS = ("none", "nearest")


@dataclass(frozen=True)
class Asked:
    """What is asked for beside the file; None for what is left to its layout."""

    scale: int | None = None
    activation: str | None = None
    skip: str | None = None
    white: float = 1.0
