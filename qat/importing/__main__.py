"""`python -m qat.importing FILE`: a network of another program as a float student and as a frozen integer network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from golden.cli.ending import exit_status
from qat.importing.asked import ACTIVATIONS, SKIPS
from qat.model.settings import BIT_WIDTHS
from qat.model.shape import SCALES

PROG = "python -m qat.importing"


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog=prog,
        description="Import a super-resolution network of another program: a float student, and integers by the closed form.",
        epilog="docs/importing.md has the layouts, what is exact and what is refused.",
    )
    p.add_argument("file", type=Path, metavar="FILE", help="a PyTorch checkpoint (.pth, .pt, .safetensors), or .onnx, QONNX too")
    p.add_argument("--scale", type=int, choices=SCALES, help="of a transposed convolution in a checkpoint, which does not have it")
    p.add_argument("--activation", choices=ACTIVATIONS[:-1], help="of layers without slopes in a checkpoint")
    p.add_argument("--skip", choices=SKIPS, help="whether the LR pixel is repeated and added, in a checkpoint")
    p.add_argument("--white", help="what luma 255 is at the network's input and output (1; 255 steps of a quantized input)")
    p.add_argument("--bits", type=int, choices=BIT_WIDTHS, help="weight and activation bits (8)")
    p.add_argument("--weight-bits", type=int, choices=BIT_WIDTHS, help="weight bits, in place of --bits")
    p.add_argument("--act-bits", type=int, choices=BIT_WIDTHS, help="activation bits, in place of --bits")
    p.add_argument("--data", nargs="+", type=Path, metavar="PATH", help="images to fit on (scikit-image's photographs)")
    p.add_argument("--out", type=Path, metavar="DIR", help="folder to write (runs/NAME)")
    return p


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: _run(arguments, prog), ())


def _run(arguments: argparse.Namespace, prog: str) -> int:
    from qat.importing.importer import USER_ERRORS, run

    return exit_status(prog, lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
