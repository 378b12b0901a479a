"""Networks in which an executor differed once: the network's file, and beside it the frames, the hardware and why it is kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import golden
from golden import IntNetwork
from golden.atomic import write_text
from tests.fuzz.hardware import Hardware

FOUND = Path(__file__).parent / "found"


@dataclass(frozen=True)
class Case:
    """What one trial is of."""

    network: IntNetwork
    frames: tuple[NDArray[np.uint8], ...]
    hardware: Hardware = Hardware()


def keep(folder: Path, case: Case, why: str, seed: int) -> Path:
    """Write a case; returns the network's file.  Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case.network.hash[:12]}.npz"
    golden.save(case.network, path)
    content = {"why": why, "seed": seed, "hardware": asdict(case.hardware), "frames": [frame.tolist() for frame in case.frames]}
    write_text(path.with_suffix(".json"), json.dumps(content, indent=1) + "\n")
    return path


def kept(folder: Path = FOUND) -> dict[str, Case]:
    """The cases in a folder by the name of their file."""
    cases = {}
    for path in sorted(folder.glob("*.npz")):
        content = json.loads(path.with_suffix(".json").read_text())
        frames = tuple(np.array(frame, dtype=np.uint8) for frame in content["frames"])
        cases[path.stem] = Case(golden.load(path), frames, Hardware(**content["hardware"]))
    return cases
