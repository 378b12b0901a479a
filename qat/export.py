"""`python -m qat.export`: ONNX files of one network: its integers in standard operators, the same weights in float arithmetic, and
QONNX of the quantized student.
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
    """Write NAME.onnx into the folder `out`, and NAME.float.onnx and NAME.qonnx.onnx, or why the network has none, in one line on
    standard error.

    Raises golden.ArchiveError, OnnxExportError and OSError.
    """
    from golden.onnx.floats import float_onnx
    from golden.onnx.integer import integer_onnx
    from qat.onnx.qonnx_export import qonnx_of
    from qat.quantizing.thaw import thaw

    network = load(network_path)
    written = [_write(integer_onnx(network), out / f"{network_path.stem}.onnx")]
    for kind, make in (("float", float_onnx), ("qonnx", lambda network: qonnx_of(thaw(network), network.hash))):
        try:
            written.append(_write(make(network), out / f"{network_path.stem}.{kind}.onnx"))
        except (OnnxExportError, ThawError) as error:
            print(f"no {kind} ONNX: {error}", file=sys.stderr)
    return written


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
