"""The catalogue: the trained networks that ship with the package, and the user's own, by name or by what is wanted of them.

Beside each frozen network (.npz) lies its provenance (.json); `golden.networks.facts` reads what is known of it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from golden.networks.facts import Facts, facts_of

FOLDER = Path(__file__).parent
OWN_FOLDER = "SR2FPGA_CATALOGUE"
"""Environment variable that names the user's folder."""
MIXED = "-mixed"
"""Ending of networks in which single layers have other widths than the name has."""
MODELS = ("fsrcnn-r", "fsrcnn", "fsrcnn-s-r", "fsrcnn-s")
"""FSRCNN(56, 12, 4) and FSRCNN-s, plain and with an image-space residual (-r); of these the first that ships is found."""
PRESETS = {"fsrcnn": (56, 12, 4), "fsrcnn-s": (32, 5, 1)}
"""(d, s, m) of the FSRCNNs that have a name."""
FLOAT = "-float"
"""Ending of the names of float students."""
SCALE, BITS = 2, 8
"""Of the network where nothing is asked."""


def name_of(scale: int, weight_bits: int, activation_bits: int, model: str = "fsrcnn") -> str:
    """
    >>> name_of(3, 4, 6)
    'fsrcnn-x3-w4a6'
    """
    return f"{model}-x{scale}-w{weight_bits}a{activation_bits}"


def preset_of(sizes: Sequence[tuple[int, int, int]]) -> str | None:
    """The name in PRESETS of the FSRCNN whose layers have these (input channels, output channels, kernel), None for another."""
    for name, (d, s, m) in PRESETS.items():
        if list(sizes) == [(1, d, 5), (d, s, 1), *[(s, s, 3)] * m, (s, d, 1), (d, 1, 9)]:
            return name
    return None


def own_folder() -> Path:
    """The folder of the user's networks: $SR2FPGA_CATALOGUE, or sr2fpga/networks in the user's data ($XDG_DATA_HOME)."""
    if folder := os.environ.get(OWN_FOLDER):
        return Path(folder)
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if Path(data).is_absolute() else Path(os.path.expanduser("~")) / ".local" / "share"  # noqa: PTH111 - never raises
    return base / "sr2fpga" / "networks"


def shipped() -> list[Path]:
    """The shipped network files."""
    return sorted(FOLDER.glob("*.npz"))


def catalogue() -> list[Path]:
    """The shipped network files, then the user's."""
    return shipped() + own("*.npz")


def own(pattern: str) -> list[Path]:
    """The user's files of that pattern, without those that a stopped writer left."""
    return sorted(path for path in own_folder().glob(pattern) if not path.name.startswith("."))


def find(scale: int | None = None, bits: int | None = None, model: str | None = None, lut: int | None = None) -> Path:
    """The network of the catalogue of that scale (2) and those weight and activation bits (8).

    model: one of `MODELS`, or the first of them that there is.
    lut: the shipped one with the highest PSNR (Set5, device protocol) whose plan has at most so many LUTs; bits then may be any.
    Raises FileNotFoundError, which names those there are.
    """
    scale = SCALE if scale is None else scale
    if lut is not None:
        return _best(scale, bits, model, lut)
    bits = BITS if bits is None else bits
    for name in (model,) if model else MODELS:
        for path in catalogue():
            if path.stem == name_of(scale, bits, bits, name):
                return path
    what = model or "network"
    raise FileNotFoundError(
        f"no {what} of scale {scale} and {bits} bits is in the catalogue; allowed {_names(catalogue())}, or a file"
    )


def _best(scale: int, bits: int | None, model: str | None, lut: int) -> Path:
    known = {path: facts for path in shipped() if (facts := facts_of(path)).lut is not None and facts.psnr is not None}
    alike = {path: facts for path, facts in known.items() if _is(path.stem, scale, bits, model)}
    small = {path: facts for path, facts in alike.items() if _lut(facts) <= lut}
    if small:
        return max(small, key=lambda path: (small[path].psnr or 0.0, -_lut(small[path])))
    least = min(alike, key=lambda path: _lut(alike[path]), default=None)
    help_ = f"at least {_lut(alike[least])} ({least.stem})" if least else f"one of {_names(known)}"
    asked = f"{model or 'network'} of scale {scale}{f', {bits} bits' if bits else ''}"
    raise FileNotFoundError(f"no shipped {asked} has a plan of at most {lut} LUTs; allowed {help_}, or a file")


def _lut(facts: Facts) -> int:
    assert facts.lut is not None
    return facts.lut


def _is(name: str, scale: int, bits: int | None, model: str | None) -> bool:
    """Whether a shipped name has this scale and, where they are asked, these bits and this model."""
    kind, _, rest = name.removesuffix(MIXED).partition(f"-x{scale}-")
    return bool(rest) and model in (None, kind) and (bits is None or rest == f"w{bits}a{bits}")


def named(text: str | Path) -> Path:
    """The file of that path, or the network of that name in the catalogue; FileNotFoundError names the ones there are."""
    return by_name(text, catalogue(), "network")


def by_name(text: str | Path, paths: list[Path], what: str) -> Path:
    """The file of that path, or the one of `paths` whose stem is `text`; FileNotFoundError calls it a `what` and names them all.

    A folder is no file: one that is called as a name of the catalogue hides nothing.
    """
    given = Path(text)
    if given.exists() and not given.is_dir():
        return given
    for path in paths:
        if path.stem == str(text):
            return path
    if given.is_dir():
        inside = sorted(path.name for path in given.glob("*.npz"))
        raise FileNotFoundError(f"{text}: a folder, no {what}; allowed a file{f', as {given / inside[0]}' if inside else ''}")
    raise FileNotFoundError(f"{text}: no such file, and no {what} of that name is in the catalogue; allowed {_names(paths)}")


def _names(paths: list[Path] | dict[Path, Facts]) -> str:
    return ", ".join(path.stem for path in paths) or "none"
