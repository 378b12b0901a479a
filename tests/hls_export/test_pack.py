"""Weights to memory words and back, exactly; the words read by an independent reader that follows the layout page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from golden.spec import ARRAYS, IntNetwork
from hls_export import DEVICES, ExportError, HardwarePlan, Target
from hls_export.plan.plan import assemble
from hls_export.writers.pack import read_mem
from hls_export.writers.weight_files import read_weights, weight_files
from tests import networks

TARGET = Target(64, 64, 60.0, 300.0, DEVICES["zu15eg"], engine="folded")


def _written(folder: Path, network: IntNetwork, plan: HardwarePlan) -> Path:
    for name, data in weight_files(network, plan).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("budget", [70_000, 300_000, 4_000_000])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("scales", ["dyadic", "shifts"])
def test_round_trip(tmp_path: Path, bits: int, budget: int, scales: str) -> None:
    network = networks.network(bits=bits, style=scales, seed=bits)
    plan = assemble(network, TARGET, budget)
    folder = _written(tmp_path, network, plan)
    for layer, source in zip(plan.engines, network.layers, strict=True):
        found = read_weights(folder, layer)
        for part in ARRAYS:
            assert found[part].shape == getattr(source, part).shape
            assert (found[part] == getattr(source, part)).all(), (layer.name, part)


def test_a_stranger_reads_the_words_by_the_layout_page(tmp_path: Path, small: IntNetwork) -> None:
    """Bit by bit, from the text: no code of the package."""
    plan = assemble(small, TARGET, 300_000)
    folder = _written(tmp_path, small, plan)
    for layer in plan.engines:
        fold, bits = layer.folding, layer.weight_type[0]
        kernel, channels = layer.geometry.kernel, layer.geometry.in_channels
        lines = (folder / f"{layer.name}.weight.mem").read_text().splitlines()
        words = [int(line, 16) for line in lines if not line.startswith("//")]
        for neuron in range(fold.neuron_folds):
            for synapse in range(fold.synapse_folds):
                word = words[neuron * fold.synapse_folds + synapse]
                for pe in range(fold.pe):
                    for simd in range(fold.simd):
                        raw = word >> ((pe * fold.simd + simd) * bits) & ((1 << bits) - 1)
                        value = raw - (1 << bits) if raw >> (bits - 1) else raw
                        output, operand = neuron * fold.pe + pe, synapse * fold.simd + simd
                        if layer.form == "convolution":
                            ky, kx, ci = operand // (kernel * channels), operand // channels % kernel, operand % channels
                            expected = small.layer(layer.name).weight[output, ci, ky, kx]
                        else:
                            expected = small.layer(layer.name).weight[0, operand, output // kernel, output % kernel]
                        assert value == expected


def test_npz_and_csv_hold_the_same_integers(tmp_path: Path, small: IntNetwork, plan: HardwarePlan) -> None:
    folder = _written(tmp_path, small, plan)
    with np.load(folder / "weights.npz") as arrays:
        for layer in small.layers:
            for part in ARRAYS:
                assert (arrays[f"{layer.name}.{part}"] == getattr(layer, part)).all()
    lines = (folder / "conv1.csv").read_text().splitlines()
    rows = [tuple(map(int, line.split(","))) for line in lines[1 : 1 + small.layers[1].num_weights]]
    assert [value for *_, value in rows] == small.layers[1].weight.reshape(-1).tolist()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0f\n", "1 words; allowed 2"),
        ("0f\n0f\n0f\n", "3 words; allowed 2"),
        ("0f\n0f", "allowed 2, the last ended by a new line"),
        ("0f\n1ff\n", "line 2"),
        ("0f\nxx\n", "line 2"),
        ("0f\nff\n", "line 2"),
    ],
)
def test_a_mem_file_of_another_size_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ExportError, match=fault):
        read_mem(text, 2, 7, "x.mem")
