"""What long trainings are made of: incremental quantization, and a compiled loop."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from qat import distill
from qat.training import launch
from qat.training.trainer import read_checkpoint
from tests.qat import tiny
from tests.qat.training.test_trainer import recorder, weights


def test_a_quantized_training_ends_on_the_grids(tmp_path):
    trainer = recorder(tmp_path, "quantized", quantized__steps=30)
    trainer.fit()
    network = trainer.stage.network
    for key, held in trainer.stage.weights.named_buffers():
        conv = network.layers[key].conv
        assert bool(held.all())
        assert torch.equal(conv.weight.detach(), conv.quant_weight().value)


def test_an_installation_in_a_path_with_a_blank_trains_without_compiling(monkeypatch, capsys):
    monkeypatch.setattr(torch, "__file__", "/a b/torch/__init__.py")
    assert launch._compiled_from(None, launch.WORTH_COMPILING) is None
    assert capsys.readouterr().err == (
        "not compiled, which takes three times as long: torch.compile splits paths at blanks (/a b/torch/__init__.py); "
        "allowed in an installation whose path has none\n"
    )
    with pytest.raises(launch.LaunchError, match="--compile: torch.compile splits paths at blanks"):
        launch._compiled_from(True, 4)


@pytest.mark.parametrize(
    ("options", "batch", "expected"), [([], 64, 1), ([], 65, 7), (["--threads", "3"], 64, 3), (["--threads", "3"], 65, 3)]
)
def test_small_batches_are_trained_by_one_thread_unless_told_apart(monkeypatch, options, batch, expected):
    chosen = [7]
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    recipe = tiny.recipe(data__patch=32, data__batch=batch)
    launch.launch(distill.parser().parse_args(["--accelerator", "cpu", *options]), [tiny.recipe(), recipe])
    assert chosen[-1] == expected


def test_no_threads_are_refused():
    with pytest.raises(launch.LaunchError, match="--threads 0; allowed at least 1"):
        launch.launch(distill.parser().parse_args(["--threads", "0"]), [tiny.recipe()])


def test_without_a_compiler_training_is_not_compiled(monkeypatch, capsys):
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setattr(torch, "__file__", "/no-blank/torch/__init__.py")
    assert launch._compiled_from(None, launch.WORTH_COMPILING) is None
    assert "no no-such-compiler; allowed after apt-get install g++ python3-dev" in capsys.readouterr().err


@pytest.mark.skipif(" " in torch.__file__, reason="torch.compile splits paths at blanks")
def test_a_compiled_training_has_the_losses_of_the_plain_one(tmp_path):
    """In processes of their own, as a user starts them: a compiler's kernels may outlive and upset the tests that follow."""
    changes = {"teacher.steps": 0, "student.steps": 4, "quantized.steps": 5}
    folder = tiny.photographs(tmp_path / "images")
    command = [sys.executable, "-m", "qat.distill", "--recipe", str(tiny.TOML), "--accelerator", "cpu", "--data", str(folder)]
    command += ["--precision", "32-true", *(word for key, value in changes.items() for word in ("--set", f"{key}={value}"))]
    averages = {}
    for name, options in (("plain", []), ("compiled", ["--compile"])):
        done = subprocess.run(
            [*command, *options, "--out", str(tmp_path / name)], capture_output=True, text=True, env=tiny.ONE_THREAD, check=False
        )
        assert done.returncode == tiny.due_status(tmp_path / name), done.stderr
        checkpoints = [read_checkpoint(tmp_path / name / f"{stage}.ckpt") for stage in ("student", "quantized")]
        assert [checkpoint["state"]["step"] for checkpoint in checkpoints] == [4, 5]
        averages[name] = [float(checkpoint["state"]["average"]) for checkpoint in checkpoints]
    assert averages["compiled"] == pytest.approx(averages["plain"], rel=1e-5)


@pytest.mark.parametrize("name", ["student", "quantized"])
def test_averaging_resumes_where_it_was(tmp_path, name):
    settings = {f"{name}__steps": 21, "averaging": 0.9}
    whole = recorder(tmp_path, name, **settings)
    whole.fit()
    (tmp_path / f"{name}.ckpt").unlink()
    with pytest.raises(KeyboardInterrupt):
        recorder(tmp_path, name, 8, **settings).fit()
    second = recorder(tmp_path, name, **settings)
    second.fit()
    assert all(torch.equal(t, weights(second)[key]) for key, t in weights(whole).items())
