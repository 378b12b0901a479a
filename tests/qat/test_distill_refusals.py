"""What the command refuses, each in one line that says where, what and what is allowed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from qat.recipe import RecipeError
from qat.training.float_student import load_float_student
from qat.training.run import check_batch
from qat.training.trainer import read_checkpoint
from tests.qat import tiny
from tests.qat.tiny import run, same_network


def refusal(capsys, *arguments: str | Path) -> str:
    """What the command says on stderr, which is one line behind any progress, when it ends with status 1."""
    assert run(*arguments) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "step/s]" not in line and line.strip()]
    assert len(lines) == 1
    assert lines[0].startswith("qat.distill: ")
    return lines[0].removeprefix("qat.distill: ")


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
        (["--set", "teacher.steps=0", "--set", "start=tests"], "start: tests: a folder, no float student; allowed a file"),
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


@pytest.mark.parametrize("setting", ["student.rate=2e-3", "averaging=0.5", "network.slopes=layer", "method.distillation_weight=0"])
def test_a_change_of_an_earlier_stage_is_refused_by_its_key(tmp_path, capsys, images, finished, setting):
    shutil.copytree(finished, tmp_path / "run")
    message = refusal(capsys, "--data", images, "--out", tmp_path / "run", "--resume", "--bits", "5", "--set", setting)
    assert f"{setting.split('=')[0]} = " in message
    assert same_network(tmp_path / "run", finished)


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


def test_a_batch_that_the_processes_cannot_share_is_refused():
    check_batch(tiny.recipe(data__batch=6), 3)
    with pytest.raises(RecipeError, match=r"data\.batch = 6; allowed a multiple of the 4 processes"):
        check_batch(tiny.recipe(data__batch=6), 4)
