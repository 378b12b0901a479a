"""Networks as training makes them: quantized FSRCNNs, frozen, exported for the device they are meant for, then `make csim`."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.spec import IntNetwork
from hls_export import DEVICES, Target, make_plan
from hls_export.folder import verify, write
from tests.hls_export.conftest import make

pytest.importorskip("brevitas", reason="needs the extra 'train': pip install -e '.[train]'")

CASES = {
    "8 bit x2": ({}, {}, (1920, 1080, 60.0, "zu15eg")),
    "4 bit x2": ({}, {"bits": 4}, (1920, 1080, 60.0, "zu9eg")),
    "8 bit x3": ({"scale": 3}, {}, (1280, 720, 60.0, "zu15eg")),
    "8 bit x4": ({"scale": 4}, {}, (960, 540, 60.0, "zu9eg")),
    "FSRCNN-s, 8 bit x2": ({"d": 32, "s": 5, "m": 1}, {}, (1920, 1080, 60.0, "kv260")),
    "slopes per channel": ({"slopes": "channel"}, {}, (1920, 1080, 60.0, "zu15eg")),
}


def frozen(shape: dict[str, object], bits: int = 8) -> IntNetwork:
    """An untrained student of this shape, quantized and frozen."""
    import torch

    from qat.model.quantized import LayerBits, Quantization
    from qat.model.shape import NetworkShape
    from qat.model.student import FSRCNN, start_as_interpolator
    from qat.quantizing.freeze import freeze
    from qat.quantizing.reconstruction import reconstructed

    torch.manual_seed(1)
    wanted = NetworkShape(**shape)  # type: ignore[arg-type]
    student = FSRCNN(wanted)
    start_as_interpolator(student)
    for module in student.layers.values():
        if hasattr(module, "prelu"):
            module.prelu.weight.data.uniform_(-0.2, 0.4)
    return freeze(reconstructed(student, Quantization(LayerBits(bits, bits)), [torch.rand(2, 1, 24, 24)]))


@pytest.mark.parametrize("case", CASES)
def test_export_and_make_csim(case: str, tmp_path: Path) -> None:
    shape, quantization, (width, height, fps, device) = CASES[case]
    network = frozen(shape, **quantization)  # type: ignore[arg-type]
    plan = make_plan(network, Target(width, height, fps, 300.0, DEVICES[device], engine="folded"))
    assert plan.fps >= fps
    folder = write(network, plan, tmp_path / "export")
    assert verify(folder) > 100
    done = make(folder, "csim", "CXXFLAGS=-O1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mismatches" in done.stdout
    compared = next(line for line in done.stdout.splitlines() if "mismatches" in line)
    print(f"{case}: II {plan.clocks_per_pixel}, {plan.fps:.1f} fps, {plan.resources}, {compared}")
