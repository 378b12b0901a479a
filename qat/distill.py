"""`python -m qat.distill`: images in, a frozen integer network out.

Decides the command line; what it does is `qat.training.run`, and no framework is imported before it is known what is asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from golden.cli.ending import exit_status, short
from qat.recipe import SHIPPED, WORST_LOSS, Recipe, load_recipe, parse_change
from qat.training import launch

PROG = "python -m qat.distill"
POOR = 3
"""The exit status of a run whose network is no good (`qat.training.validation.fault`); its files are kept."""


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog=prog,
        description="Train a teacher, distil it into a student, train the student quantization-aware, freeze it into integers.",
        epilog="Without --data it trains on the photographs that scikit-image installs.  `torchrun` starts several processes.  "
        f"Status {POOR}: the network ends below bicubic, or more than {WORST_LOSS:g} dB below its float student.",
    )
    p.set_defaults(name=short(prog))
    p.add_argument("--bits", type=int, metavar="B", help="weight and activation bits of the hidden layers, 2..8 (recipe: 8)")
    p.add_argument("--weight-bits", type=int, metavar="B", help="weight bits, in place of --bits")
    p.add_argument("--act-bits", type=int, metavar="B", help="activation bits, in place of --bits")
    p.add_argument("--scale", type=int, help="pixels of output per pixel of input along each side: 2, 3 or 4")
    p.add_argument("--recipe", default="demo", help=f"{', '.join(SHIPPED)} or a TOML file (demo)")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one recipe value: student.steps=9000")
    p.add_argument("--start", metavar="FILE", help="a float student to begin with, and its network: a file or a shipped name")
    p.add_argument("--data", nargs="+", type=Path, metavar="PATH", help="images, or folders of images, to train on")
    p.add_argument("--out", type=Path, metavar="DIR", help="folder of the run (runs/RECIPE-xS-wWaA)")
    p.add_argument(
        "--resume",
        action="store_true",
        help="continue the run in --out, if there is one; other --bits from its student",
    )
    launch.add_options(p)
    return p


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """The recipe that the command line asks for."""
    changes = dict(parse_change(text) for text in arguments.set)
    if arguments.start is not None:
        from qat.training.run import started

        changes = started(arguments.start) | changes
    weight, activation = (arguments.bits if own is None else own for own in (arguments.weight_bits, arguments.act_bits))
    if weight is not None:
        changes["quantization.bits.weight"] = weight
    if activation is not None:
        changes["quantization.bits.activation"] = activation
    if arguments.scale is not None:
        changes["network.scale"] = arguments.scale
    return load_recipe(arguments.recipe, changes)


def default_out(recipe: Recipe) -> Path:
    bits = recipe.quantization.bits
    return Path("runs") / f"{recipe.name}-x{recipe.network.scale}-w{bits.weight}a{bits.activation}"


def run(arguments: argparse.Namespace, prog: str) -> int:
    """The command behind `main`, once its frameworks can be imported."""
    from qat.training import run as training

    def work() -> int:
        recipe = recipe_of(arguments)
        out = arguments.out or default_out(recipe)
        return POOR if training.run(arguments, recipe, out) else 0

    return exit_status(prog, work, training.USER_ERRORS, "interrupted; --resume continues from the last checkpoint")


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(arguments, prog), ())


if __name__ == "__main__":
    sys.exit(main())
