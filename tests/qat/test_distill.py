"""The command: one line for whatever a user can get wrong, a whole run otherwise, and runs that survive what stops them."""

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
import torch
from PIL import Image

import golden
from qat import distill
from qat.recipe import RecipeError
from qat.training.data import limit_pixels
from qat.training.float_student import load_float_student
from qat.training.trainer import Trainer, read_checkpoint
from tests.qat import tiny


def run(*arguments: str | Path) -> int:
    """The command in this process."""
    return distill.main(["--recipe", str(tiny.TOML), "--accelerator", "cpu", *map(str, arguments)])


def refusal(capsys, *arguments: str | Path) -> str:
    """What the command says on stderr, which is one line behind any progress, when it ends with status 1."""
    assert run(*arguments) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "step/s]" not in line and line.strip()]
    assert len(lines) == 1
    assert lines[0].startswith("qat.distill: ")
    return lines[0].removeprefix("qat.distill: ")


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bits", "1"], "quantization.bits: weight bits 1; allowed 2..8"),
        (["--bits", "9"], "quantization.bits: weight bits 9; allowed 2..8"),
        (["--weight-bits", "0"], "quantization.bits: weight bits 0; allowed 2..8"),
        (["--act-bits", "9"], "quantization.bits: activation bits 9; allowed 2..8"),
        (["--scale", "5"], "network: scale 5; allowed 2, 3, 4"),
        (["--recipe", "fast"], "recipe 'fast'; allowed demo, standard, paper or a TOML file"),
        (["--set", "student.steps"], "'student.steps'; allowed KEY=VALUE"),
        (["--set", "student.stepz=1"], "unknown key 'student.stepz'"),
        (["--data", "nowhere"], "nowhere: no such file or folder"),
        (["--recipe", "nowhere.toml"], "recipe 'nowhere.toml'; allowed demo, standard, paper or a TOML file"),
        (["--recipe", "tests"], "recipe 'tests'; allowed demo, standard, paper or a TOML file"),
        (["--recipe", "a\nb"], r"recipe 'a\nb'; allowed"),
        (["--set", "student.rate=nan"], "student: rate = nan; allowed above 0, at most 1"),
        (["--set", "student.steps=-1"], "student: steps = -1; allowed at least 0"),
        (["--set", "seed=99999999999"], "seed = 99999999999; allowed 0 to 2147483647"),
        (["--set", "network.preset=[1]"], "network.preset [1]; allowed fsrcnn, fsrcnn-s"),
        (["--set", "teacher=nowhere.ckpt"], "teacher: nowhere.ckpt: No such file or directory; allowed a file of qat.distill"),
        (["--set", "teacher=tests"], "teacher: tests: damaged or not a checkpoint ([Errno 21] Is a directory: 'tests'); allowed"),
        (
            ["--set", "teacher=README.md"],
            "teacher: README.md: damaged or not a checkpoint (Weights only load failed); allowed one of",
        ),
        (["--set", "teacher.steps=0", "--set", "start=tests"], "start: tests: Is a directory; allowed a file of qat.distill"),
        (["--set", "teacher.steps=0", "--set", "start=README.md"], "start: README.md: not a float student ("),
        (["--set", "teacher.steps=0", "--set", "start=nothing"], "start: nothing: no such file, and no float student of that name"),
        (["--set", "data.patch=999"], "has 1998x1998 pixels, the HR patch; allowed a smaller data.patch"),
        (["--threads", "0"], "--threads 0; allowed at least 1"),
        (["--devices", "many"], "--accelerator cpu --devices many: invalid literal"),
        (["--accelerator", "abacus"], "--accelerator abacus --devices auto: "),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line_before_anything_is_written(tmp_path, capsys, images, arguments, message):
    assert message in refusal(capsys, "--data", images, "--out", tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["--bits", "many"], ["--colour"]])
def test_arguments_that_are_none_are_refused_by_argparse(arguments):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2


