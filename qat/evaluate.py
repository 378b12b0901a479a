"""`python -m qat.evaluate`: PSNR and SSIM of a network or checkpoint on benchmark folders, in both protocols, beside bicubic.

paper: Y is not rounded (BT.601, 16..235), the LR image is not rounded, only the prediction is; the border cut off is one LR pixel.
device: the HR luma, the LR image, the prediction and so the reference are 8 bit; same border.
A frozen or quantized network takes 8-bit luma, so in the paper protocol its LR image is rounded too.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import golden
from golden import networks
from golden.atomic import strict_json, write_text
from golden.cli.ending import exit_status
from golden.networks.argument import HELP, add_network, chosen
from golden.pictures.bicubic import FloatArray, crop_to_multiple, resize, shrink, to_uint8
from golden.pictures.luma import luma
from golden.pictures.quality import SSIM_WINDOW, psnr, ssim
from qat import students
from qat.errors import CheckpointError, RecipeError, StudentError
from qat.model.shape import UNIT
from qat.recipe import Recipe
from qat.training.images import SUFFIXES, ImageError, find_images, read_image

if TYPE_CHECKING:
    from qat.model.student import FSRCNN

PROG = "python -m qat.evaluate"
PROTOCOLS = ("paper", "device")
USER_ERRORS = (ImageError, RecipeError, CheckpointError, StudentError, golden.ArchiveError, OSError)
Upscale = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Upscaler:
    """Something that enlarges luma: `upscale` maps (rows, columns) in 0..255 to (scale*rows, scale*columns), not rounded."""

    name: str
    scale: int
    takes_float: bool
    upscale: Upscale


@dataclass(frozen=True)
class Score:
    """Mean PSNR (dB) and SSIM of one upscaler on one set in one protocol."""

    set: str
    images: int
    protocol: str
    upscaler: str
    psnr: float
    ssim: float


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
    return students.named(text) if str(text).endswith(students.FLOAT) else networks.named(text)


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


def bicubic(scale: int) -> Upscaler:
    return Upscaler("bicubic", scale, True, lambda low: resize(low, low.shape[0] * scale, low.shape[1] * scale))


def evaluate(upscalers: Sequence[Upscaler], sets: dict[str, list[Path]]) -> list[Score]:
    """Scores of every upscaler on every set in both protocols.  Raises ImageError for an image that is broken or too small."""
    scores = []
    for name, paths in sets.items():
        pictures = [_read_picture(path, max(upscaler.scale for upscaler in upscalers)) for path in paths]
        for protocol in PROTOCOLS:
            for upscaler in upscalers:
                results = [score_image(upscaler, picture, protocol) for picture in pictures]
                mean_psnr, mean_ssim = np.mean(results, axis=0)
                scores.append(Score(name, len(paths), protocol, upscaler.name, float(mean_psnr), float(mean_ssim)))
    return scores


def _read_picture(path: Path, scale: int) -> NDArray[np.uint8]:
    image = read_image(path)
    least = scale * (2 + math.ceil(SSIM_WINDOW / scale))
    if min(image.shape[:2]) < least:
        raise ImageError(f"{path}: {image.shape[1]}x{image.shape[0]} pixels; allowed at least {least} each way at x{scale}")
    return image


def score_image(upscaler: Upscaler, image: NDArray[Any], protocol: str) -> tuple[float, float]:
    """(PSNR in dB, SSIM) on one 8-bit gray or RGB image."""
    scale = upscaler.scale
    reference = crop_to_multiple(luma(image), scale)
    if protocol == "device":
        reference = to_uint8(reference).astype(np.float64)
    low = shrink(reference, scale)
    if protocol == "device" or not upscaler.takes_float:
        low = to_uint8(low).astype(np.float64)
    inside = (slice(scale, -scale), slice(scale, -scale))
    result = to_uint8(upscaler.upscale(low)).astype(np.float64)[inside]
    reference = reference[inside]
    return psnr(reference, result), ssim(reference, result)


def find_sets(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Image paths by set: a folder with images is a set, a folder of such folders is several.

    Raises ImageError for a folder without images, one with images and such folders, and two sets of one name.
    """
    sets: dict[str, list[Path]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise ImageError(f"{folder}: not a folder; allowed a folder of images, or of such folders")
        shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        inside = [path for path in shown if path.is_dir()]
        direct = any(path.suffix.lower() in SUFFIXES for path in shown)
        if direct and any(file.suffix.lower() in SUFFIXES for path in inside for file in path.rglob("*")):
            raise ImageError(f"{folder}: images beside folders of images; allowed a set, or a folder of sets")
        for member in [folder] if direct else inside:
            if member.name in sets:
                raise ImageError(f"{member}: a second set named '{member.name}'")
            sets[member.name] = find_images([member])
    if not any(sets.values()):
        raise ImageError(f"{', '.join(map(str, folders))}: no images")
    return sets


def table(scores: Sequence[Score]) -> str:
    """The scores as a Markdown table, a row per set and upscaler, both protocols side by side."""
    lines = [
        "| set | images | | paper PSNR | paper SSIM | device PSNR | device SSIM |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    rows: dict[tuple[str, int, str], dict[str, Score]] = {}
    for score in scores:
        rows.setdefault((score.set, score.images, score.upscaler), {})[score.protocol] = score
    for (name, images, upscaler), by_protocol in rows.items():
        cells = [f"{by_protocol[p].psnr:.2f} | {by_protocol[p].ssim:.4f}" for p in PROTOCOLS]
        lines.append(f"| {name} | {images} | {upscaler} | {' | '.join(cells)} |")
    return "\n".join(lines)


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
