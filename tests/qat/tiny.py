"""The small recipe, networks, photographs and runs that the tests of qat share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from PIL import Image

from golden.pictures.bicubic import resize, to_uint8
from qat.model.quantized import LayerBits, Quantization, QuantizedFSRCNN
from qat.model.student import FSRCNN
from qat.model.teacher import Teacher
from qat.quantizing.reconstruction import reconstructed
from qat.recipe import Recipe, load_recipe
from qat.training import stages
from qat.training.data import Pair, make_pair

TOML = Path(__file__).with_name("tiny.toml")
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}


def recipe(**changes: Any) -> Recipe:
    """tiny.toml; `changes` are dotted keys with __ for the dot: recipe(student__steps=5)."""
    return load_recipe(str(TOML), {key.replace("__", "."): value for key, value in changes.items()})


def photograph(seed: int, height: int = 40, width: int = 48, channels: int = 3) -> NDArray[np.uint8]:
    """A smooth colour picture: noise, enlarged."""
    random = np.random.default_rng(seed)
    planes = [to_uint8(resize(random.integers(0, 256, (8, 8)).astype(float), height, width)) for _ in range(channels)]
    return np.stack(planes, axis=-1)


def photographs(folder: Path, count: int = 4) -> Path:
    folder.mkdir(exist_ok=True)
    for index in range(count):
        Image.fromarray(photograph(index)).save(folder / f"{index}.png")
    return folder


def pairs(count: int, scale: int = 2) -> list[Pair]:
    return [make_pair(str(index), photograph(index), scale) for index in range(count)]


def batch(scale: int = 2, count: int = 4, patch: int = 8, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """(X, Y): LR and HR luma of noise in steps of 2^-8."""
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randint(0, 256, (count, 1, patch * s, patch * s), generator=generator) / 256 for s in (1, scale))
    return x, y


def cpu() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


def shaken_student(of: Recipe, seed: int = 0) -> FSRCNN:
    """A float student whose every weight, bias and slope is random, as if trained."""
    torch.manual_seed(seed)
    student = stages.new_student(of, None)
    with torch.no_grad():
        for name, parameter in student.named_parameters():
            low, high = (0.05, 0.4) if "prelu" in name else (-0.1, 0.1)
            parameter += torch.empty_like(parameter).uniform_(low, high)
        for layer in of.network.layers:
            if layer.rectified:
                student.layers[layer.name].prelu.weight.neg_()
    return student.eval()


def quantized_copy(of: Recipe, student: FSRCNN, quantization: Quantization | None = None) -> QuantizedFSRCNN:
    """The quantized student with the weights of a float one; its scales are still to be chosen.  quantization: not the recipe's."""
    quantized = QuantizedFSRCNN(of.network, quantization or of.quantization)
    quantized.copy_float(student)
    return quantized


def quantized(of: Recipe, student: FSRCNN | None = None, quantization: Quantization | None = None) -> QuantizedFSRCNN:
    """The quantized student of a shaken float student, fitted on noise."""
    batches = [batch(seed=seed)[0] for seed in range(2)]
    return reconstructed(student or shaken_student(of), quantization or of.quantization, batches).eval()


def of_width(bits: int, student: FSRCNN | None = None, **changes: Any) -> QuantizedFSRCNN:
    """The quantized student of one width, also of 2 bits, which the contract has but no training ends with."""
    return quantized(recipe(**changes), student, Quantization(LayerBits(bits, bits)))


def teacher(of: Recipe) -> Teacher:
    torch.manual_seed(9)
    return Teacher(of.network, of.method.encoder_width)


def due_status(folder: Path) -> int:
    """The status with which the run in the folder must have ended, by the scores of its network: a training of so few steps may
    well be 3, no better than bicubic or 1 dB below its float student, and 0 otherwise.
    """
    scores = json.loads((folder / "network.json").read_text())["validation_psnr"]
    return 3 if scores["network"] <= scores["bicubic"] or scores["network"] < scores["student"] - 1 else 0


def run(*arguments: str | Path) -> int:
    """`python -m qat.distill` with the tiny recipe in this process."""
    from qat import distill

    return distill.main(["--recipe", str(TOML), "--accelerator", "cpu", *map(str, arguments)])


def same_network(folder: Path, finished: Path) -> bool:
    return (folder / "network.npz").read_bytes() == (finished / "network.npz").read_bytes()


def distill(*arguments: str | Path, limit: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m qat.distill` with the tiny recipe in a process of its own; `limit` is Python that runs before it."""
    code = f"import sys; {limit}\nfrom qat.distill import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "--recipe", str(TOML), "--accelerator", "cpu", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ONE_THREAD, timeout=120)
