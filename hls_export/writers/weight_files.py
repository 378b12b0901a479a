"""The weights as files: `.mem` for $readmemh, `.csv` to read by eye, one `.npz` of arrays; and the reader that restores them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from golden.spec import PER_CHANNEL, IntArray, IntLayer, IntNetwork
from hls_export.plan.layer import LayerPlan
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.pack import (
    mem_text,
    pack_requantize,
    pack_word,
    read_mem,
    requantize_fields,
    requantize_rows,
    rom_lanes,
    unpack_requantize,
    unpack_word,
    weights_of_lanes,
)

_EPOCH = (1980, 1, 1, 0, 0, 0)


def weight_files(network: IntNetwork, plan: HardwarePlan) -> dict[str, bytes]:
    """File name -> content of the weights folder."""
    tables = {f"{layer.name}.csv": _csv(layer) for layer in network.layers}
    return memory_files(network, plan) | tables | {"weights.npz": _npz(network)}


def memory_files(network: IntNetwork, plan: HardwarePlan) -> dict[str, bytes]:
    """File name -> content of the .mem files: two for each engine."""
    found: dict[str, bytes] = {}
    for layer, source in zip(plan.engines, network.layers, strict=True):
        lanes = rom_lanes(source, layer).tolist()
        words = [pack_word(row, layer.weight_type[0]) for row in lanes]
        found[f"{layer.name}.weight.mem"] = mem_text(words, layer.rom_word_bits, _rom_header(plan, layer)).encode()
        found[f"{layer.name}.requantize.mem"] = _requantize_mem(plan, layer, source)
    return found


def _requantize_mem(plan: HardwarePlan, layer: LayerPlan, source: IntLayer) -> bytes:
    fields = requantize_fields(layer)
    packed = [pack_requantize(row, fields) for row in requantize_rows(source, layer)]
    return mem_text(packed, sum(field.bits for field in fields), _requantize_header(plan, layer)).encode()


def read_weights(folder: str | Path, plan: LayerPlan) -> dict[str, IntArray]:
    """The arrays of one engine (weight, bias, positive_multiplier, negative_multiplier, shift) from its two .mem files.

    Raises FileNotFoundError, and ExportError for a file that is not as long or as wide as the plan says.
    """
    bits = plan.weight_type[0]
    where = Path(folder) / f"{plan.name}.weight.mem"
    words = read_mem(where.read_text(), plan.rom_words, plan.rom_word_bits, str(where))
    lanes = np.array([unpack_word(word, bits, plan.folding.lanes) for word in words], dtype=np.int64)
    return {"weight": weights_of_lanes(lanes, plan)} | _read_requantize(folder, plan)


def _read_requantize(folder: str | Path, plan: LayerPlan) -> dict[str, IntArray]:
    where = Path(folder) / f"{plan.name}.requantize.mem"
    fields = requantize_fields(plan)
    packed = read_mem(where.read_text(), plan.geometry.out_channels, sum(field.bits for field in fields), str(where))
    columns = np.array([unpack_requantize(word, fields) for word in packed], dtype=np.int64).T
    bias, positive, negative, shift = columns if plan.multiplies else (columns[0], 1 << columns[1], 1 << columns[2], columns[3])
    arrays: tuple[Any, ...] = (bias, positive, negative, shift)
    return dict(zip(PER_CHANNEL, arrays, strict=True))


def _rom_header(plan: HardwarePlan, layer: LayerPlan) -> list[str]:
    fold = layer.folding
    return [
        f"network {plan.network_hash}",
        f"layer {layer.name} ({layer.form}): {layer.rom_words} words of {layer.rom_word_bits} bits = "
        f"{fold.pe} PE x {fold.simd} SIMD weights of {layer.weight_type[0]} bits; "
        f"lane pe * {fold.simd} + simd, lane 0 in the least significant bits",
        f"address = neuron fold (0..{fold.neuron_folds - 1}) * {fold.synapse_folds} + synapse fold (0..{fold.synapse_folds - 1})",
    ]


def _requantize_header(plan: HardwarePlan, layer: LayerPlan) -> list[str]:
    fields = ", ".join(f"{field.name} {field.bits}" for field in requantize_fields(layer))
    kind = "" if layer.multiplies else "; multipliers are exponents of two"
    return [
        f"network {plan.network_hash}",
        f"layer {layer.name}: one word per output channel; from the least significant bit: {fields} bits{kind}",
    ]


def _csv(layer: IntLayer) -> bytes:
    """co,ci,ky,kx,weight of every weight, then co and the requantize numbers of every channel; the LR pixel's weights last."""
    lines = ["co,ci,ky,kx,weight"]
    lines += [f"{co},{ci},{ky},{kx},{value}" for (co, ci, ky, kx), value in np.ndenumerate(layer.weight)]
    lines.append("co,bias,positive_multiplier,negative_multiplier,shift")
    columns = zip(layer.bias, layer.positive_multiplier, layer.negative_multiplier, layer.shift, strict=True)
    lines += [f"{co}," + ",".join(map(str, row)) for co, row in enumerate(columns)]
    if layer.luma is not None:
        lines.append("ky,kx,luma_weight")
        lines += [f"{ky},{kx},{value}" for (ky, kx), value in np.ndenumerate(layer.luma.weight[0, 0])]
    return ("\n".join(lines) + "\n").encode()


def _npz(network: IntNetwork) -> bytes:
    """NAME.PART arrays of every layer, in the layout of the integer network; the same network gives the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for layer in network.layers:
            for part, array in layer.arrays().items():
                content = io.BytesIO()
                np.save(content, array.astype("<i8"), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{layer.name}.{part}.npy", date_time=_EPOCH), content.getvalue())
    return stream.getvalue()
