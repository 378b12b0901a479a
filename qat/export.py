"""`python -m qat.export`: two ONNX files of one network, QONNX of the quantized student and its integers in standard
operators.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from golden import ArchiveError, networks
from golden.archive import load
from golden.atomic import replacing
from golden.cli.ending import exit_status
from golden.networks.argument import add_network, chosen
from golden.onnx import OnnxExportError
from qat.errors import ThawError

if TYPE_CHECKING:
    import onnx

PROG = "python -m qat.export"


def export(network_path: Path, out: Path) -> list[Path]:
    """Write NAME.onnx and, where a quantized student means the network, NAME.qonnx.onnx into the folder `out`.

    Raises golden.ArchiveError, OnnxExportError and OSError.
    """
    from golden.onnx.integer import integer_onnx
    from qat.onnx.qonnx_export import qonnx_of
    from qat.quantizing.thaw import thaw

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


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split("\n\n")[0])
    add_network(p)
    p.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="existing folder to write to (that of a file, for a name this one)",
    )
    return p


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)

    def run() -> int:
        path = chosen(arguments)
        folder = arguments.out or (Path() if path in networks.catalogue() else path.parent)
        print("\n".join(map(str, export(path, folder))))
        return 0

    return exit_status(prog, run, (ArchiveError, OnnxExportError, OSError))


if __name__ == "__main__":
    sys.exit(main())
