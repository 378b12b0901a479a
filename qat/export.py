"""`python -m qat.export`: two ONNX files of one network, QONNX of the quantized student and its integers in standard
operators.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import onnx

from golden import ArchiveError, networks
from golden.archive import load
from golden.atomic import replacing
from golden.command import exit_status
from qat.onnx.integer_onnx import OnnxExportError, integer_onnx
from qat.onnx.qonnx_export import qonnx_of
from qat.quantizing.thaw import ThawError, thaw


def export(network_path: Path, out: Path) -> list[Path]:
    """Write NAME.onnx and, where a quantized student means the network, NAME.qonnx.onnx into the folder `out`.

    Raises golden.ArchiveError, OnnxExportError and OSError.
    """
    network = load(network_path)
    written = [_write(integer_onnx(network), out / f"{network_path.stem}.onnx")]
    try:
        student = thaw(network)
    except ThawError as error:
        print(f"no QONNX: {error}", file=sys.stderr)
        return written
    return [*written, _write(qonnx_of(student, network.hash), out / f"{network_path.stem}.qonnx.onnx")]


def _write(model: onnx.ModelProto, path: Path) -> Path:
    with replacing(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))
    return path


def main(argv: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m qat.export", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("network", type=Path, help="a shipped name or an integer network (.npz)")
    p.add_argument(
        "--out", type=Path, metavar="DIR", help="existing folder to write to (that of the file, for a shipped name this one)"
    )
    arguments = p.parse_args(argv)

    def run() -> int:
        path = networks.named(arguments.network)
        folder = arguments.out or (path.parent if path == arguments.network else Path())
        print("\n".join(map(str, export(path, folder))))
        return 0

    return exit_status("qat.export", run, (ArchiveError, OnnxExportError, OSError))


if __name__ == "__main__":
    sys.exit(main())
