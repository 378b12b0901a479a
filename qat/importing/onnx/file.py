"""An ONNX file as nodes and constants: sized before it is read, and nothing outside it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qat.errors import ForeignError
from qat.importing.checkpoint import MAX_FILE_BYTES, MAX_NUMBERS
from qat.importing.onnx.values import Constant


@dataclass(frozen=True)
class Node:
    """One operation; `where` is how messages call it."""

    op: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]
    where: str


@dataclass(frozen=True)
class Graph:
    """The operations in order, arrays by name, and the names of the one input and the one output."""

    nodes: tuple[Node, ...]
    constants: dict[str, Constant]
    input: str
    output: str


def read_graph(path: Path) -> Graph:
    """The graph in an ONNX file.  Raises OSError, and ForeignError for a file that is none."""
    import onnx

    if path.stat().st_size > MAX_FILE_BYTES:
        raise ForeignError(f"more than {MAX_FILE_BYTES} bytes")
    try:
        model = onnx.load_model_from_string(path.read_bytes())
        constants = {tensor.name: _constant(tensor) for tensor in model.graph.initializer}
        nodes = tuple(_nodes(model.graph))
    except (ForeignError, OSError):
        raise
    except Exception as error:  # onnx raises whatever the bytes lead to
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise ForeignError(f"damaged or no ONNX file ({reason}); allowed what torch.onnx.export writes") from error
    inputs = [value.name for value in model.graph.input if value.name not in constants]
    outputs = [value.name for value in model.graph.output]
    if len(inputs) != 1 or len(outputs) != 1:
        raise ForeignError(f"{len(inputs)} inputs and {len(outputs)} outputs; allowed one of each, luma")
    return Graph(nodes, constants, inputs[0], outputs[0])


def _nodes(graph: Any) -> Iterator[Node]:
    from onnx import helper

    for index, node in enumerate(graph.node):
        name = node.name or f"{node.op_type} {index}"
        if len([output for output in node.output if output]) != 1:
            raise ForeignError(f"node '{name}': {len(node.output)} outputs; allowed one")
        attributes = {a.name: _constant(a.t) if a.HasField("t") else helper.get_attribute_value(a) for a in node.attribute}
        yield Node(node.op_type, tuple(node.input), node.output[0], attributes, f"layer '{name}'")


def _constant(tensor: Any) -> Constant:
    """The tensor's numbers, as float64 holds them.  Raises ForeignError for one that lies in another file or is too large."""
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL:
        raise ForeignError(f"'{tensor.name}' lies in another file; allowed one file that holds its weights")
    if np.prod([float(size) for size in tensor.dims]) > MAX_NUMBERS:
        raise ForeignError(f"'{tensor.name}' has more than {MAX_NUMBERS} numbers; allowed a small network")
    array = numpy_helper.to_array(tensor)
    return Constant(np.asarray(array, dtype=np.float64), unsigned=array.dtype.kind == "u")
