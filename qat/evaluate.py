"""`python -m qat.evaluate`: PSNR and SSIM of a network or checkpoint on benchmark folders, in both protocols, beside bicubic.

The protocols are those of `golden.pictures.scores`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import golden
from golden import networks
from golden.atomic import strict_json, write_text
from golden.cli.ending import exit_status
from golden.networks.argument import HELP, add_network, chosen
from golden.pictures.bicubic import FloatArray, to_uint8
from golden.pictures.images import ImageError
from golden.pictures.scores import Upscale, Upscaler, bicubic, evaluate, find_sets, table
from qat import students
from qat.errors import CheckpointError, RecipeError, StudentError
from qat.model.shape import UNIT
from qat.recipe import Recipe

if TYPE_CHECKING:
    from qat.model.student import FSRCNN

PROG = "python -m qat.evaluate"
USER_ERRORS = (ImageError, RecipeError, CheckpointError, StudentError, golden.ArchiveError, OSError)


def load_upscaler(path: Path) -> Upscaler:
    """The frozen network (.npz, computed by the golden model), float student (.safetensors) or student's checkpoint (.ckpt)."""
    if path.suffix == ".safetensors":
        from qat.training.float_student import load_float_student

        float_student = load_float_student(path)
        return Upscaler("student", float_student.shape.scale, True, _torch_upscale(float_student))
    if path.suffix == ".ckpt":
        student, name = student_of(path)
        is_float = name == "student"
        return Upscaler(name, student.shape.scale, is_float, _torch_upscale(student if is_float else student.double()))
    network = golden.load(path)

    def run(low: FloatArray) -> FloatArray:
        return golden.run(network, to_uint8(low)).astype(np.float64)

    return Upscaler(f"golden {network.hash[:12]}", network.scale, False, run)


def find_network(text: str | Path) -> Path:
    """The file of that path or name of the catalogue, of a float student too; FileNotFoundError names the ones there are."""
    return students.named(text) if str(text).endswith(networks.FLOAT) else networks.named(text)


def student_of(path: Path) -> tuple[FSRCNN, str]:
    """The network of a student's checkpoint with the weights that validated best."""
    from qat.model.quantized import QuantizedFSRCNN
    from qat.model.student import FSRCNN
    from qat.training.trainer import fitting, read_checkpoint

    content = read_checkpoint(path)
    recipe = Recipe.from_dict(content["recipe"])
    if content["stage"] not in ("student", "quantized"):
        raise CheckpointError(f"{path}: a {content['stage']}'s checkpoint; allowed a student's, a teacher sees the answer")
    is_float = content["stage"] == "student"
    student = FSRCNN(recipe.network) if is_float else QuantizedFSRCNN(recipe.network, recipe.quantization)
    with fitting(path):
        student.load_state_dict(content["state"]["best"])
    return student.eval(), content["stage"]


def _torch_upscale(student: FSRCNN) -> Upscale:
    import torch

    dtype = next(student.parameters()).dtype

    @torch.no_grad()
    def run(low: FloatArray) -> FloatArray:
        x = torch.from_numpy(low * UNIT).to(dtype)[None, None]
        result: FloatArray = student(x)[0, 0].double().numpy() / UNIT
        return result

    return run


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split("\n\n")[0])
    add_network(p, what=f"{HELP}; or a float student (.safetensors, or its name) or a student's checkpoint (.ckpt)")
    p.add_argument("--bench", nargs="+", type=Path, required=True, metavar="DIR", help="folders of images, or folders of sets")
    p.add_argument("--json", type=Path, metavar="FILE", help="write the scores here as well")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    path = chosen(arguments, find_network)
    upscaler = load_upscaler(path)
    scores = evaluate([upscaler, bicubic(upscaler.scale)], find_sets(arguments.bench))
    if arguments.json:
        facts = {"network": str(path), "scale": upscaler.scale, "scores": [vars(score) for score in scores]}
        write_text(arguments.json, strict_json(facts))
    print(f"x{upscaler.scale}, {upscaler.name}; PSNR in dB on luma\n\n{table(scores)}")
    return 0


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
