"""The comparison: what agrees, what is caught, what is a failure, and what the command prints."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import golden
from golden import compare, executors, judge, model
from golden.judge import mutants
from golden.pictures import frames
from golden.spec import IntType
from tests import strategies
from tests.golden.faulty import left_behind

ROOT = Path(__file__).parents[2]

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


def of(network: golden.IntNetwork, trace: Any, **options: Any) -> judge.Verdict:
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
        "two phases swapped",
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
    assert result.first == (name, judge.Mismatch("noise", 2, 5, 8, value, value ^ 1))
    assert result.mismatches == 1
    assert not result.agrees
    assert f"first in layer '{name}', channel 2, row 5, column 8 of 'noise'" in result.report()


def test_comparing_nothing_is_no_agreement(network) -> None:
    result = compare.trace_verdict(network, "idle", lambda luma: model.trace(network, luma), {})
    assert (result.verdict, result.reason) == (judge.DIFFERS, "no integer of the last layer was compared")


def test_an_executor_with_a_limit_gets_the_middle_of_larger_frames(network) -> None:
    sizes = []

    def trace(luma):
        sizes.append(luma.size)
        return model.trace(network, luma)

    assert of(network, trace, max_pixels=50).agrees
    assert max(sizes) <= 50


def test_layers_that_an_executor_does_not_output_count_nothing() -> None:
    network = NETWORKS["x2 8 bit"]
    last = network.layers[-1].name
    result = of(network, lambda luma: {last: model.trace(network, luma)[last]})
    assert result.agrees
    assert [layer.compared > 0 for layer in result.layers] == [False] * (len(network.layers) - 1) + [True]
    assert f"does not output {', '.join(layer.name for layer in network.layers[:-1])}" in result.report()


# the command


@pytest.fixture(name="saved")
def _saved(tmp_path):
    path = tmp_path / "network.npz"
    golden.save(NETWORKS["x2 8 bit"], path)
    return path


def test_the_command_succeeds_and_writes_json(saved, tmp_path, capsys) -> None:
    assert compare.main([str(saved), "--against", "oracle,onnx", "--taps", "--mutants", "--json", str(tmp_path / "f.json")]) == 0
    printed = capsys.readouterr()
    assert "oracle     agrees: 0 mismatches" in printed.out
    assert "accumulator one bit below the proof  caught in 1 of 1 layers" in printed.out
    assert "in a process of its own              caught\n" in printed.out
    assert printed.err == ""
    content = strict_json(tmp_path / "f.json")
    assert content["hash"] == NETWORKS["x2 8 bit"].hash
    assert content["versions"].keys() == {"python", "numpy", "sr2fpga"}
    assert [(v["executor"], v["verdict"], v["reason"], v["not_output"]) for v in content["verdicts"]] == [
        ("oracle", "agrees", "", []),
        ("onnx", "agrees", "", []),
    ]
    assert all(v["compared"] > 0 and v["seconds"] > 0 and v["versions"]["python"] for v in content["verdicts"])
    assert all(layer["mismatches"] == 0 and layer["compared"] > 0 for v in content["verdicts"] for layer in v["layers"])
    assert all(fault["caught"] > 0 for fault in content["mutants"])


def strict_json(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(path.read_text(), parse_constant=refuse)


@pytest.fixture(name="with_executors")
def _with_executors(monkeypatch):
    faulty = {"wrong": "OneWrong", "absent": "Absent", "broken": "Raises", "vanishing": "Vanishes", "right": "Right"}
    values = {"oracle": "golden.executors:Oracle"} | {name: f"tests.golden.faulty:{kind}" for name, kind in faulty.items()}
    points = {name: EntryPoint(name, value, executors.GROUP) for name, value in values.items()}
    monkeypatch.setattr(executors, "known", lambda: points)
    monkeypatch.setattr(executors, "SHIPPED", ("oracle", "rtl"))


@pytest.mark.usefixtures("with_executors")
@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--against", "oracle"], 0, "oracle     agrees"),
        (["--against", "oracle,wrong"], 1, "wrong      differs: 20 mismatches in"),
        (["--against", "broken,wrong,absent"], 1, "golden.compare: wrong: differs\n"),
        (["--against", "oracle,broken"], 3, "broken     broke down: ValueError: out of luck\n"),
        (["--against", "absent,vanishing"], 3, "vanishing  broke down: ended with status 0 before its outputs\n"),
        (["--against", "oracle,absent"], 4, "absent     not run: its tool is missing\n           remedy: install it\n"),
        (["--against", "oracle", "--require", "absent"], 4, "golden.compare: absent: not run; --against NAMES leaves them out\n"),
        (["--against", "oracle", "--require", "right"], 0, "right      agrees"),
        (["--against", "right, oracle,right"], 0, "oracle     agrees"),
        ([], 1, "rtl        not run: its entry point is not installed\n           remedy: make install\n"),
        (["--against", "oracle", "--require", "all"], 1, "rtl        not run: its entry point is not installed\n"),
        (["--against", "rtl"], 4, "golden.compare: rtl: not run"),
        (["--against", "none"], 1, "no executor 'none'; allowed absent, broken, oracle, right, rtl, vanishing, wrong"),
        (["--against", "oracle", "--require", "none"], 1, "no executor 'none'"),
        (["--against", ""], 1, "no executor ''"),
    ],
)
def test_the_status_is_that_of_the_worst_verdict(saved, tmp_path, capsys, arguments, status, message) -> None:
    assert compare.main([str(saved), *arguments, "--json", str(tmp_path / "f.json")]) == status
    printed = capsys.readouterr()
    assert message in printed.out + printed.err
    assert "none" in message or "''" in message or len(strict_json(tmp_path / "f.json")["verdicts"]) >= 1


def test_what_ships_is_what_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][executors.GROUP]
    assert tuple(sorted(declared)) == executors.SHIPPED


def test_help_gives_the_exit_statuses(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        compare.main(["--help"])
    assert ended.value.code == 0
    assert compare.EXIT_STATUSES in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--timeout", "0"], ["--timeout", "inf"], ["--timeout", "soon"], ["--jobs", "0"]])
def test_a_wrong_limit_is_refused(saved, arguments) -> None:
    with pytest.raises(SystemExit) as ended:
        compare.main([str(saved), *arguments])
    assert ended.value.code == 2


@pytest.mark.usefixtures("with_executors")
def test_json_that_cannot_be_written_is_said_before_work_begins(saved, tmp_path, capsys) -> None:
    assert compare.main([str(saved), "--against", "oracle", "--json", str(tmp_path / "none" / "f.json")]) == 1
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert "none" in printed.err
    assert "agrees" not in printed.out


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_interrupted_it_keeps_what_has_finished_and_leaves_nothing(saved, tmp_path, number, status) -> None:
    points = (
        "right = tests.golden.faulty:Right\nhangs = tests.golden.faulty:HangsLittering\nmore = tests.golden.faulty:HangsAtOnce\n"
    )
    information, folder = tmp_path / "faulty-1.dist-info", tmp_path / "temporary"
    information.mkdir()
    folder.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[golden.executors]\n{points}")
    command = [sys.executable, "-m", "golden.compare", str(saved), "--against", "right,hangs,more", "--json", "f.json"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "TMPDIR": str(folder)}
    environment["LITTER"] = str(tmp_path / "litter")
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as judging:
        verdicts = wait_for(lambda: [v["verdict"] for v in verdicts_of(tmp_path)], lambda found: "agrees" in found)
        assert verdicts == ["agrees", "not run", "not run"]
        assert wait_for((tmp_path / "litter").exists, bool)
        judging.send_signal(number)
        _, errors = judging.communicate(timeout=60)
    assert judging.returncode == status
    assert errors in (b"golden.compare: interrupted\n", b"")
    assert [v["verdict"] for v in verdicts_of(tmp_path)] == ["agrees", "not run", "not run"]
    assert verdicts_of(tmp_path)[1]["reason"] == "interrupted before its verdict"
    assert wait_for(lambda: left_behind(folder), lambda found: not found) == []


def verdicts_of(folder: Path) -> list[Any]:
    path = folder / "f.json"
    return list(strict_json(path)["verdicts"]) if path.exists() else []


def wait_for(look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """What `look` sees once it is enough, or after a minute."""
    until = time.monotonic() + 60
    while not enough(found := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_a_network_that_an_executor_cannot_take_is_not_run(tmp_path, capsys) -> None:
    path = tmp_path / "nine.npz"
    golden.save(strategies.build_network(0, 2, (4,), (3, 9), hidden=IntType(9, True)), path)
    assert compare.main([str(path), "--against", "oracle,onnx"]) == 4
    printed = capsys.readouterr().out
    assert "oracle     agrees" in printed
    assert "onnx       not run: layer 'conv0': output int9; allowed at most 8 bits in ConvInteger\n           remedy: " in printed


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
