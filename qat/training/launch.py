"""How, not what, is trained: devices, precision and compilation; a run may be resumed with others of these."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qat.errors import LaunchError
from qat.recipe import Recipe

if TYPE_CHECKING:
    from lightning_fabric import Fabric

PRECISIONS = ("32-true", "bf16-mixed")
WORTH_COMPILING = 2000
"""Steps from which a stage makes up for the minute that compiling it takes."""

SMALL_BATCH = 2**16
"""LR pixels of a batch up to which one thread is as fast as two, and ends alike on every machine: sums keep their order."""


def add_options(p: argparse.ArgumentParser) -> None:
    """What `launch` reads."""
    p.add_argument("--accelerator", default="auto", help="what Lightning Fabric runs on: auto, cpu, cuda (auto)")
    p.add_argument("--devices", default="auto", help="number of devices (auto: one, or what torchrun started)")
    p.add_argument("--threads", type=int, metavar="N", help="CPU threads (one for small batches, as the recipes have)")
    p.add_argument("--precision", choices=PRECISIONS, help="of the training's products (bf16-mixed if it compiles and the CPU can)")
    p.add_argument(
        "--compile",
        action=argparse.BooleanOptionalAction,
        help=f"torch.compile, which needs g++ (where there is one, for stages of {WORTH_COMPILING} steps or more)",
    )


def launch(arguments: argparse.Namespace, recipes: Sequence[Recipe]) -> tuple[Fabric, int | None]:
    """Fabric on one device, or on the processes that torchrun started; and the steps from which a stage is compiled, None for none.

    recipes: what is trained there.  Raises LaunchError.
    """
    import torch
    from lightning_fabric import Fabric

    if arguments.threads is not None and arguments.threads < 1:
        raise LaunchError(f"--threads {arguments.threads}; allowed at least 1")
    if arguments.threads or max(recipe.data.batch * recipe.data.patch**2 for recipe in recipes) <= SMALL_BATCH:
        torch.set_num_threads(arguments.threads or 1)
    longest = max(max(recipe.student.steps, recipe.quantized.steps) for recipe in recipes)
    compiled_from = _compiled_from(arguments.compile, longest)
    bf16 = compiled_from is not None and compiled_from <= longest and _has_bf16()
    precision = arguments.precision or PRECISIONS[bf16]
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    nodes = int(os.environ.get("WORLD_SIZE", "1")) // processes
    try:
        devices = processes if arguments.devices == "auto" else int(arguments.devices)
        fabric = Fabric(accelerator=arguments.accelerator, devices=devices, num_nodes=max(1, nodes), precision=precision)
        fabric.launch()
    except Exception as error:  # Lightning has no common class for what it refuses
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise LaunchError(f"--accelerator {arguments.accelerator} --devices {arguments.devices}: {reason}") from error
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return fabric, compiled_from


def _compiled_from(asked: bool | None, longest: int) -> int | None:
    if asked is False or (asked is None and longest < WORTH_COMPILING):
        return None
    reason = _no_compiler()
    if reason is None:
        return WORTH_COMPILING if asked is None else 0
    if asked:
        raise LaunchError(f"--compile: {reason}, or --no-compile")
    print(f"not compiled, which takes three times as long: {reason}", file=sys.stderr)
    return None


def _no_compiler() -> str | None:
    """Why torch.compile does not work here and what is allowed, in a line; None where it does, as a function of one sum shows."""
    import torch

    if " " in torch.__file__:
        return f"torch.compile splits paths at blanks ({torch.__file__}); allowed in an installation whose path has none"
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        return f"no {compiler}; allowed after apt-get install g++ python3-dev"
    try:
        torch.compile(lambda x: x + 1)(torch.zeros(2))
    except Exception as error:  # whatever the compiler, its headers or inductor lack
        lines = (str(error) or type(error).__name__).strip().splitlines()
        reason = next((line.strip() for line in lines if "error" in line.lower()), lines[0])
        return f"{reason}; allowed after apt-get install g++ python3-dev"
    return None


def _has_bf16() -> bool:
    """Whether products of bfloat16 are fast here."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
