"""The catalogue: the trained networks that ship with the package, by name or by scale and bits.

Beside each frozen network (.npz) lies its provenance (.json).
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
MIXED = "-mixed"
"""Ending of networks in which single layers have other widths than the name has."""
MODELS = ("fsrcnn-r", "fsrcnn", "fsrcnn-s-r", "fsrcnn-s")
"""FSRCNN(56, 12, 4) and FSRCNN-s, plain and with an image-space residual (-r); of these the first that ships is found."""


def name_of(scale: int, weight_bits: int, activation_bits: int, model: str = "fsrcnn") -> str:
    """
    >>> name_of(3, 4, 6)
    'fsrcnn-x3-w4a6'
    """
    return f"{model}-x{scale}-w{weight_bits}a{activation_bits}"


def shipped() -> list[Path]:
    """The shipped network files."""
    return sorted(FOLDER.glob("*.npz"))


def find(scale: int = 2, bits: int = 8, model: str | None = None) -> Path:
    """The shipped network of that scale and those weight and activation bits; FileNotFoundError names the ones there are.

    model: one of `MODELS`, or the first of them that ships.
    """
    for name in (model,) if model else MODELS:
        path = FOLDER / f"{name_of(scale, bits, bits, name)}.npz"
        if path in shipped():
            return path
    raise FileNotFoundError(
        f"no {model or 'network'} of scale {scale} and {bits} bits ships with the package; allowed {_names(shipped())}, or a file"
    )


def named(text: str | Path) -> Path:
    """The file of that path, or the shipped network of that name; FileNotFoundError names the ones there are."""
    return by_name(text, shipped(), "network")


def by_name(text: str | Path, paths: list[Path], what: str) -> Path:
    """The file of that path, or the one of `paths` whose stem is `text`; FileNotFoundError calls it a `what` and names them all."""
    if Path(text).exists():
        return Path(text)
    for path in paths:
        if path.stem == str(text):
            return path
    raise FileNotFoundError(f"{text}: no such file, and no {what} of that name ships with the package; allowed {_names(paths)}")


def _names(paths: list[Path]) -> str:
    return ", ".join(path.stem for path in paths) or "none"


def newest(runs: Path = Path("runs")) -> Path:
    """The network that the last training below `runs` froze, otherwise the shipped 8-bit x2 one."""
    trained = sorted(runs.glob("*/network.npz"), key=lambda path: path.stat().st_mtime)
    return trained[-1] if trained else find()
