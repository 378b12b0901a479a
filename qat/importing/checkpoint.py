"""Checkpoints of PyTorch: tensors by name, read without executing anything, and what layout the names are.

A state_dict holds no activation without parameters, no skip and no stride.  A layout that people use is known by its names and
brings these; for others they are asked for.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from qat.errors import ForeignError
from qat.importing.asked import ACTIVATIONS, Asked
from qat.importing.chain import Chain, Convolution, Enlargement, FloatArray, carried, check_luma, spread

MAX_FILE_BYTES = 256 * 2**20
MAX_NUMBERS = 2**24
WRAPPERS = ("state_dict", "model_state_dict", "params_ema", "params", "model", "net")
"""Keys below which checkpoints keep their state_dict."""
Tensors = dict[str, FloatArray]


@dataclass(frozen=True)
class Layout:
    """A layout by the names of its tensors.

    order: parts of names, in the order in which the layers follow each other; without, that of the file.
    ignored: names of what is not part of the network.  carries: what the first layer gives is added to what the last one takes.
    """

    name: str
    names: str
    order: tuple[str, ...] = ()
    ignored: str = r"(?!)"
    activation: str | None = None
    skip: str = "none"
    carries: bool = False


NUMBERED = r"\.(weight|bias)"
LAYOUTS = (
    Layout(
        "FSRCNN as in FSRCNN-pytorch",
        rf"(first_part\.[01]|mid_part\.\d+|last_part){NUMBERED}",
        ("first_part", "mid_part", "last_part"),
        activation="prelu",
    ),
    Layout(
        "FSRCNN as in PISR",
        rf"(backbone\.)?(network\.)?((feature_extraction|shrinking|mapping|expanding)\.\d+\.[01]|last_layer\.0\.0){NUMBERED}",
        ("feature_extraction", "shrinking", "mapping", "expanding", "last_layer"),
        ignored=r"vid_module_dict\..*",
        activation="prelu",
    ),
    Layout(
        "ESPCN as in ESPCN-pytorch",
        rf"(first_part\.[024]|last_part\.0){NUMBERED}",
        ("first_part", "last_part"),
        activation="tanh",
    ),
    Layout("QuickSRNet", rf"(cnn\.\d+|conv_last|anchor\.net){NUMBERED}", ("cnn", "conv_last"), activation="clipped"),
    Layout(
        "SESR",
        rf"(conv_first|residual_block\.\d+|conv_last)\.(conv_expand|conv_squeeze|activation){NUMBERED}|anchor\.net{NUMBERED}",
        ("conv_first", "residual_block", "conv_last"),
        activation="relu",
        skip="nearest",
        carries=True,
    ),
    Layout(
        "ECBSR, collapsed",
        r"backbone\.\d+\.(conv3x3\.(weight|bias)|prelu_weight|act\.weight)",
        ("backbone",),
        activation="relu",
        skip="nearest",
    ),
    Layout("a chain of layers", r".*"),
)


def read_checkpoint(path: Path, asked: Asked) -> Chain:
    """The network in a checkpoint.  Raises OSError, and ForeignError for what is none, or not of one luma channel."""
    tensors = _tensors(path)
    layout = next(x for x in LAYOUTS if all(re.fullmatch(f"{x.names}|{x.ignored}", name) for name in tensors))
    kept = {name: tensor for name, tensor in tensors.items() if not re.fullmatch(layout.ignored, name)}
    anchor = kept.pop("anchor.net.weight", None), kept.pop("anchor.net.bias", None)
    if layout.order:
        kept = {name: kept[name] for name in sorted(kept, key=lambda name: _place(name, layout.order))}
    elif path.suffix == ".safetensors":
        raise ForeignError("safetensors keep no order of layers; allowed a layout of docs/importing.md, a .pth file, or ONNX")
    layers = list(_layers(kept))
    if kept:
        raise ForeignError(f"'{next(iter(kept))}' belongs to no convolution; allowed convolutions and PReLU slopes")
    if len(layers) < 2:
        raise ForeignError(f"{len(layers)} convolutions; allowed a state_dict of a super-resolution network")
    *hidden, last = layers
    check_luma(hidden[0].name, hidden[0].weight)
    convolutions = tuple(_with_activation(layer, layout, asked) for layer in hidden)
    enlargement = _enlargement(last, len(hidden[-1].weight), layout, asked, anchor)
    if layout.carries:
        convolutions, enlargement = carried(convolutions, 0, enlargement)
    return Chain(convolutions, enlargement, asked.white, layout.name)


def _place(name: str, order: tuple[str, ...]) -> tuple[int, list[int]]:
    """Where a tensor stands: by the part of the network, then by the numbers in its name."""
    parts = name.split(".")
    return next(i for i, part in enumerate(order) if part in parts), [int(part) for part in parts if part.isdigit()]


def _tensors(path: Path) -> Tensors:
    """The tensors by name, without the prefix of DataParallel; nothing in the file is executed."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ForeignError(f"more than {MAX_FILE_BYTES} bytes")
    content = _content(path)
    for _ in WRAPPERS:
        inner = [key for key in WRAPPERS if isinstance(content, dict) and isinstance(content.get(key), dict)]
        content = content[inner[0]] if inner else content
    if not isinstance(content, dict) or not content or not all(isinstance(name, str) for name in content):
        raise ForeignError(f"holds {type(content).__name__}, no tensors by name; allowed a state_dict")
    if sum(tensor.numel() for tensor in content.values() if isinstance(tensor, torch.Tensor)) > MAX_NUMBERS:
        raise ForeignError(f"more than {MAX_NUMBERS} numbers; allowed a small network")
    found = {}
    for name, tensor in content.items():
        if name.endswith(("running_mean", "num_batches_tracked")):
            raise ForeignError(f"'{name}' is of a BatchNorm; allowed one that is folded into its convolution")
        is_plain = isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided and not tensor.is_meta
        if not is_plain or not (tensor.is_floating_point() and tensor.dtype.itemsize > 1):
            kind = tensor.dtype if isinstance(tensor, torch.Tensor) else type(tensor).__name__
            raise ForeignError(f"'{name}' is {kind}; allowed tensors of real numbers")
        found[name.removeprefix("module.")] = tensor.detach().double().numpy()
    return found


