"""Incremental network quantization: the quantized student trains with real weights, which are put on their grids a few at a time.

At 4 bits a weight that jumps between two steps moves the brightness of the whole picture, and Adam moves many weights the same way
at once: with all weights rounded from the first step the loss rises.  So activations, biases and slopes are quantized from the
start, and weights stay real until their turn comes: in each layer those that are nearest to a step are put on it and held there,
while the others make up for it, until all are held (Zhou et al., "Incremental network quantization", ICLR 2017, which chooses the
largest first).  Rates count in steps of each parameter's grid, as one channel's step may be a hundred times another's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from qat.model.quantized import SLOPE_FRACTION_BITS, QuantizedFSRCNN
from qat.model.shape import UNIT

OTHER_STEP = 2.0**-5
"""What stands for a step where a parameter has no grid, as in the heads of the distillation loss."""
BIAS_SHARE = 0.25
"""A hidden bias moves at this share of the activation's step: it shifts all positions at once."""


class GridAdam(torch.optim.Adam):
    """Adam whose rate counts in steps of each parameter's grid: what Adam would move is multiplied by that step, 0 for held
    weights.

    steps: by parameter, broadcast over it.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], rate: float, steps: dict[nn.Parameter, Tensor]) -> None:
        super().__init__(parameters, lr=rate)
        self.steps = steps

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        before = [parameter.detach().clone() for parameter in self.steps]
        result = super().step(closure)
        for old, (parameter, step) in zip(before, self.steps.items(), strict=True):
            torch.lerp(old, parameter, step.expand_as(old), out=parameter.detach())
        return result


class Weights(nn.Module):
    """The weights of a quantized student whose scales stay, and which of them are held; the masks are buffers, so a checkpoint
    has them.
    """

    def __init__(self, network: QuantizedFSRCNN) -> None:
        super().__init__()
        self._network = [network]
        for name, module in network.layers.items():
            self.register_buffer(name, torch.zeros(module.conv.weight.shape, dtype=torch.bool))

    @torch.no_grad()
    def optimizer(self, parameters: Iterable[nn.Parameter], rate: float) -> GridAdam:
        """GridAdam for `parameters`, the network's among them, with held weights where the masks say."""
        network = self._network[0]
        trained = [parameter for parameter in parameters if parameter.requires_grad]
        self.grids = {name: module.conv.quant_weight().scale.detach() for name, module in network.layers.items()}
        steps: dict[nn.Parameter, Tensor] = {}
        for name, module in network.layers.items():
            is_last, conv = name == "deconvolution", module.conv
            steps[conv.weight] = self.grids[name].expand_as(conv.weight) * ~self.get_buffer(name)
            steps[conv.bias] = conv.bias.new_tensor(UNIT) if is_last else module.requantize.act_quant.scale() * BIAS_SHARE
            if not is_last:
                steps[module.prelu.weight] = conv.bias.new_tensor(2.0**-SLOPE_FRACTION_BITS)
        self.steps = {parameter: steps.get(parameter, parameter.new_tensor(OTHER_STEP)) for parameter in trained}
        return GridAdam(trained, rate, self.steps)

    @torch.no_grad()
    def quantize(self, share: float) -> None:
        """Keep all weights within their grids, and hold `share` of each layer's, the nearest to a step first; after `optimizer`."""
        network = self._network[0]
        for name, module in network.layers.items():
            weight, step, held = module.conv.weight, self.grids[name], self.get_buffer(name)
            most = (2 ** (network.quantization.of(name).weight - 1) - 1) * step
            weight.clamp_(-most, most)
            count = round(share * weight.numel()) - int(held.sum())
            if count > 0:
                on_grid = (weight / step).round() * step
                distance = ((weight - on_grid) / step).abs().masked_fill(held, torch.inf)
                chosen = torch.zeros(held.numel(), dtype=torch.bool, device=held.device)
                chosen[distance.flatten().argsort()[:count]] = True
                held |= chosen.view(held.shape)
                weight.copy_(torch.where(held, on_grid, weight))
                self.steps[weight].masked_fill_(held, 0)
