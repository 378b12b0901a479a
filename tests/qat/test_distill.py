"""The command: a whole run, what it says of its network, and runs that survive what stops them."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import golden
from qat import distill
from qat.training.data import limit_pixels
from qat.training.run import claimed
from qat.training.trainer import Trainer, read_checkpoint
from tests.qat import tiny
from tests.qat.tiny import run, same_network


def test_help_names_every_option_and_what_it_does(capsys):
    with pytest.raises(SystemExit) as caught:
        distill.main(["--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for words in (
        "Train a teacher, distil it into a student",
        "--bits B weight and activation bits of the hidden layers, 2..8",
        "--data PATH [PATH ...] images, or folders of images, to train on",
        "--resume continue the run in --out, if there is one; other --bits from its student",
        "Without --data it trains on the photographs that scikit-image installs",
    ):
        assert words in text


def test_other_bits_resume_from_the_student_of_the_folder(tmp_path, capsys, images, finished):
    shutil.copytree(finished, tmp_path / "run")
    anew = tmp_path / "anew"
    for out in (tmp_path / "run", anew):
        assert run("--data", images, "--out", out, "--resume", "--bits", "5", "--set", "quantized.steps=20") == tiny.due_status(out)
        printed = capsys.readouterr().out
        assert ("quantized: again from the student in" in printed) == (out != anew)
    assert "quantization.bits.weight = 5 (8 before)" not in printed
    assert same_network(tmp_path / "run", anew)
    assert golden.load(anew / "network.npz").layers[0].weight_type.bits == 5


def test_the_teacher_of_another_run_is_used_as_it_is(tmp_path, images, finished):
    teacher = finished / "teacher.ckpt"
    assert run("--data", images, "--out", tmp_path, "--set", f"teacher={teacher}") == tiny.due_status(tmp_path)
    assert same_network(tmp_path, finished)
    assert not (tmp_path / "teacher.ckpt").exists()
    facts = json.loads((tmp_path / "network.json").read_text())["stages"]["teacher"]
    assert facts == {"file": "teacher.ckpt", "sha256": hashlib.sha256(teacher.read_bytes()).hexdigest()}


def test_a_network_that_is_really_below_bicubic_ends_with_3_and_a_good_one_with_0(tmp_path, capsys, images, finished):
    assert run(*NO_STEPS, "--weight-bits", "2", "--act-bits", "3", "--data", images, "--out", tmp_path) == 3
    poor, good = (json.loads((out / "network.json").read_text())["validation_psnr"] for out in (tmp_path, finished))
    assert poor["network"] < poor["bicubic"] - 0.1
    assert f"{poor['network']:.2f} dB on the validation images, below bicubic" in capsys.readouterr().err
    assert good["network"] > good["bicubic"]
    assert tiny.due_status(finished) == 0  # the fixture asserts that the command gave it


def test_a_network_below_bicubic_says_so_and_has_its_own_status(tmp_path, capsys, monkeypatch, images):
    monkeypatch.setattr("qat.training.validation.bicubic_psnr", lambda pairs: 60.0)
    assert run(*NO_STEPS, "--data", images, "--out", tmp_path) == 3
    assert capsys.readouterr().err.splitlines()[-1].endswith("dB on the validation images, below bicubic (60.00 dB)")
    assert (tmp_path / "network.npz").exists()


def test_a_network_far_below_its_student_says_so_and_has_its_own_status(tmp_path, capsys, monkeypatch, images):
    scores = iter([40.0, 38.9])
    monkeypatch.setattr("qat.training.validation.network_psnr", lambda network, pairs: next(scores))
    monkeypatch.setattr("qat.training.trainer.validation_psnr", lambda *arguments: 40.0)
    monkeypatch.setattr("qat.training.validation.bicubic_psnr", lambda pairs: 30.0)
    assert run(*NO_STEPS, "--data", images, "--out", tmp_path / "good") == 0
    assert run(*NO_STEPS, "--data", images, "--out", tmp_path / "poor") == 3
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith("38.90 dB on the validation images, more than 1 dB below its float student (40.00 dB)")
    assert json.loads((tmp_path / "poor" / "network.json").read_text())["validation_psnr"] == {
        "network": 38.9, "student": 40.0, "bicubic": 30.0,
    }  # fmt: skip


def test_every_validation_line_has_bicubic_beside_it(tmp_path, capsys, images):
    assert run("--data", images, "--out", tmp_path) == tiny.due_status(tmp_path)
    captured, facts = capsys.readouterr(), json.loads((tmp_path / "network.json").read_text())
    lines = [line for line in captured.out.splitlines() if "validation" in line]
    assert len(lines) == 4
    bicubic = facts["validation_psnr"]["bicubic"]
    assert all(f"bicubic {bicubic:.2f} dB" in line for line in lines)
    assert f"bicubic={bicubic:.2f} dB" in captured.err
    assert {stage["bicubic_psnr"] for stage in facts["stages"].values()} == {bicubic}


def test_images_left_out_are_counted(tmp_path, images, capsys):
    for path in images.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    Image.fromarray(tiny.photograph(0, 12, 40)).save(tmp_path / "small.png")
    run(*NO_STEPS, "--data", tmp_path, "--out", tmp_path / "out")
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "images: 3 to train on, 1 to validate on, 1 left out: smaller than 16x16"
    assert json.loads((tmp_path / "out" / "network.json").read_text())["images"]["left_out"] == 1


def test_a_folder_that_another_training_writes_to_is_refused_and_left_as_it_is(tmp_path, images, capsys):
    (tmp_path / ".network.npz.x1.npz").write_bytes(b"of a run that was killed")
    with claimed(tmp_path):
        assert run(*NO_STEPS, "--data", images, "--out", tmp_path) == 1
    assert capsys.readouterr().err == f"qat.distill: {tmp_path}: another training writes here; allowed another folder, --out\n"
    assert [path.name for path in tmp_path.iterdir()] == [".network.npz.x1.npz"]
    assert run(*NO_STEPS, "--data", images, "--out", tmp_path) == tiny.due_status(tmp_path)


NO_STEPS = ["--set", "teacher.steps=0", "--set", "student.steps=0", "--set", "quantized.steps=0"]


def test_without_teacher_and_steps_the_interpolator_is_frozen(tmp_path, capsys, images):
    assert run(*NO_STEPS, "--bits", "6", "--scale", "3", "--data", images, "--out", tmp_path) == tiny.due_status(tmp_path)
    network = golden.load(tmp_path / "network.npz")
    assert (network.scale, network.layers[0].weight_type.bits) == (3, 6)
    assert "left out" not in capsys.readouterr().out
    assert not (tmp_path / "teacher.ckpt").exists()


def test_a_run_leaves_the_network_the_student_its_facts_and_checkpoints(finished):
    network, facts = golden.load(finished / "network.npz"), json.loads((finished / "network.json").read_text())
    assert facts["hash"] == network.hash
    assert facts["recipe"] == json.loads(json.dumps(tiny.recipe().to_dict()))
    assert {name: facts["stages"][name]["steps"] for name in facts["stages"]} == {"teacher": 20, "student": 40, "quantized": 30}
    checkpoints = {"teacher.ckpt", "student.ckpt", "quantized.ckpt", "events"}
    names = checkpoints | {"network.npz", "network.json", "student.safetensors"}
    assert {path.name for path in finished.iterdir()} == names


def test_a_run_records_its_start_by_name_and_content(tmp_path, images, finished):
    start = finished / "student.safetensors"
    assert run(*NO_STEPS, "--data", images, "--set", f"start={start}", "--out", tmp_path) == tiny.due_status(tmp_path)
    facts = json.loads((tmp_path / "network.json").read_text())
    assert facts["start"] == {"sha256": hashlib.sha256(start.read_bytes()).hexdigest()}
    assert json.loads((finished / "network.json").read_text())["start"] is None


def test_resume_starts_the_run_where_there_is_none_and_repeats_a_finished_one(tmp_path, images, finished):
    for _ in range(2):
        assert run("--data", images, "--out", tmp_path / "out", "--resume") == 0
        assert same_network(tmp_path / "out", finished)


def test_another_seed_gives_another_network(tmp_path, images, finished):
    assert run("--set", "seed=4", "--data", images, "--out", tmp_path) == 0
    assert not same_network(tmp_path, finished)


def interrupting_step(stage: str, step: int):
    plain = Trainer.step

    def interrupted(self):
        if (self.stage_name, self.state["step"]) == (stage, step):
            signal.raise_signal(signal.SIGINT)
        return plain(self)

    return interrupted


@pytest.mark.parametrize("stage", ["teacher", "student", "quantized"])
def test_ctrl_c_saves_says_so_in_one_line_and_the_run_goes_on(tmp_path, monkeypatch, capsys, images, finished, stage):
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", interrupting_step(stage, 13))
        assert run("--data", images, "--out", tmp_path, "--resume") == 130
    error = capsys.readouterr().err
    assert error.splitlines()[-1] == "qat.distill: interrupted; --resume continues from the last checkpoint"
    assert "Traceback" not in error
    assert read_checkpoint(tmp_path / f"{stage}.ckpt")["state"]["step"] == 14
    assert run("--data", images, "--out", tmp_path, "--resume") == 0
    assert same_network(tmp_path, finished)


@pytest.mark.parametrize("checkpoint", ["student.ckpt", "quantized.ckpt"])
def test_a_run_killed_in_the_middle_of_a_stage_resumes_to_the_same_network(tmp_path, images, finished, checkpoint):
    command = [sys.executable, "-m", "qat.distill", "--recipe", str(tiny.TOML), "--accelerator", "cpu"]
    command += ["--data", str(images), "--out", str(tmp_path), "--resume"]
    process = subprocess.Popen(command, env=tiny.ONE_THREAD, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    while not (tmp_path / checkpoint).exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "network.npz").exists()
    content = read_checkpoint(tmp_path / checkpoint)
    assert 0 < content["state"]["step"] <= content["recipe"][content["stage"]]["steps"]
    assert run("--data", images, "--out", tmp_path, "--resume") == 0
    assert same_network(tmp_path, finished)


FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))"


def test_a_full_disk_is_one_line_and_leaves_the_old_checkpoint(tmp_path, images, finished):
    """A process that may write no file above 20 kB: the teacher's checkpoint is larger."""
    checkpoint = tmp_path / "teacher.ckpt"
    checkpoint.write_bytes((finished / "teacher.ckpt").read_bytes())
    assert checkpoint.stat().st_size > 20000
    result = tiny.distill("--data", images, "--out", tmp_path, "--resume", limit=FULL_DISK)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"qat.distill: [Errno 27] File too large: '{checkpoint}'"
    assert "Traceback" not in result.stderr
    assert checkpoint.read_bytes() == (finished / "teacher.ckpt").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} <= {"teacher.ckpt", "events"}


def test_the_default_folder_says_what_was_trained():
    recipe = tiny.recipe(network__scale=3, quantization__bits={"weight": 4, "activation": 6})
    assert distill.default_out(recipe) == Path("runs/tiny-x3-w4a6")


def test_validation_images_are_cut_to_their_middle():
    pairs = tiny.pairs(2)
    (one, _) = limit_pixels(pairs, 2 * 32 * 32)
    assert (one.high == pairs[0].high[4:36, 8:40]).all()
    assert (one.low == pairs[0].low[2:18, 4:20]).all()
