"""The ablation runner: its jobs, its resumption, its refusals; and the choice of fewer images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.quality import ablation
from qat.recipe import RecipeError
from qat.training import data
from tests.qat import tiny

PLANS = sorted((Path(__file__).parents[2] / "benchmarks" / "quality" / "ablations").glob("*.toml"))
TEXT = f"""
title = "Tiny"
text = "For a test."
recipe = "{tiny.TOML}"
widths = [4]
seeds = [1, 2]
[common]
"student.steps" = 2
"quantized.steps" = 2
"teacher.steps" = 2
[[arms]]
name = "plain"
set = {{ "teacher.steps" = 0 }}
[[arms]]
name = "taught"
seeds = [1]
"""


@pytest.fixture
def plan(tmp_path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("path", PLANS, ids=[path.stem for path in PLANS])
def test_every_arm_of_the_shipped_plans_is_a_recipe(path) -> None:
    plan = ablation.load_plan(path)
    for arm, seed, column in ablation.jobs(plan):
        if column == ablation.FLOAT:
            assert ablation.float_recipe(plan, arm, seed).seed == seed
        else:
            recipe = ablation.quantized_recipe(plan, arm, seed, int(column.split()[0]), Path("student"))
            assert not recipe.has_teacher
            assert recipe.student.steps == 0


def test_a_stopped_ablation_goes_on_and_ends_with_every_arm_seed_and_width(plan, tmp_path, monkeypatch, capsys) -> None:
    images, out = tiny.photographs(tmp_path / "images"), tmp_path / "result.json"
    command = [str(plan), "--data", str(images), "--out", str(tmp_path / "runs"), "--json", str(out), "--accelerator", "cpu"]
    train, trained = ablation.train, []

    def counted(*arguments):
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(arguments)
        return train(*arguments)

    monkeypatch.setattr(ablation, "train", counted)
    assert ablation.main(command) == 130
    assert len(json.loads(out.read_text())["done"]) == 3
    trained.clear()
    monkeypatch.setattr(ablation, "train", lambda *arguments: trained.append(arguments) or train(*arguments))
    assert ablation.main(command) == 0
    assert len(trained) == 3
    arms = json.loads(out.read_text())["arms"]
    assert {name: {column: len(values) for column, values in arm.items()} for name, arm in arms.items()} == {
        "plain": {"float": 2, "4 bits": 2},
        "taught": {"float": 1, "4 bits": 1},
    }
    assert "plain, seed 2, 4 bits: " in capsys.readouterr().out


def test_a_plan_that_is_none_is_one_line(plan, tmp_path, capsys) -> None:
    for text, message in (
        ("title = 1", "not a plan"),
        (TEXT.replace("teacher.steps", "teacher.stops"), "unknown key 'teacher.stops'"),
        (TEXT.replace("seeds = [1]", "seeds = []"), "no seed for 'taught'; allowed one or more"),
    ):
        plan.write_text(text)
        assert ablation.main([str(plan), "--out", str(tmp_path), "--json", str(tmp_path / "a.json")]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    with pytest.raises(RecipeError):
        ablation.load_plan(plan)


def test_fewer_images_are_contained_in_more() -> None:
    pairs = tiny.pairs(6)
    names = [[pair.name for pair in data.some(pairs, count, 1)] for count in (2, 4, 0, 9)]
    assert [len(chosen) for chosen in names] == [2, 4, 6, 6]
    assert set(names[0]) < set(names[1])
    assert names[0] != [pair.name for pair in pairs[:2]]
