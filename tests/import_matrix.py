"""`python -m tests.import_matrix`: a network in each foreign layout, imported, held against every executor, and exported.

Writes each file from random weights, imports it by `sr2fpga import`, and prints how far what was written lies from the module that
made the file, then the integers that each executor computes as golden does, of all layers, and what the export holds.  A fault that
is planted in each network must be caught on the same frames.  Status 1 for any mismatch, and any fault that is not caught; an
executor that takes no such network is named with its reason.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import golden
from golden import IntNetwork, executors, judge
from golden.cli import dispatcher
from golden.executors import Source, Unavailable
from golden.judge.verdict import trace_verdict
from golden.spec import PROVED
from hls_export.folder import verify
from qat.training.float_student import load_float_student
from tests import strategies
from tests.qat.importing import foreign, quantized_files
from tests.qat.importing.quantized_files import Plain, written

FRAMES = {"noise": strategies.noise(13, 18), "one row": strategies.noise(1, 7, 1), "white": np.full((5, 4), 255, np.uint8)}
FLOAT_LIMIT = 1e-3
"""Gray levels by which float32 may move a float student."""
Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    """A file to import: `write` makes it at a path and gives what its own program computes, gray levels of a frame.

    options: of `sr2fpga import`; suffix: of the file; exact: whether it is quantized, so that nothing may differ.
    """

    write: Callable[[Path], Callable[[Frame], NDArray[np.float64]]]
    options: tuple[str, ...] = ()
    suffix: str = ".pth"
    exact: bool = False


def checkpoint(make: Callable[[], nn.Module], *options: str, wrapped: str | None = None, white: float = 1.0) -> Case:
    def write(path: Path) -> Callable[[Frame], NDArray[np.float64]]:
        module = foreign.shaken(make())
        foreign.save(module, path, wrapped)
        return lambda frame: foreign.picture(module, torch.from_numpy(frame)[None, None], white)[0, 0]

    return Case(write, options)


def float_onnx(make: Callable[[], nn.Module], *options: str) -> Case:
    def write(path: Path) -> Callable[[Frame], NDArray[np.float64]]:
        module = foreign.shaken(make())
        foreign.exported(module, path)
        return lambda frame: foreign.picture(module, torch.from_numpy(frame)[None, None])[0, 0]

    return Case(write, options, ".onnx")


def from_brevitas(make: Callable[[], Plain], form: str) -> Case:
    def write(path: Path) -> Callable[[Frame], NDArray[np.float64]]:
        module = make()
        quantized_files.exported(module, path, form)
        return lambda frame: foreign.picture(module, torch.from_numpy(frame)[None, None], 255 / 256)[0, 0]

    return Case(write, (), ".onnx", exact=True)


def dyadic() -> Case:
    """Weight scales of 3, 5 and 7 over powers of two, one for each channel, which no quantized student of this project has."""

    def write(path: Path) -> Callable[[Frame], NDArray[np.float64]]:
        written(path)
        return lambda frame: quantized_files.integers_of(path, frame)[-1][0].astype(np.float64)

    return Case(write, (), ".onnx", exact=True)


CASES = {
    "FSRCNN-pytorch x2": checkpoint(foreign.FsrcnnParts, "--scale", "2"),
    "FSRCNN-pytorch x2, 56-12-4": checkpoint(lambda: foreign.FsrcnnParts(2, 56, 12, 4), "--scale", "2"),
    "PISR x3": checkpoint(foreign.FsrcnnStages, "--scale", "3", wrapped="state_dict"),
    "ESPCN x2, ReLU": checkpoint(foreign.Espcn, "--activation", "relu"),
    "QuickSRNet x2": checkpoint(foreign.QuickSrnet, wrapped="state_dict"),
    "SESR x2": checkpoint(foreign.Sesr, wrapped="model_state_dict"),
    "ECBSR x2, collapsed": checkpoint(foreign.Ecbsr, wrapped="params"),
    "ABPN x3, of 0 to 255": checkpoint(foreign.Abpn, "--activation", "relu", "--skip", "nearest", "--white", "255", white=255.0),
    "ESPCN x3, float ONNX": float_onnx(lambda: foreign.Espcn(3)),
    "QuickSRNet x4, float ONNX": float_onnx(lambda: foreign.QuickSrnet(4, width=4, anchored=True), "--bits", "6"),
    "ESPCN x3, QONNX": from_brevitas(lambda: Plain([(5, 6), (3, 4)], 3, bits=4), "qonnx"),
    "QuickSRNet x2 with skip, QONNX": from_brevitas(lambda: Plain([(3, 5), (3, 5)], 2, skip=True), "qonnx"),
    "Brevitas x2, PReLU, QuantizeLinear": from_brevitas(lambda: Plain([(3, 4), (3, 4)], 2, slopes=True, skip=True), "qcdq"),
    "ESPCN x2, dyadic scales, QONNX": dyadic(),
}


@dataclass
class Row:
    """What was found of one file: the difference from it in gray levels, a cell for each executor, the files of its export."""

    name: str
    network: IntNetwork
    difference: float
    cells: dict[str, str]
    reasons: dict[str, str]
    files: int
    failed: bool


def trial(name: str, case: Case, names: Sequence[str], folder: Path) -> Row:
    """Write, import, compare, export.  Raises RuntimeError where a command of the way fails."""
    file, out = folder / f"network{case.suffix}", folder / "run"
    theirs = case.write(file)
    command("import", str(file), *case.options, "--out", str(out))
    network = golden.load(out / "network.npz")
    difference = max(float(np.abs(ours(out, case, frame) - theirs(frame).clip(0, 255)).max()) for frame in FRAMES.values())
    row = Row(name, network, difference, {}, {}, 0, failed=difference > (0 if case.exact else FLOAT_LIMIT))
    row.failed |= not fault_is_caught(network)
    for executor in names:
        asked(row, executor, Source(network, out / "network.npz"))
    target = ("--resolution", "64x48", "--fps", "30", "--device", "kv260")
    command("export", str(out / "network.npz"), "--out", str(folder / "export"), *target)
    row.files = verify(folder / "export")
    return row


def command(*words: str) -> None:
    """Run `sr2fpga WORDS`.  Raises RuntimeError with what it printed unless its status is 0."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
        status = dispatcher.main(words)
    if status:
        raise RuntimeError(f"sr2fpga {' '.join(words)}: status {status}: {errors.getvalue().strip()}")


