"""The trained networks that ship with the package, each with its quantized student and its training facts beside it."""

from __future__ import annotations

from pathlib import Path

from golden.archive import load
from golden.spec import IntNetwork

FOLDER = Path(__file__).parent


def shipped() -> list[Path]:
    """The shipped network files, named fsrcnn-xSCALE-wBITSaBITS.npz."""
    return sorted(FOLDER.glob("*.npz"))


def find(scale: int = 2, bits: int = 8) -> Path:
    """The shipped network of that scale and those weight and activation bits; FileNotFoundError names the ones there are."""
    for path in shipped():
        if path.stem.endswith(f"-x{scale}-w{bits}a{bits}"):
            return path
    names = ", ".join(path.stem for path in shipped()) or "none"
    raise FileNotFoundError(f"no network of scale {scale} and {bits} bits ships with the package; allowed {names}, or --network")


def newest(runs: Path = Path("runs")) -> Path:
    """The network that the last training below `runs` froze, otherwise the shipped 8-bit x2 one."""
    trained = sorted(runs.glob("*/network.npz"), key=lambda path: path.stat().st_mtime)
    return trained[-1] if trained else find()


def read(scale: int = 2, bits: int = 8) -> IntNetwork:
    """The shipped network of that scale and bits."""
    return load(find(scale, bits))
