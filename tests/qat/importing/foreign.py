"""Networks as other programs have them, written here for their layouts alone: PyTorch modules of random weights, and files."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn


def same(before: int, after: int, kernel: int, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=bias)


class FsrcnnParts(nn.Module):
    """The names of yjn870/FSRCNN-pytorch."""

    def __init__(self, scale: int = 2, d: int = 6, s: int = 4, m: int = 1) -> None:
        super().__init__()
        middle = [same(d, s, 1), nn.PReLU(s)]
        for _ in range(m):
            middle += [same(s, s, 3), nn.PReLU(s)]
        self.first_part = nn.Sequential(same(1, d, 5), nn.PReLU(d))
        self.mid_part = nn.Sequential(*middle, same(s, d, 1), nn.PReLU(d))
        self.last_part = nn.ConvTranspose2d(d, 1, 9, scale, 4, scale - 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last_part(self.mid_part(self.first_part(x)))


class FsrcnnStages(nn.Module):
    """The names of the PISR authors' repository, a student with the heads of its distillation."""

    def __init__(self, scale: int = 3, d: int = 6, s: int = 4, m: int = 2) -> None:
        super().__init__()

        def stage(*layers: nn.Conv2d) -> nn.Sequential:
            return nn.Sequential(*(nn.Sequential(layer, nn.PReLU()) for layer in layers))

        parts = {
            "feature_extraction": stage(same(1, d, 5)),
            "shrinking": stage(same(d, s, 1)),
            "mapping": stage(*(same(s, s, 3) for _ in range(m))),
            "expanding": stage(same(s, d, 1)),
            "last_layer": nn.Sequential(nn.Sequential(nn.ConvTranspose2d(d, 1, 9, scale, 4, scale - 1))),
        }
        self.backbone = nn.Module()
        self.backbone.network = nn.Sequential()
        for name, part in parts.items():
            self.backbone.network.add_module(name, part)
        self.vid_module_dict = nn.ModuleDict({"expanding_mean": nn.Sequential(same(d, d, 1), nn.PReLU(), same(d, d, 1))})

    def forward(self, x: Tensor) -> Tensor:
        return self.backbone.network(x)


class Espcn(nn.Module):
    """The names of yjn870/ESPCN-pytorch, whose own activation is tanh."""

    def __init__(self, scale: int = 2, activation: type[nn.Module] = nn.ReLU, widths: tuple[int, int] = (6, 4)) -> None:
        super().__init__()
        first, second = widths
        self.first_part = nn.Sequential(same(1, first, 5), activation(), same(first, second, 3), activation())
        self.last_part = nn.Sequential(same(second, scale**2, 3), nn.PixelShuffle(scale))

    def forward(self, x: Tensor) -> Tensor:
        return self.last_part(self.first_part(x))


class QuickSrnet(nn.Module):
    """The names of QuickSRNet; anchored: with the convolution of the pixel that its large ones have."""

    def __init__(self, scale: int = 2, width: int = 6, layers: int = 1, anchored: bool = False, clips: bool = True) -> None:
        super().__init__()

        def activation() -> nn.Module:
            return nn.Hardtanh(0, 1) if clips else nn.ReLU()

        body: list[nn.Module] = [same(1, width, 3), activation()]
        for _ in range(layers):
            body += [same(width, width, 3), activation()]
        self.cnn = nn.Sequential(*body)
        self.conv_last = same(width, scale**2, 3)
        if anchored:
            self.anchor = nn.Module()
            self.anchor.net = same(1, scale**2, 1)
        self.shuffle, self.clip_output = nn.PixelShuffle(scale), activation()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv_last(self.cnn(x))
        if hasattr(self, "anchor"):
            y = y + self.anchor.net(x)
        return self.shuffle(self.clip_output(y))


class _Collapsible(nn.Module):
    def __init__(self, before: int, after: int, kernel: int, slopes: bool, residual: bool = False) -> None:
        super().__init__()
        self.conv_expand, self.conv_squeeze = same(before, 12, kernel, bias=False), same(12, after, 1)
        self.activation = nn.PReLU() if slopes else nn.Identity()
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv_squeeze(self.conv_expand(x))
        return self.activation(y + x if self.residual else y)


class Sesr(nn.Module):
    """The names of SESR before its blocks are collapsed."""

    def __init__(self, scale: int = 2, width: int = 4, blocks: int = 2) -> None:
        super().__init__()
        self.conv_first = _Collapsible(1, width, 5, slopes=True)
        self.residual_block = nn.Sequential(*(_Collapsible(width, width, 3, slopes=True, residual=True) for _ in range(blocks)))
        self.conv_last = _Collapsible(width, scale**2, 5, slopes=False)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        first = self.conv_first(x)
        return F.pixel_shuffle(self.conv_last(self.residual_block(first) + first) + x, self.scale)