def test_a_folder_that_holds_something_is_refused_without_resume(tmp_path, capsys, images):
    (tmp_path / "notes").touch()
    assert "not empty; allowed --resume" in refusal(capsys, "--data", images, "--out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, capsys, images):
    (tmp_path / "file").touch()
    assert "file: not a folder" in refusal(capsys, "--data", images, "--out", tmp_path / "file")
    assert f"Not a directory: '{tmp_path / 'file' / 'out'}'" in refusal(capsys, "--data", images, "--out", tmp_path / "file/out")


def test_a_folder_that_cannot_be_written_is_refused(capsys, images):
    assert "/proc/out" in refusal(capsys, "--data", images, "--out", "/proc/out")


def test_a_broken_image_is_named(tmp_path, capsys):
    tiny.photographs(tmp_path, 2)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    assert f"{tmp_path / 'broken.png'}: broken or not an image" in refusal(capsys, "--data", tmp_path, "--out", tmp_path / "out")


def test_a_damaged_checkpoint_is_named(tmp_path, capsys, images):
    (tmp_path / "teacher.ckpt").write_bytes(b"text")
    assert "teacher.ckpt: damaged or not a checkpoint" in refusal(capsys, "--data", images, "--out", tmp_path, "--resume")


def test_a_checkpoint_of_another_recipe_is_named_with_its_keys(tmp_path, capsys, images, finished):
    (tmp_path / "teacher.ckpt").write_bytes((finished / "teacher.ckpt").read_bytes())
    message = refusal(capsys, "--data", images, "--out", tmp_path, "--resume", "--set", "teacher.rate=1e-2")
    assert "teacher.ckpt: made by another recipe: teacher.rate = 0.01 (0.001 before); allowed the recipe it was made by" in message


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


@pytest.mark.parametrize("setting", ["student.rate=2e-3", "averaging=0.5", "network.slopes=layer", "method.distillation_weight=0"])
def test_a_change_of_an_earlier_stage_is_refused_by_its_key(tmp_path, capsys, images, finished, setting):
    shutil.copytree(finished, tmp_path / "run")
    message = refusal(capsys, "--data", images, "--out", tmp_path / "run", "--resume", "--bits", "5", "--set", setting)
    assert f"{setting.split('=')[0]} = " in message
    assert same_network(tmp_path / "run", finished)


def test_the_teacher_of_another_run_is_used_as_it_is(tmp_path, images, finished):
    teacher = finished / "teacher.ckpt"
    assert run("--data", images, "--out", tmp_path, "--set", f"teacher={teacher}") == tiny.due_status(tmp_path)
    assert same_network(tmp_path, finished)
    assert not (tmp_path / "teacher.ckpt").exists()
    facts = json.loads((tmp_path / "network.json").read_text())["stages"]["teacher"]
    assert facts == {"file": "teacher.ckpt", "sha256": hashlib.sha256(teacher.read_bytes()).hexdigest()}


def test_a_teacher_that_does_not_fit_is_one_line(tmp_path, capsys, images, finished):
    cut = tmp_path / "cut.ckpt"
    content, half, other = read_checkpoint(finished / "teacher.ckpt"), tmp_path / "half.ckpt", tmp_path / "other.ckpt"
    torch.save(content | {"finished": False}, cut)
    torch.save(content | {"state": {"best": {}}}, other)
    half.write_bytes((finished / "teacher.ckpt").read_bytes()[:2000])
    for number, (file, settings, message) in enumerate(
        [
            (finished / "teacher.ckpt", ["--set", "network.d=8"], "its network.d is 6, here 8; allowed one of this network"),
            (finished / "teacher.ckpt", ["--scale", "3"], "its network.scale is 2, here 3"),
            (finished / "student.ckpt", [], "student.ckpt: a student's checkpoint; allowed a teacher's, trained to its end"),
            (cut, [], "cut.ckpt: a teacher that is still in training; allowed a teacher's, trained to its end"),
            (finished / "network.npz", [], "network.npz: damaged or not a checkpoint"),
            (half, [], "half.ckpt: damaged or not a checkpoint (PytorchStreamReader failed reading zip archive"),
            (other, [], "other.ckpt: does not fit its own recipe ("),
            (finished / "student.safetensors", [], "student.safetensors: not a checkpoint of qat.distill"),
        ]
    ):
        out = tmp_path / str(number)
        assert message in refusal(capsys, "--data", images, "--out", out, "--set", f"teacher={file}", *settings)


def test_a_start_and_weight_transfer_are_not_both_possible(tmp_path, capsys, images, finished):
    start = ["--set", f"start={finished / 'student.safetensors'}"]
    message = refusal(capsys, "--data", images, "--out", tmp_path / "out", *start)
    assert message.endswith("allowed one of them: no start, teacher.steps = 0, or method.weight_transfer = false")
    explicit = [*start, "--set", "method.weight_transfer=false", "--set", "student.steps=0", "--set", "teacher.steps=2"]
    assert run("--data", images, "--out", tmp_path / "out", *explicit) == tiny.due_status(tmp_path / "out")
    started, own = (load_float_student(folder / "student.safetensors") for folder in (finished, tmp_path / "out"))
    assert all(torch.equal(value, own.state_dict()[name]) for name, value in started.state_dict().items())


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
    assert facts["recipe"] == tiny.recipe().to_dict()
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


def same_network(folder: Path, finished: Path) -> bool:
    return (folder / "network.npz").read_bytes() == (finished / "network.npz").read_bytes()


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


def test_a_batch_that_the_processes_cannot_share_is_refused():
    distill.check_batch(tiny.recipe(data__batch=6), 3)
    with pytest.raises(RecipeError, match=r"data\.batch = 6; allowed a multiple of the 4 processes"):
        distill.check_batch(tiny.recipe(data__batch=6), 4)


def test_the_default_folder_says_what_was_trained():
    recipe = tiny.recipe(network__scale=3, quantization__bits={"weight": 4, "activation": 6})
    assert distill.default_out(recipe) == Path("runs/tiny-x3-w4a6")


def test_validation_images_are_cut_to_their_middle():
    pairs = tiny.pairs(2)
    (one, _) = limit_pixels(pairs, 2 * 32 * 32)
    assert (one.high == pairs[0].high[4:36, 8:40]).all()
    assert (one.low == pairs[0].low[2:18, 4:20]).all()
