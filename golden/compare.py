"""`python -m golden.compare`: does every executor say the golden model's integers, in every layer?

Decides what counts as agreement: every integer of every layer that an executor tells, compared with `==`, and something compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import ArchiveError, FrameError, NetworkError, executors, model, mutants, networks
from golden.archive import load
from golden.atomic import write_text
from golden.command import exit_status
from golden.pictures import frames
from golden.pictures.bicubic import to_uint8
from golden.pictures.images import ImageError, find_images, read_image
from golden.pictures.luma import luma
from golden.spec import IntNetwork

TILE_SIDE = 192
MAX_KEPT_BYTES = 512 * 2**20
USER_ERRORS = (ArchiveError, FrameError, ImageError, NetworkError, OSError)
Array = NDArray[Any]
Frames = dict[str, NDArray[np.uint8]]
Trace = Callable[[Array], dict[str, Array]]


@dataclass(frozen=True)
class Mismatch:
    """The first integer that differs: frame, channel, row and column, and both values."""

    frame: str
    channel: int
    row: int
    column: int
    golden: int
    executor: int

    def __str__(self) -> str:
        place = f"channel {self.channel}, row {self.row}, column {self.column} of '{self.frame}'"
        return f"{place}: golden {self.golden}, executor {self.executor}"


@dataclass
class LayerAgreement:
    """One layer of one executor over all frames."""

    layer: str
    compared: int = 0
    mismatches: int = 0
    first: Mismatch | None = None

    def add(self, frame: str, expected: Array, said: Array) -> None:
        """Count one frame.  Raises ValueError when the executor's array has another shape or is not of integers."""
        if said.shape != expected.shape or said.dtype.kind not in "iu":
            raise ValueError(
                f"layer '{self.layer}', frame '{frame}': executor gives {said.dtype} {said.shape}, golden {expected.shape} integers"
            )
        different = expected.astype(np.int64) != said.astype(np.int64)
        count = int(different.sum())
        if count and self.first is None:
            place = tuple(int(i) for i in np.unravel_index(int(different.argmax()), different.shape))
            channel, row, column = place
            self.first = Mismatch(frame, channel, row, column, int(expected[place]), int(said[place]))
        self.compared += expected.size
        self.mismatches += count


@dataclass
class Agreement:
    """What one executor said about one network, layer by layer."""

    executor: str
    frames: int = 0
    output_pixels: int = 0
    layers: list[LayerAgreement] = field(default_factory=list)

    @property
    def compared(self) -> int:
        return sum(layer.compared for layer in self.layers)

    @property
    def mismatches(self) -> int:
        return sum(layer.mismatches for layer in self.layers)

    @property
    def first(self) -> tuple[str, Mismatch] | None:
        """Layer and place of the first difference in the order of the layers: where the fault is."""
        return next(((layer.layer, layer.first) for layer in self.layers if layer.first), None)

    @property
    def agrees(self) -> bool:
        """Whether something was compared in the output layer and nothing differed."""
        return bool(self.layers) and self.layers[-1].compared > 0 and self.mismatches == 0


def trace_verdict(
    network: IntNetwork, name: str, trace: Trace, on: Frames, max_pixels: int | None = None, golden: Trace | None = None
) -> Agreement:
    """Hold an executor's `trace` against the golden model on every frame; larger frames than `max_pixels` give their middle.

    golden: the golden trace, for a caller that keeps it from one executor to the next.
    Raises ValueError when the executor leaves out the output layer or an array's shape is wrong.
    """
    result = Agreement(name, layers=[LayerAgreement(layer.name) for layer in network.layers])
    for frame_name, whole in on.items():
        frame = whole if max_pixels is None else frames.middle(whole, max_pixels)
        expected = golden(frame) if golden else model.trace(network, frame)
        said = trace(frame)
        unknown = set(said) - set(expected)
        if unknown or network.layers[-1].name not in said:
            raise ValueError(
                f"executor '{name}' tells layers {', '.join(said)}; allowed {', '.join(expected)}, the last among them"
            )
        for layer in result.layers:
            if layer.layer in said:
                layer.add(frame_name, expected[layer.layer], said[layer.layer])
        result.frames += 1
        result.output_pixels += expected[network.layers[-1].name].size
    return result


def catch_mutants(network: IntNetwork, on: Frames) -> list[tuple[mutants.Mutant, Mismatch | None]]:
    """Each mutant with the first mismatch in its own layer, None for one that was not caught; stops at the first catching frame."""
    caught = []
    for mutant in mutants.mutants(network):
        found = None
        for name, frame in on.items():
            result = trace_verdict(network, mutant.fault, mutant.trace, {name: frame})
            if result.first:
                found = result.first[1]
                break
        caught.append((mutant, found))
    return caught


def default_frames(network: IntNetwork) -> Frames:
    """The embedded photographs and the adversarial frames."""
    return frames.adversarial(network) | frames.photographs()


