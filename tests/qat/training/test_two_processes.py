"""torchrun with two gloo processes on the CPU does what one process does, at the same global batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from qat.training.trainer import read_checkpoint
from tests.qat import tiny

TORCHRUN = Path(sys.executable).with_name("torchrun")


def by_two(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [TORCHRUN, "--nproc_per_node", "2", "--master_port", "0", "--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0"]
    command += ["-m", "qat.distill", "--recipe", tiny.TOML, "--accelerator", "cpu", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env=tiny.ONE_THREAD, timeout=200)


@pytest.fixture(scope="module")
def doubled(tmp_path_factory, images) -> Path:
    """The folder of a run by two processes."""
    out = tmp_path_factory.mktemp("doubled")
    result = by_two("--data", images, "--out", out)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("teacher: 20 steps") == 1
    return out


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a.double() - b.double()).abs().max())


@pytest.mark.parametrize("name", ["teacher", "student", "quantized"])
def test_two_processes_train_the_weights_and_losses_of_one(finished, doubled, name):
    one, two = (read_checkpoint(folder / f"{name}.ckpt") for folder in (finished, doubled))
    assert one["modules"].keys() == two["modules"].keys()
    if name == "quantized":  # the order of a sum decides which of two weights is put on its grid first
        far = [(one["modules"][key].double() - two["modules"][key].double()).abs() > 2e-3 for key in one["modules"]]
        assert sum(int(each.sum()) for each in far) < 0.02 * sum(each.numel() for each in far)
    else:
        assert max(difference(one["modules"][key], two["modules"][key]) for key in one["modules"]) < 1e-4
    assert float(two["state"]["average"]) == pytest.approx(
        float(one["state"]["average"]), rel=1e-4 if name != "quantized" else 1e-2
    )
    assert two["state"]["best_psnr"] == pytest.approx(one["state"]["best_psnr"], abs=0.05)


def test_another_seed_differs_by_more_than_two_processes_do(finished, tmp_path, images):
    """The mutant: the bounds above would not hold for another training."""
    from qat import distill

    out = ["--data", str(images), "--out", str(tmp_path), "--set", "seed=4", "--set", "student.steps=1"]
    assert distill.main(["--recipe", str(tiny.TOML), "--accelerator", "cpu", *out]) in (0, distill.POOR)
    one, other = (read_checkpoint(folder / "teacher.ckpt")["modules"] for folder in (finished, tmp_path))
    assert max(difference(one[key], other[key]) for key in one) > 1e-2


def test_a_run_of_two_processes_resumes_to_the_same_network(doubled, images, tmp_path):
    for name in ("teacher.ckpt", "student.ckpt"):
        (tmp_path / name).write_bytes((doubled / name).read_bytes())
    result = by_two("--data", images, "--out", tmp_path, "--resume")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "network.npz").read_bytes() == (doubled / "network.npz").read_bytes()


def test_a_refusal_on_the_first_process_ends_both(doubled, images):
    result = by_two("--data", images, "--out", doubled)
    assert result.returncode != 0
    assert result.stderr.count("not empty; allowed --resume") == 1