def _content(path: Path) -> Any:
    whole = path.read_bytes()
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load

            return load(whole)
        return torch.load(io.BytesIO(whole), map_location="cpu", weights_only=True)
    except Exception as error:  # torch and safetensors raise whatever the bytes lead to
        text = str(error)
        code = re.search(r"GLOBAL (\S+)", text)
        reason = f"it would run {code[1]}" if code else (text.splitlines() or [type(error).__name__])[0].split(". ")[0]
        raise ForeignError(
            f"damaged, or more than tensors ({reason[:120]}); allowed what torch.save(model.state_dict()) writes"
        ) from error


@dataclass(frozen=True)
class _Layer:
    name: str
    weight: FloatArray
    bias: FloatArray | None
    slope: FloatArray | None


def _layers(tensors: Tensors) -> Iterator[_Layer]:
    """The convolutions in their order, taken out of `tensors` with what belongs to them; SESR's blocks collapsed."""
    for name in [name for name, tensor in tensors.items() if tensor.ndim == 4 and not name.endswith("conv_squeeze.weight")]:
        parent = name.removesuffix(".weight")
        weight, bias = tensors.pop(name), tensors.pop(f"{parent}.bias", None)
        block, _, part = parent.rpartition(".")
        slopes = [f"{block}.{x}" for x in ("activation.weight", "act.weight", "prelu.weight", "prelu_weight")]
        if part.isdigit():
            slopes = [f"{block}.{int(part) + 1}.weight"]
        slope = next((tensors.pop(key) for key in slopes if key in tensors and tensors[key].ndim <= 1), None)
        squeeze = tensors.pop(f"{block}.conv_squeeze.weight", None)
        if squeeze is not None:
            weight, bias = _collapsed(block, weight, squeeze), tensors.pop(f"{block}.conv_squeeze.bias", None)
        yield _Layer(parent, weight, bias, slope)


def _collapsed(block: str, expand: FloatArray, squeeze: FloatArray) -> FloatArray:
    """SESR's two convolutions without an activation between as one, with the block's own input added in a residual one."""
    if squeeze.shape[1:] != (len(expand), 1, 1):
        raise ForeignError(f"layer '{block}': {expand.shape} and {squeeze.shape} do not follow each other")
    weight = np.einsum("om,mikl->oikl", squeeze[:, :, 0, 0], expand)
    if block.startswith("residual_block"):
        rows = range(min(weight.shape[:2]))
        weight[rows, rows, weight.shape[2] // 2, weight.shape[3] // 2] += 1
    return weight


def _with_activation(layer: _Layer, layout: Layout, asked: Asked) -> Convolution:
    channels = len(layer.weight)
    bias = np.zeros(channels) if layer.bias is None else layer.bias
    if layer.slope is not None:
        return Convolution(layer.name, layer.weight, bias, spread(layer.slope, channels))
    activation = asked.activation or layout.activation
    if activation == "prelu":
        raise ForeignError(f"layer '{layer.name}': no PReLU slopes behind it; allowed {layout.name}, which has them")
    if activation is None:
        raise ForeignError(f"layer '{layer.name}': the file has no activation; allowed --activation {' or '.join(ACTIVATIONS[:3])}")
    if activation == "tanh":
        allowed = "--activation relu for a network trained with it"
        raise ForeignError(f"layer '{layer.name}': tanh, as {layout.name} has it, is no PReLU; allowed {allowed}")
    slope = np.full(channels, 1.0 if activation == "none" else 0.0)
    return Convolution(layer.name, layer.weight, bias, slope, asked.white if activation == "clipped" else math.inf)


def _enlargement(
    last: _Layer, taken: int, layout: Layout, asked: Asked, anchor: tuple[FloatArray | None, FloatArray | None]
) -> Enlargement:
    """The last layer, which takes `taken` channels: transposed where its tensor has them first."""
    weight = last.weight
    transposed = weight.shape[1] != taken and len(weight) == taken
    if transposed and asked.scale is None:
        raise ForeignError(f"layer '{last.name}': the file has no stride of a transposed one; allowed --scale 2, 3 or 4")
    scale = asked.scale or math.isqrt(len(weight))
    if not transposed and scale**2 != len(weight):
        allowed = f"{scale**2}, for luma alone" if asked.scale else "4, 9 or 16, for luma alone"
        raise ForeignError(f"layer '{last.name}': gives {len(weight)} channels to a pixel shuffle; allowed {allowed}")
    bias = spread(np.zeros(1) if last.bias is None else last.bias, scale**2)
    skip = np.ones(scale**2) if (asked.skip or layout.skip) == "nearest" else None
    if anchor[0] is not None:
        if anchor[0].shape != (scale**2, 1, 1, 1):
            raise ForeignError(f"layer 'anchor.net': weight of shape {anchor[0].shape}; allowed ({scale**2}, 1, 1, 1)")
        skip = anchor[0].flatten()
        bias = bias + (0 if anchor[1] is None else spread(anchor[1], scale**2))
    if transposed:
        weight = weight.transpose(1, 0, 2, 3)
    return Enlargement(last.name, weight, bias, scale, transposed, (weight.shape[-1] - 1) // 2, skip)
