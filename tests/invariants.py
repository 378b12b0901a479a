"""`python -m tests.invariants`: what a redesign must not change, of every shipped network, held against a committed table.

The integers of every layer on the frames of `golden.compare`, and the hardware of three targets: multipliers, memories, clocks.
`--write NAME` measures a network anew; do that only where a change of the table is the purpose of the commit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden
from golden import networks
from golden.compare import default_frames
from hls_export import ExportError, Target, make_plan
from hls_export.plan.devices import DEVICES

TABLE = Path(__file__).with_suffix(".json")
TARGETS = (
    Target(1920, 1080, 60.0, 300.0, DEVICES["zu15eg"], engine="folded"),
    Target(960, 540, 60.0, 150.0, DEVICES["zu7ev"], engine="folded"),
    Target(640, 360, 30.0, 200.0, DEVICES["kv260"], engine="folded"),
)


def traces(network: golden.IntNetwork) -> dict[str, str]:
    """sha256 (hex) of each layer's integers over all frames, by layer name."""
    digests = {layer.name: hashlib.sha256() for layer in network.layers}
    for name, frame in default_frames(network).items():
        for layer, integers in golden.trace(network, frame).items():
            digests[layer].update(f"{name} {integers.dtype.str} {integers.shape}".encode() + integers.tobytes())
    return {layer: digest.hexdigest() for layer, digest in digests.items()}


def hardware(network: golden.IntNetwork, target: Target) -> Any:
    """DSP, block memories and clocks of the plan for `target`; "refused" where its device does not hold it."""
    try:
        plan = make_plan(network, target)
    except ExportError:
        return "refused"
    blocks = sorted([memory.name, memory.kind, memory.count] for memory in plan.memories)
    return {"dsp": plan.resources.dsp, "clocks": plan.clocks_per_frame, "folds": plan.clocks_per_pixel, "memories": blocks}


def facts(path: Path) -> dict[str, Any]:
    """Everything the table has of the network in `path`."""
    network = golden.load(path)
    by_target = {f"{t.width}x{t.height} {t.fps:g} fps {t.clock_mhz:g} MHz {t.device.name}": hardware(network, t) for t in TARGETS}
    return {"hash": network.hash, "traces": traces(network), "hardware": by_target}


def main(argv: Sequence[str] | None = None) -> int:
    """0 when every network of the table is as it stands there; 1 after a line for each one that is not."""
    parser = argparse.ArgumentParser("python -m tests.invariants", description=__doc__)
    parser.add_argument("--write", action="store_true", help="measure them anew and put them into the table")
    parser.add_argument("names", nargs="*", help="networks (all that ship)")
    arguments = parser.parse_args(argv)
    names = arguments.names or [path.stem for path in networks.shipped()]
    table = json.loads(TABLE.read_text())
    if arguments.write:
        table |= {name: facts(networks.named(name)) for name in names}
        TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
        return 0
    changed = [name for name in names if facts(networks.named(name)) != table.get(name)]
    for name in changed:
        print(f"{name}: not what {TABLE.name} has", file=sys.stderr)
    print(f"{len(names) - len(changed)} of {len(names)} networks unchanged")
    return 1 if changed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
