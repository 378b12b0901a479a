"""What is known of a network of the catalogue without loading it: its PSNR from the provenance beside it, and what its plan takes.

The plans are those of hardware.json, which `python -m benchmarks.quality.hardware` writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("hardware.json")
SET, PROTOCOL = "Set5", "device"
"""What the catalogue's PSNR is measured on: 8-bit luma in, out and as reference."""


@dataclass(frozen=True)
class Facts:
    """psnr: dB on Set5.  lut, dsp, fps: of the plan, None where no table has them; lut and fps are estimates of the plan."""

    psnr: float | None = None
    lut: int | None = None
    dsp: int | None = None
    fps: float | None = None


def facts_of(path: Path) -> Facts:
    """The facts of the network in the file `path`; what nobody has measured is None."""
    provenance = provenance_of(path)
    measured = provenance.get("psnr")
    scores = measured.get(SET) if isinstance(measured, dict) else None
    psnr = scores.get(PROTOCOL) if isinstance(scores, dict) else None
    plan = plans()["networks"].get(str(provenance.get("hash")), {})
    number = psnr if isinstance(psnr, int | float) else None
    return Facts(number, plan.get("lut"), plan.get("dsp"), plan.get("fps"))


def provenance_of(path: Path) -> dict[str, Any]:
    """The JSON object beside a network's file, empty where there is none."""
    try:
        content = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


@cache
def plans() -> dict[str, Any]:
    """The table: `target`, for which every network was planned, and `networks`, by hash."""
    content: dict[str, Any] = json.loads(TABLE.read_text())
    return content
