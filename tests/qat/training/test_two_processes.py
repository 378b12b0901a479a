"""torchrun with two gloo processes on the CPU does what one process does, at the same global batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from qat.training.trainer import read_checkpoint
from tests.qat import tiny

REAL_WEIGHTS = 1e-6
"""How far five quantized steps of one process and of two may be apart while all weights are real: sums in another order."""


def by_two(*arguments: str | Path, program: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command by two processes; program: a file to run in its place."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "0"]
    command += ["--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0", *([program] if program else ["-m", "qat.distill"])]
    command += ["--recipe", tiny.TOML, "--accelerator", "cpu", *arguments]
    environment = tiny.ONE_THREAD | {"PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment, timeout=200)


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


NO_WEIGHT_HELD = ["--set", "quantized.steps=5", "--set", "inq.first=0.9", "--set", "inq.last=1"]
"""Five quantized steps, the share of held weights being 0 in each: no order in which weights are held can tell runs apart."""
NOT_AVERAGED = """
from qat import distill
from qat.training.trainer import Trainer

averaged = Trainer.step

def step(self):
    with self.fabric.no_backward_sync(self.module, enabled=self.stage_name == "quantized"):
        return averaged(self)

Trainer.step = step
raise SystemExit(distill.main())
"""


@pytest.fixture(scope="module")
def on_real_weights(finished, images, tmp_path_factory) -> dict[str, dict[str, Any]]:
    """Checkpoints of five quantized steps from the finished run's student: by one process, by two, and by two of which each takes
    its own gradients.
    """
    folders = {name: tmp_path_factory.mktemp(name) for name in ("one", "two", "mutant")}
    for folder in folders.values():
        for name in ("teacher.ckpt", "student.ckpt"):
            (folder / name).write_bytes((finished / name).read_bytes())
    asked = {name: ["--data", images, "--resume", *NO_WEIGHT_HELD, "--out", folder] for name, folder in folders.items()}
    (folders["mutant"] / "mutant.py").write_text(NOT_AVERAGED)
    statuses = [
        tiny.distill(*asked["one"]).returncode,
        by_two(*asked["two"]).returncode,
        by_two(*asked["mutant"], program=folders["mutant"] / "mutant.py").returncode,
    ]
    assert statuses == [tiny.due_status(folder) for folder in folders.values()]
    return {name: read_checkpoint(folder / "quantized.ckpt") for name, folder in folders.items()}


def test_two_processes_take_the_quantized_steps_of_one(on_real_weights):
    one, two = on_real_weights["one"], on_real_weights["two"]
    assert max(difference(one["modules"][key], two["modules"][key]) for key in one["modules"]) < REAL_WEIGHTS
    assert float(two["state"]["average"]) == pytest.approx(float(one["state"]["average"]), rel=1e-5)


def test_gradients_that_are_not_averaged_are_seen(on_real_weights):
    """The mutant."""
    one, mutant = on_real_weights["one"], on_real_weights["mutant"]
    assert max(difference(one["modules"][key], mutant["modules"][key]) for key in one["modules"]) > 100 * REAL_WEIGHTS


def test_another_seed_differs_by_more_than_two_processes_do(finished, tmp_path, images):
    """The mutant: the bounds above would not hold for another training."""
    from qat import distill

    out = ["--data", str(images), "--out", str(tmp_path), "--set", "seed=4", "--set", "student.steps=1"]
    assert distill.main(["--recipe", str(tiny.TOML), "--accelerator", "cpu", *out]) == tiny.due_status(tmp_path)
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
