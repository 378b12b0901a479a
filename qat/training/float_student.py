"""Float students in files, to measure and to start from.

A safetensors file: tensors, and the shape as metadata.  Reading it executes nothing.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from golden.atomic import replacing
from qat.errors import StudentError
from qat.model.shape import NetworkShape
from qat.model.student import FSRCNN


def save_float_student(student: FSRCNN, path: Path) -> None:
    """Write a float student."""
    metadata = {"float_student": json.dumps(dataclasses.asdict(student.shape), sort_keys=True)}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in student.state_dict().items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(tensors, metadata))


def load_float_student(path: Path) -> FSRCNN:
    """The float student, in evaluation mode.  Raises FileNotFoundError and StudentError."""
    try:
        with safe_open(path, framework="pt") as content:
            shape = NetworkShape(**json.loads((content.metadata() or {})["float_student"]))
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118 - not a dict
        student = FSRCNN(shape)
        student.load_state_dict(tensors)
        return student.eval()
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise StudentError(f"{path}: not a float student ({reason}); allowed a student.safetensors of qat.distill") from error


def facts_of(source: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """What is kept beside a float student of the facts of its run.  Raises StudentError for another file and another's facts."""
    shape, recipe = json.loads(json.dumps(dataclasses.asdict(load_float_student(source).shape))), facts.get("recipe")
    trained = recipe.get("network") if isinstance(recipe, dict) else None
    if isinstance(trained, dict):
        trained = {"convolutions": []} | trained  # facts from before there were any
    if trained is not None and trained != shape:
        raise StudentError(f"{source}: a student of {shape}, its facts of {trained}: of different trainings")
    return {key: value for key, value in facts.items() if key != "hash"}


def load_matching(student: FSRCNN, path: Path) -> None:
    """Give `student` the tensors of the float student in the file that have the same name and shape."""
    theirs, ours = load_float_student(path).state_dict(), student.state_dict()
    matching = {name: tensor for name, tensor in theirs.items() if name in ours and tensor.shape == ours[name].shape}
    student.load_state_dict(ours | matching)
