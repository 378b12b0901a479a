"""Recipes: what may be set, what it may be set to, and the one line that refuses the rest."""

from __future__ import annotations

import json

import pytest

from qat.model.quantized import LayerBits
from qat.recipe import SHIPPED, Recipe, RecipeError, flat, load_recipe, parse_change
from qat.training.stages import StudentStage


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_recipe_is_the_papers_network_with_all_stages(name):
    recipe = load_recipe(name)
    assert (recipe.name, recipe.network.d, recipe.network.s, recipe.network.m, recipe.network.scale) == (name, 56, 12, 4, 2)
    assert min(recipe.student.steps, recipe.quantized.steps) > 0
    assert recipe.distills == recipe.has_teacher == (name != "standard")
    assert recipe.network.residual == (name != "paper")


def test_a_recipe_has_at_most_forty_keys():
    assert 30 < len(flat(Recipe().to_dict())) <= 40


def test_the_paper_recipe_has_the_published_values():
    recipe = load_recipe("paper")
    assert (recipe.method.imitation_weight, recipe.method.distillation_weight) == (1e-4, 1e-6)
    assert (recipe.data.patch * recipe.network.scale, recipe.data.batch) == (192, 16)
    assert (recipe.student.rate, recipe.student.steps, StudentStage.final_rate) == (1e-3, 1_000_000, 0.01)
    assert (recipe.method.distribution, recipe.method.distilled_layer, recipe.method.distilled_share) == ("laplace", "expanding", 1)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_recipe_survives_the_round_trip_through_json(name):
    changes = {"quantization.overrides.mapping1.weight": 4, "network.residual": True, "student.stop_loss": 0.01}
    recipe = load_recipe(name, changes)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert recipe != load_recipe(name)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("speed", 3, "unknown key 'speed'; allowed name, seed, network"),
        ("teacher.stepz", 3, "unknown key 'teacher.stepz'; allowed steps, rate"),
        ("teacher", 3, "teacher is 3; allowed a finished teacher's file or a table"),
        ("teacher.steps.many", 3, "'teacher.steps.many': steps is 600; allowed a table"),
        ("teacher.steps", "many", "teacher.steps is 'many'; allowed int"),
        ("teacher.steps", 1.5, "teacher.steps is 1.5; allowed int"),
        ("teacher.steps", True, "teacher.steps is True; allowed int"),
        ("teacher.steps", -1, "teacher: steps = -1; allowed at least 0"),
        ("validate_every", 0, "validate_every = 0; allowed at least 1"),
        ("averaging", 1.0, "averaging = 1.0; allowed 0 (off) to below 1"),
        ("quantized.rate", 0.0, "quantized: rate = 0.0; allowed above 0, at most 1"),
        ("student.rate", float("nan"), "student: rate = nan; allowed above 0, at most 1"),
        ("inq.first", 0.95, "inq: first 0.95 to last 0.9; allowed 0 <= first < last <= 1"),
        ("student.stop_loss", "low", "student.stop_loss is 'low'; allowed float, nothing"),
        ("student.stop_loss", float("nan"), "student: stop_loss = nan; allowed a finite number"),
        ("seed", -1, "seed = -1; allowed at least 0"),
        ("seed", 2**31, "seed = 2147483648; allowed 0 to 2147483647"),
        ("calibration_batches", 0, "calibration_batches = 0; allowed 1 to 10000"),
        ("data.patch", 0, "data: patch = 0; allowed 1 to 4096"),
        ("data.batch", 0, "data: batch = 0; allowed at least 1"),
        ("data.validation", 1.5, "data: validation = 1.5; allowed 0 to 1"),
        ("method.distribution", "cauchy", "method.distribution is 'cauchy'; allowed 'laplace', 'gaussian'"),
        ("method.distilled_share", 0.0, "method: distilled_share = 0.0; allowed above 0, at most 1"),
        ("method.imitation_weight", float("nan"), "method: imitation_weight = nan; allowed 0 to"),
        ("method.distillation_weight", -1.0, "method: distillation_weight = -1.0; allowed 0 to"),
        ("method.encoder_width", 0, "method: encoder_width = 0; allowed 1 to 512"),
        ("method.weight_transfer", 1, "method.weight_transfer is 1; allowed bool"),
        ("method.distilled_layer", "deconvolution", "method.distilled_layer 'deconvolution'; allowed extraction, "),
        ("network.preset", [1], "network.preset [1]; allowed fsrcnn, fsrcnn-s"),
        ("network.preset", "vdsr", "network.preset 'vdsr'; allowed fsrcnn, fsrcnn-s"),
        ("network.scale", 5, "network: scale 5; allowed 2, 3, 4"),
        ("network.rectified", True, "network.rectified is True; allowed 'none', 'wide', 'all'"),
        ("network.slopes", "pixel", "network.slopes is 'pixel'; allowed 'layer', 'channel'"),
        ("quantization.bits", 9, "quantization.bits: weight bits 9; allowed 2..8"),
        ("quantization.bits", 4.5, "quantization.bits is 4.5; allowed one number for both or a table"),
        ("quantization.overrides", 4, "quantization.overrides is 4; allowed a table by layer name"),
        ("quantization.overrides.last.weight", 4, "quantization.overrides: no layer 'last'; allowed extraction, "),
        ("quantization.overrides.mapping1.weight", 1, "quantization.overrides.mapping1: weight bits 1; allowed 2..8"),
        ("quantization.overrides.mapping1", "4", "quantization.overrides.mapping1 is '4'; allowed one number"),
    ],
)
def test_what_is_not_allowed_is_refused_in_one_line_that_says_what_is(key, value, message):
    with pytest.raises(RecipeError) as caught:
        load_recipe("demo", {key: value})
    assert str(caught.value).startswith(f"recipe 'demo': {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["quantization.bits.weight", "quantization.bits.activation", "quantization.overrides.mapping1.weight"]
)
def test_a_plain_network_below_eight_bits_is_refused_with_a_pointer_to_the_residual(key):
    with pytest.raises(RecipeError, match=r"7 bits in a plain network; allowed 8, or network\.residual = true"):
        load_recipe("paper", {key: 7})
    assert load_recipe("paper", {key: 7, "network.residual": True}).network.residual


