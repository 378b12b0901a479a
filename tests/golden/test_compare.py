"""The comparison: what agrees, what is caught, what is a failure, and what the command prints."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import golden
from golden import compare, executors, model, mutants
from golden.pictures import frames
from golden.spec import IntType
from tests import strategies

NETWORKS = {
    "x2 8 bit": strategies.build_network(1, 2, (6, 3, 3, 6), (5, 1, 3, 1, 9)),
    "x3 4 bit": strategies.build_network(
        3, 3, (6, 3, 6), (5, 3, 1, 9), hidden=IntType(4, True), weight_type=IntType(4, True), style="power of two"
    ),
    "x4 dyadic": strategies.build_network(4, 4, (4, 4), (3, 3, 9), style="dyadic"),
}


@pytest.fixture(params=NETWORKS, name="network")
def _network(request) -> golden.IntNetwork:
    return NETWORKS[request.param]


def of(network: golden.IntNetwork, trace: Any, **options: Any) -> compare.Agreement:
    return compare.trace_verdict(network, "executor", trace, compare.default_frames(network), **options)


def test_golden_agrees_with_itself_in_every_integer(network) -> None:
    result = of(network, lambda luma: model.trace(network, luma, exact="int64"))
    pixels = sum(frame.size for frame in compare.default_frames(network).values())
    assert result.agrees
    assert result.mismatches == 0
    assert result.output_pixels == pixels * network.scale**2
    assert [layer.compared for layer in result.layers] == [
        pixels * layer.out_channels * layer.stride**2 for layer in network.layers
    ]


def test_every_planted_fault_is_caught(network) -> None:
    seen: dict[str, list[bool]] = {}
    for mutant, first in compare.catch_mutants(network, compare.default_frames(network)):
        seen.setdefault(mutant.fault, []).append(first is not None)
    assert set(seen) == {
        "weight off by one",
        "bias off by one",
        "slope off by one",
        "two channels swapped",
        "ties up instead of to even",
        "accumulator one bit below the proof",
        "shifted phase",
    }
    assert all(any(caught) for caught in seen.values()), seen


def test_a_mutant_is_caught_first_in_its_own_layer() -> None:
    network = NETWORKS["x2 8 bit"]
    on = compare.default_frames(network)
    for mutant in mutants.mutants(network):
        result = compare.trace_verdict(network, mutant.fault, mutant.trace, on)
        if result.first:
            assert result.first[0] == mutant.layer, mutant.fault


def test_the_first_mismatch_is_placed_and_both_values_told() -> None:
    network = NETWORKS["x2 8 bit"]
    name = network.layers[1].name

    def wrong(luma):
        taps = model.trace(network, luma)
        taps[name][2, -1, -1] ^= 1
        return taps

    frame = strategies.noise(6, 9)
    result = compare.trace_verdict(network, "wrong", wrong, {"noise": frame})
    value = int(model.trace(network, frame)[name][2, 5, 8])
    assert result.first == (name, compare.Mismatch("noise", 2, 5, 8, value, value ^ 1))
    assert result.mismatches == 1
    assert not result.agrees
    assert f"first in layer '{name}', channel 2, row 5, column 8 of 'noise'" in compare.describe(result, taps=False)


def test_comparing_nothing_is_no_agreement(network) -> None:
    assert not compare.trace_verdict(network, "idle", lambda luma: model.trace(network, luma), {}).agrees


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda taps, last: taps.pop(last), "the last among them"),
        (lambda taps, last: taps.update(extra=taps[last]), "tells layers"),
        (lambda taps, last: taps.update({last: taps[last][:, 1:]}), "golden"),
        (lambda taps, last: taps.update({last: taps[last].astype(float)}), "integers"),
    ],
)
def test_an_incomplete_or_misshapen_answer_is_refused(change, message) -> None:
    network = NETWORKS["x2 8 bit"]

    def trace(luma):
        taps = model.trace(network, luma)
        change(taps, network.layers[-1].name)
        return taps

    with pytest.raises(ValueError, match=message):
        compare.trace_verdict(network, "odd", trace, {"noise": strategies.noise(4, 4)})


def test_an_executor_with_a_limit_gets_the_middle_of_larger_frames(network) -> None:
    sizes = []

    def trace(luma):
        sizes.append(luma.size)
        return model.trace(network, luma)

    assert of(network, trace, max_pixels=50).agrees
    assert max(sizes) <= 50


def test_layers_that_an_executor_does_not_tell_count_nothing() -> None:
    network = NETWORKS["x2 8 bit"]
    last = network.layers[-1].name
    result = of(network, lambda luma: {last: model.trace(network, luma)[last]})
    assert result.agrees
    assert [layer.compared > 0 for layer in result.layers] == [False] * (len(network.layers) - 1) + [True]


# the command


@pytest.fixture(name="saved")
def _saved(tmp_path):
    path = tmp_path / "network.npz"
    golden.save(NETWORKS["x2 8 bit"], path)
    return path


def test_the_command_succeeds_and_writes_json(saved, tmp_path, capsys) -> None:
    assert compare.main([str(saved), "--against", "oracle,onnx", "--taps", "--mutants", "--json", str(tmp_path / "f.json")]) == 0
    printed = capsys.readouterr().out
    assert "oracle     agrees: 0 mismatches" in printed
    assert "accumulator one bit below the proof  caught in 1 of 1 layers" in printed
    content = json.loads((tmp_path / "f.json").read_text())
    assert content["hash"] == NETWORKS["x2 8 bit"].hash
    assert [a["executor"] for a in content["agreements"]] == ["oracle", "onnx"]
    assert all(layer["mismatches"] == 0 and layer["compared"] > 0 for a in content["agreements"] for layer in a["layers"])


class Wrong(executors.Oracle):
    def trace(self, luma):
        taps = super().trace(luma)
        taps[self.network.layers[0].name] += 1
        return taps


class Absent:
    def __init__(self, source):
        raise executors.Unavailable("its tool is missing", "install it")


@pytest.fixture(name="with_executors")
def _with_executors(monkeypatch):
    class Point:
        def __init__(self, kind):
            self.kind = kind

        def load(self):
            return self.kind

    points = {"oracle": Point(executors.Oracle), "wrong": Point(Wrong), "absent": Point(Absent)}
    monkeypatch.setattr(executors, "known", lambda: points)


@pytest.mark.usefixtures("with_executors")
@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--against", "oracle"], 0, "oracle     agrees"),
        (["--against", "oracle,wrong"], 1, "wrong      DIFFERS"),
        ([], 1, "absent     not run: its tool is missing\n           to get it: install it"),
        (["--against", "oracle", "--require", "absent"], 1, "required but not run: absent"),
        (["--against", "absent"], 1, "nothing was compared"),
        (["--against", "none"], 1, "no executor 'none'; allowed oracle, wrong, absent"),
    ],
)
def test_the_status_says_whether_everything_agreed(saved, capsys, arguments, status, message) -> None:
    assert compare.main([str(saved), *arguments]) == status
    printed = capsys.readouterr()
    assert message in printed.out + printed.err


def test_an_executor_that_cannot_run_is_no_failure_unless_required(saved, capsys, monkeypatch) -> None:
    monkeypatch.setattr(compare, "_chosen", lambda arguments: ["oracle", "brevitas"])
    assert compare.main([str(saved)]) == 0
    assert "brevitas   not run: no quantized student at" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("none.npz", None, "none.npz"), ("bad.npz", b"PK", "damaged or not an archive")],
)
def test_a_bad_network_file_is_one_line(tmp_path, capsys, name, content, message) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert compare.main([str(path)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_images_are_compared_in_tiles(saved, tmp_path, capsys) -> None:
    from PIL import Image

    picture = np.random.default_rng(0).integers(0, 256, (200, 210, 3), dtype=np.uint8)
    Image.fromarray(picture).save(tmp_path / "p.png")
    found = compare.image_frames([tmp_path / "p.png"])
    assert sorted(frame.shape for frame in found.values()) == [(8, 18), (8, 192), (192, 18), (192, 192)]
    assert compare.main([str(saved), "--against", "onnx", "--image", str(tmp_path / "p.png")]) == 0
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    assert compare.main([str(saved), "--against", "onnx", "--image", str(tmp_path / "broken.png")]) == 1
    assert "broken.png: broken or not an image" in capsys.readouterr().err


# the frames


def test_the_embedded_photographs_are_scikit_images_crops() -> None:
    embedded, made = frames.photographs(), frames.embed()
    assert list(embedded) == list(made)
    assert all(np.array_equal(embedded[name], made[name]) for name in made)


def test_the_extreme_frame_reaches_the_proved_interval_of_the_first_layer(network) -> None:
    from golden import accumulator

    first = network.layers[0]
    seen = []

    def keep(accumulator, layer):
        seen.append(accumulator)
        return golden.arithmetic.requantize(accumulator, layer)

    model.trace(network, frames.extremes(network), exact="int64", requantize={first.name: keep})
    reached = np.concatenate(seen, axis=1)
    low, high = accumulator.interval(first)
    assert np.array_equal(reached.min(axis=1), low[0])
    assert np.array_equal(reached.max(axis=1), high[0])


@pytest.mark.parametrize(("shape", "pixels"), [((1, 900), 64), ((900, 1), 64), ((30, 30), 64), ((7, 9), 64), ((5, 5), 1)])
def test_the_middle_of_a_frame_is_part_of_it_and_small_enough(shape, pixels) -> None:
    frame = np.arange(shape[0] * shape[1]).reshape(shape)
    part = frames.middle(frame, pixels)
    assert 1 <= part.size <= pixels or part.size == frame.size <= pixels
    top, left = divmod(int(part[0, 0]), shape[1])
    assert np.array_equal(part, frame[top : top + part.shape[0], left : left + part.shape[1]])