def ours(out: Path, case: Case, frame: Frame) -> NDArray[np.float64]:
    """Gray levels of what the import wrote: the integer network of a quantized file, the float student of another."""
    if case.exact:
        return golden.run(golden.load(out / "network.npz"), frame).astype(np.float64)
    with torch.no_grad():
        y = load_float_student(out / "student.safetensors")(torch.from_numpy(frame)[None, None].float() / 256)
    return (y * 256).clamp(0, 255).double().numpy()[0, 0]


def fault_is_caught(network: IntNetwork) -> bool:
    """Whether the frames tell the network from one whose first layer has every bias off by half an output step."""
    first = network.layers[0]
    step = np.ldexp(1.0, first.shift) / first.positive_multiplier
    wrong = dataclasses.replace(first, bias=first.bias + np.rint(step / 2).astype(np.int64), accumulator=PROVED)
    mutant = IntNetwork((wrong, *network.layers[1:]))
    return not trace_verdict(network, "mutant", lambda frame: golden.trace(mutant, frame), FRAMES).agrees


def asked(row: Row, name: str, source: Source) -> None:
    """Hold one executor against golden on the frames, into the row."""
    try:
        executor = executors.open_executor(executors.known()[name], source)
    except Unavailable as error:
        row.cells[name], row.reasons[name] = "not run", error.reason
        return
    verdict = trace_verdict(row.network, name, executor.trace, FRAMES, executor.max_pixels)
    row.cells[name] = f"{verdict.compared:,}" if verdict.agrees else f"{verdict.mismatches:,} of {verdict.compared:,} differ"
    row.failed |= not verdict.agrees or bool(verdict.not_output)
    if verdict.verdict != judge.AGREES:
        row.reasons[name] = verdict.reason


def table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Markdown: integers compared by each executor, all equal where there is no other word, then why one was not run."""
    lines = ["| file | layers | gray levels from the file | " + " | ".join(names) + " | files exported |"]
    lines.append("| --- | --- | ---: |" + " ---: |" * (len(names) + 1))
    for row in rows:
        widths = "-".join(str(layer.out_channels) for layer in row.network.layers)
        cells = " | ".join(row.cells[name] for name in names)
        lines.append(f"| {row.name} | 1-{widths} | {row.difference:.2g} | {cells} | {row.files} |")
    lines.append("")
    reasons = {row.name: row.reasons for row in rows if row.reasons}
    for file, of in reasons.items():
        for reason in dict.fromkeys(of.values()):
            lines.append(f"- {file}, {', '.join(name for name in of if of[name] == reason)}: {reason}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m tests.import_matrix", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("--only", nargs="+", choices=CASES, default=list(CASES), metavar="FILE", help="these files alone (all)")
    p.add_argument("--against", metavar="NAMES", help=f"comma-separated executors ({','.join(executors.known())})")
    arguments = p.parse_args(argv)
    names = [point.name for point in executors.named((arguments.against or ",".join(executors.known())).split(","))]
    rows = []
    for name in arguments.only:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            rows.append(trial(name, CASES[name], names, Path(folder)))
        print(f"{name}: {'FAILED' if rows[-1].failed else 'right'}, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(table(rows, names))
    return int(any(row.failed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