def collapsed(sesr: Sesr) -> Sesr:
    """The same network with each of its blocks as one convolution, and their names."""
    for block in [block for block in sesr.modules() if isinstance(block, _Collapsible)]:
        weight = torch.einsum("om,mikl->oikl", block.conv_squeeze.weight[:, :, 0, 0], block.conv_expand.weight).detach()
        if block.residual:
            for channel in range(len(weight)):
                weight[channel, channel, 1, 1] += 1
        merged = same(weight.shape[1], weight.shape[0], weight.shape[2])
        merged.load_state_dict({"weight": weight, "bias": block.conv_squeeze.bias})
        block.conv_expand, block.conv_squeeze, block.residual = merged, nn.Identity(), False
    return sesr


class Ecbsr(nn.Module):
    """The names of ECBSR's plain form, its blocks collapsed."""

    def __init__(self, scale: int = 2, width: int = 4, blocks: int = 1) -> None:
        super().__init__()

        def block(before: int, after: int, slopes: bool = True) -> nn.Module:
            made = nn.Module()
            if slopes:
                made.prelu_weight = nn.Parameter(torch.full((after,), 0.25))
            made.conv3x3 = same(before, after, 3)
            return made

        body = [block(1, width), *(block(width, width) for _ in range(blocks)), block(width, scale**2, slopes=False)]
        self.backbone, self.scale = nn.Sequential(*body), scale

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for block in self.backbone:
            y = block.conv3x3(y)
            if hasattr(block, "prelu_weight"):
                y = F.prelu(y, block.prelu_weight)
        return F.pixel_shuffle(y + x, self.scale)


class Abpn(nn.Module):
    """A chain of convolutions as anchor-based plain networks are, named like nobody else's."""

    def __init__(self, scale: int = 3, width: int = 4) -> None:
        super().__init__()
        self.scale = scale
        self.body = nn.Sequential(
            same(1, width, 3), nn.ReLU(), nn.Sequential(same(width, width, 3), nn.ReLU()), same(width, scale**2, 3), nn.ReLU()
        )
        self.end = same(scale**2, scale**2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.end(self.body(x)) + torch.repeat_interleave(x, self.scale**2, dim=1), self.scale)


def shaken(module: nn.Module, seed: int = 0, share: float = 0.5) -> nn.Module:
    """The module with random weights that keep its features within range, slopes and biases too."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in module.named_parameters():
            if value.ndim == 4:
                fan = value[0].numel() if "last_part" not in name else value.numel() / 4
                value.copy_(torch.randn(value.shape, generator=random) * share * (2 / fan) ** 0.5)
            elif "bias" in name:
                value.copy_((torch.rand(value.shape, generator=random) - 0.5) * 0.1)
                value += 0.4 * ("last" in name or name.startswith("end"))
            else:
                value.copy_(torch.rand(value.shape, generator=random) * 0.5)
    return module.eval()


def save(module: nn.Module, path: Path, wrapped: str | None = None) -> Path:
    """A checkpoint as torch.save writes it; wrapped: below that key, as training programs keep it."""
    state: Any = module.state_dict()
    torch.save({wrapped: state, "epoch": 3, "optimizer_dict": {"state": {}}} if wrapped else state, path)
    return path


def exported(module: nn.Module, path: Path, opset: int = 13, sides: tuple[int, int] | None = None) -> Path:
    """The file of the module; sides: the one size of frames that it takes, instead of any."""
    content, dynamic = io.BytesIO(), None if sides else {"x": {2: "height", 3: "width"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of its TorchScript exporter
        torch.onnx.export(
            module, torch.zeros(1, 1, *(sides or (9, 12))), content, dynamo=False, opset_version=opset, input_names=["x"],
            dynamic_axes=dynamic,
        )  # fmt: skip
    path.write_bytes(content.getvalue())
    return path


def frames(seed: int = 0) -> Tensor:
    """(3, 1, 9, 12) integers 0..255: noise, white, and one pixel."""
    random = np.random.default_rng(seed)
    single = np.zeros((9, 12), dtype=np.int64)
    single[4, 5] = 255
    return torch.from_numpy(np.stack([random.integers(0, 256, (9, 12)), np.full((9, 12), 255), single])[:, None])


@torch.no_grad()
def picture(module: nn.Module, x: Tensor, white: float = 1.0) -> NDArray[np.float64]:
    """What the module gives for integers 0..255, in gray levels, in float64; `white` is luma 255 to it."""
    return (module.double()(x.double() * (white / 255)) * (255 / white)).numpy()
