"""The import: a network of another program as a float student and as a frozen integer network.

Writes a run folder as `qat.distill` does, and tells by how many gray levels what it wrote differs from the file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import golden
from golden.atomic import write_text
from golden.pictures import frames
from golden.pictures.embedded import images_of
from golden.pictures.images import ImageError
from qat.errors import ForeignError, FreezeError
from qat.importing.asked import Asked
from qat.importing.chain import Chain
from qat.importing.checkpoint import read_checkpoint
from qat.importing.conversion import luma_unit, student_of
from qat.importing.integers import network_of
from qat.model.settings import LayerBits, Quantization
from qat.model.shape import UNIT
from qat.model.student import FSRCNN
from qat.quantizing.freeze import freeze
from qat.quantizing.reconstruction import reconstructed
from qat.training.data import PatchSampler, load_pairs
from qat.training.float_student import save_float_student

PATCH, BATCH, BATCHES = 32, 16, 8
"""LR pixels each way, patches of a batch, and batches on which the closed form is fitted."""
USER_ERRORS = (ForeignError, FreezeError, ImageError, golden.NetworkError, OSError)


def run(arguments: argparse.Namespace) -> int:
    """Import `arguments.file`; user errors are raised."""
    path: Path = arguments.file
    out = arguments.out or Path("runs") / path.stem
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OSError(f"{out}: there already; allowed another --out")
    try:
        chain = read_network(arguments)
        if chain.is_quantized:
            _refuse(arguments, ("bits", "weight_bits", "act_bits", "data"), "the file is quantized")
            if chain.input is not None:
                _refuse(arguments, ("white",), "the file has the scale of its input")
            network = network_of(chain)
            _write(out, network, {"file": path.name, "sha256": _sha256(path), "layout": chain.layout})
            print(f"{path}: {chain.layout}, x{chain.last.stride}, {len(chain.hidden) + 1} layers, integers as they are")
            print(f"{out / 'network.npz'}: {network}")
            return 0
        student = student_of(chain)
    except ForeignError as error:
        raise ForeignError(f"{path}: {error}") from error
    pictures = images_of(arguments.data)
    bits = arguments.bits or LayerBits().weight
    quantization = Quantization(LayerBits(arguments.weight_bits or bits, arguments.act_bits or bits))
    network = freeze(reconstructed(student, quantization, batches(pictures, chain.last.stride)))
    off = differences(chain, student, network)
    _write(out, network, {"file": path.name, "sha256": _sha256(path), "layout": chain.layout, "gray_levels": off})
    save_float_student(student, out / "student.safetensors")
    print(f"{path}: {chain.layout}, x{chain.last.stride}, {len(chain.hidden) + 1} layers")
    print(f"{out / 'student.safetensors'}: at most {off['student']:.2g} gray levels from {path}")
    print(f"{out / 'network.npz'}: {network}; {off['network']:.2f} gray levels (root mean square) from the student")
    return 0


def read_network(arguments: argparse.Namespace) -> Chain:
    """The network in the file, by its name's ending.  Raises ForeignError and OSError."""
    white = None if arguments.white is None else white_of(arguments.white)
    if arguments.file.suffix == ".onnx":
        _refuse(arguments, ("scale", "activation", "skip"), "an ONNX file has it")
        from qat.importing.onnx.graph import read_onnx

        return read_onnx(arguments.file, white)
    return read_checkpoint(arguments.file, Asked(arguments.scale, arguments.activation, arguments.skip, white or 1.0))


def _refuse(arguments: argparse.Namespace, options: tuple[str, ...], why: str) -> None:
    """Raises ForeignError for an option that was given and means nothing here."""
    for option in options:
        if getattr(arguments, option) is not None:
            raise ForeignError(f"--{option.replace('_', '-')}: {why}; allowed without")


def _write(out: Path, network: golden.IntNetwork, imported: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    golden.save(network, out / "network.npz")
    write_text(out / "network.json", json.dumps({"hash": network.hash, "imported": imported}, indent=1, sort_keys=True) + "\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def batches(pictures: Sequence[Path], scale: int) -> list[Tensor]:
    """LR luma of the pictures to measure and to fit on.  Raises ImageError."""
    sampler = PatchSampler(load_pairs(pictures, scale, PATCH), scale, PATCH, BATCH, 1)
    return [sampler.batch(step)[0] for step in range(BATCHES)]


@torch.no_grad()
def differences(chain: Chain, student: FSRCNN, network: golden.IntNetwork) -> dict[str, float]:
    """In gray levels: the largest difference of the student from the file's own operators, real numbers on a part of a photograph
    and on noise; and the network's from the student, rounded to 8 bits, on the photograph, as a root mean square.
    """
    photograph = frames.photographs()["camera"][:48, :48]
    noise = np.random.default_rng(1).integers(0, 256, photograph.shape)
    x = torch.from_numpy(np.stack([photograph, noise])[:, None])
    theirs = chain.run(x * (chain.white / 255)) * luma_unit(chain.white) / UNIT
    ours = student(x.float() * UNIT).double() / UNIT
    frozen = torch.from_numpy(golden.run(network, photograph)).double()
    rounded = (ours[0, 0].round().clamp(0, 255) - frozen).square().mean().sqrt()
    return {"student": float((ours - theirs).abs().max()), "network": float(rounded)}


def white_of(text: str) -> float:
    """A number or a fraction; ForeignError for others.

    >>> white_of("255/256"), white_of("1")
    (0.99609375, 1.0)
    """
    numerator, _, denominator = text.partition("/")
    try:
        value = float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError) as error:
        raise ForeignError(f"--white {text}; allowed a number or a fraction, above 0") from error
    if not 0 < value < 1e6:
        raise ForeignError(f"--white {text}; allowed a number or a fraction, above 0")
    return value