@pytest.mark.parametrize("content", [b'{"seed": 1}', b"seed = 1\nseed = 2", b"\xff\xfe", b"seed"])
def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path, content):
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(RecipeError, match=r"^recipe '.*mine\.toml': .*; allowed TOML$"):
        load_recipe(str(tmp_path / "mine.toml"))


def test_a_preset_sets_the_sizes_and_what_stands_beside_it_goes_before():
    recipe = load_recipe("demo", {"network.preset": "fsrcnn-s", "network.m": 2})
    assert (recipe.network.d, recipe.network.s, recipe.network.m) == (32, 5, 2)


def test_a_number_of_bits_stands_for_weights_and_activations():
    assert load_recipe("demo", {"quantization.bits": 4}).quantization.bits == LayerBits(4, 4)


def test_one_width_can_be_changed_where_the_recipe_gives_a_number(tmp_path):
    path = tmp_path / "four.toml"
    path.write_text("[network]\nresidual = true\n[quantization]\nbits = 4\n")
    assert load_recipe(str(path), {"quantization.bits.weight": 6}).quantization.bits == LayerBits(6, 4)


def test_an_override_keeps_the_width_that_it_does_not_name():
    overrides = {"quantization.overrides.mapping1.weight": 6, "quantization.overrides.expanding": 8}
    quantization = load_recipe("demo", {"quantization.bits": 4} | overrides).quantization
    assert quantization.of("mapping1") == LayerBits(6, 4)
    assert quantization.of("expanding") == LayerBits(8, 8)
    assert quantization.of("mapping2") == LayerBits(4, 4)


def test_a_toml_file_names_the_recipe_and_keeps_the_defaults_that_it_leaves_out(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[student]\nsteps = 7\n")
    recipe = load_recipe(str(path))
    assert (recipe.name, recipe.student.steps, recipe.teacher) == ("mine", 7, Recipe().teacher)


@pytest.mark.parametrize(("text", "message"), [("[student", "Expected"), ("steps = 1", "unknown key 'steps'")])
def test_a_file_that_is_no_recipe_is_named_and_refused(tmp_path, text, message):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=rf"recipe '.*bad\.toml': .*{message}"):
        load_recipe(str(path))


def test_bytes_that_are_no_text_are_named_and_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"recipe '.*bad\.toml'"):
        load_recipe(str(path))


def test_an_unknown_recipe_is_refused_with_the_ones_there_are():
    with pytest.raises(RecipeError, match="recipe 'fast'; allowed demo, standard, paper or a TOML file"):
        load_recipe("fast")


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("student.steps=100", ("student.steps", 100)),
        ("student.rate = 1e-3", ("student.rate", 1e-3)),
        ("method.weight_transfer=false", ("method.weight_transfer", False)),
        ("method.distribution=gaussian", ("method.distribution", "gaussian")),
        ('name="a=b"', ("name", "a=b")),
        ("quantization.overrides.mapping1={weight=4}", ("quantization.overrides.mapping1", {"weight": 4})),
    ],
)
def test_a_change_is_a_dotted_key_and_a_toml_value_or_a_bare_word(text, change):
    assert parse_change(text) == change


@pytest.mark.parametrize("text", ["student.steps", "=3", ""])
def test_a_change_without_key_or_value_is_refused(text):
    with pytest.raises(RecipeError, match="allowed KEY=VALUE, for example student.steps=100"):
        parse_change(text)