def image_frames(paths: Iterable[str | Path]) -> Frames:
    """The luma of image files, as LR frames, in tiles of at most 192x192.  Raises ImageError naming a broken one."""
    found = {}
    for path in find_images(paths):
        for index, tile in enumerate(frames.tiles(to_uint8(luma(read_image(path))), TILE_SIDE)):
            found[f"{path.name} tile {index}"] = tile
    return found


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m golden.compare", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("network", nargs="?", type=Path, help="file or shipped name (the newest below runs/, else w8a8 x2)")
    p.add_argument("--scale", type=int, help="compare the shipped network of this scale")
    p.add_argument("--bits", type=int, help="compare the shipped network of these bits")
    p.add_argument("--image", nargs="+", default=[], metavar="PATH", help="compare on these images or folders as well")
    p.add_argument("--against", metavar="NAMES", help=f"comma-separated executors (all installed: {', '.join(executors.known())})")
    p.add_argument("--require", action="append", default=[], metavar="NAME", help="fail if this executor cannot run")
    p.add_argument("--taps", action="store_true", help="print every layer, not only the sums")
    p.add_argument("--mutants", action="store_true", help="also plant faults in the golden model and show that each is caught")
    p.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    path = _network(arguments)
    source = executors.Source(load(path), path)
    network = source.network
    on = default_frames(network) | (image_frames(arguments.image) if arguments.image else {})
    print(f"{path}: {network}\n{len(on)} frames, {sum(frame.size for frame in on.values()) * network.scale**2} output pixels\n")
    agreements, missing = _run_executors(source, _chosen(arguments), on, arguments.taps)
    uncaught = _report_mutants(network, on) if arguments.mutants else 0
    if arguments.json:
        content = {"network": str(path), "hash": network.hash, "agreements": [asdict(a) for a in agreements], "missing": missing}
        write_text(arguments.json, json.dumps(content, indent=1) + "\n")
    required = set(arguments.require) | set((arguments.against or "").split(",")) - {""}
    lacking = sorted(required & set(missing))
    if lacking:
        print(f"golden.compare: required but not run: {', '.join(lacking)}", file=sys.stderr)
    if not agreements:
        print("golden.compare: nothing was compared", file=sys.stderr)
    return 0 if agreements and all(a.agrees for a in agreements) and not lacking and not uncaught else 1


def _network(arguments: argparse.Namespace) -> Path:
    """The network file that the command line asks for; raises FileNotFoundError."""
    if arguments.network:
        return networks.named(arguments.network)
    if arguments.scale or arguments.bits:
        return networks.find(arguments.scale or 2, arguments.bits or 8)
    return networks.newest()


def _chosen(arguments: argparse.Namespace) -> list[str]:
    names = [name for name in (arguments.against or "").split(",") if name] or list(executors.known())
    for name in [*names, *arguments.require]:
        if name not in executors.known():
            raise OSError(f"no executor '{name}'; allowed {', '.join(executors.known()) or 'none: no package is installed'}")
    return names + [name for name in arguments.require if name not in names]


def _run_executors(source: executors.Source, names: list[str], on: Frames, taps: bool) -> tuple[list[Agreement], dict[str, str]]:
    """Agreements of the executors that can run, and why the others cannot."""
    agreements, missing = [], {}
    golden = _remembering(source.network)
    for name in names:
        try:
            executor = executors.open_executor(executors.known()[name], source)
        except executors.Unavailable as error:
            missing[name] = str(error)
            print(f"{name:10} not run: {error.reason}\n{'':10} to get it: {error.remedy}")
            continue
        agreement = trace_verdict(source.network, name, executor.trace, on, executor.max_pixels, golden)
        agreements.append(agreement)
        print(describe(agreement, taps))
    return agreements, missing


def _remembering(network: IntNetwork) -> Trace:
    """The golden trace; the last frames' answers are kept for the next executor, as far as memory allows."""
    kept: dict[tuple[tuple[int, ...], bytes], dict[str, Array]] = {}

    def trace(frame: Array) -> dict[str, Array]:
        key = (frame.shape, frame.tobytes())
        if key not in kept:
            if sum(tap.nbytes for taps in kept.values() for tap in taps.values()) > MAX_KEPT_BYTES:
                kept.clear()
            kept[key] = model.trace(network, frame)
        return kept[key]

    return trace


def describe(agreement: Agreement, taps: bool) -> str:
    """The lines that `golden.compare` prints for one executor."""
    verdict = "agrees" if agreement.agrees else "DIFFERS"
    lines = [
        f"{agreement.executor:10} {verdict}: {agreement.mismatches} mismatches in {agreement.compared} integers, "
        f"{agreement.output_pixels} output pixels of {agreement.frames} frames"
    ]
    if agreement.first:
        lines.append(f"{'':10} first in layer '{agreement.first[0]}', {agreement.first[1]}")
    if taps:
        lines += [f"{'':10} {layer.layer:16} {layer.mismatches:8} of {layer.compared}" for layer in agreement.layers]
    return "\n".join(lines)


def _report_mutants(network: IntNetwork, on: Frames) -> int:
    """Print where each planted fault was caught; the number of faults that were caught in no layer.

    In a single layer a fault may change nothing on these frames, most of all at few bits; in none it must not.
    """
    by_fault: dict[str, list[tuple[str, Mismatch | None]]] = {}
    for mutant, first in catch_mutants(network, on):
        by_fault.setdefault(mutant.fault, []).append((mutant.layer, first))
    print("\nfaults planted in the golden model:")
    for fault, places in by_fault.items():
        unseen = [layer for layer, first in places if first is None]
        caught = f"caught in {len(places) - len(unseen)} of {len(places)} layers" if len(unseen) < len(places) else "NOT CAUGHT"
        print(f"  {fault:36} {caught}{', changes nothing in ' + ', '.join(unseen) if unseen else ''}")
    return sum(1 for places in by_fault.values() if all(first is None for _, first in places))


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return exit_status("golden.compare", lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
