"""Random networks in every executor: none differs, all that a network may have is drawn, and a rare fault is found and shrunk.

`python -m tests.fuzz --count 10000` tries more; what it finds is kept in tests/fuzz/found/, and tried here in every executor.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from golden import IntLayer, IntNetwork, arithmetic, executors, model
from golden.executors import Unavailable
from golden.spec import MAX_ACCUMULATOR_BITS
from tests.fuzz import __main__ as command
from tests.fuzz.found import Case, kept
from tests.fuzz.hardware import SMALL, Hardware, opened
from tests.fuzz.trials import MismatchError, Trials, fuzz
from tests.rtl_tb.conftest import needs_icarus

FOUND = kept()
EVERYWHERE = [*executors.SHIPPED, *SMALL]


class Watching:
    """Golden itself, which remembers what it was asked."""

    def __init__(self) -> None:
        self.traced: list[tuple[IntNetwork, NDArray[Any], dict[str, NDArray[Any]]]] = []

    def __call__(self, network: IntNetwork, hardware: Hardware) -> Watching:
        self.network = network
        return self

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        self.traced.append((self.network, luma, model.trace(self.network, luma)))
        return self.traced[-1][2]


class Faulty:
    """Golden, but where a negative slope saturates a hidden layer of over 8 unsigned bits above, its output is one less."""

    def __init__(self, network: IntNetwork, hardware: Hardware) -> None:
        self.network = network

    def trace(self, luma: NDArray[Any]) -> dict[str, NDArray[Any]]:
        replaced = {layer.name: self._requantize for layer in self.network.layers[:-1]}
        return model.trace(self.network, luma, exact="int64", requantize=replaced)

    @staticmethod
    def _requantize(accumulator: NDArray[np.int64], layer: IntLayer) -> NDArray[np.int64]:
        right = arithmetic.requantize(accumulator, layer)
        rare = (accumulator < 0) & (layer.negative_multiplier < 0)[:, None] & (right == layer.output.max)
        return right - (rare & (not layer.output.signed and layer.output.bits > 8))


def test_300_networks_have_all_that_a_network_may_have_and_none_differs(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    watching = Watching()
    done = fuzz(300, 1, {**opened(["oracle", "onnx"]), "watching": watching}, tmp_path)
    assert done.networks >= 300
    assert done.refused["oracle"] == 0
    assert done.compared["oracle"] == done.compared["watching"] > 20_000
    assert done.compared["onnx"] > 10_000
    networks = [network for network, _, _ in watching.traced]
    layers = [layer for network in networks for layer in network.layers]
    assert {network.scale for network in networks} == {2, 3, 4}
    assert {layer.kernel for layer in layers if layer.kind == "conv"} == {1, 3, 5}
    assert {layer.kernel for layer in layers if layer.kind == "deconv"} == set(range(2, 10))
    assert {len(network.layers[-1].terms) for network in networks} == {1, 2}
    assert {2, 8, 16} <= {layer.weight_type.bits for layer in layers} <= set(range(2, 17))
    assert {2, 8, 16} <= {layer.output.bits for layer in layers} <= set(range(2, 17))
    assert {layer.output.signed for layer in layers} == {False, True}
    assert {np.sign(value) for layer in layers for value in layer.negative_multiplier.tolist()} == {-1, 0, 1}
    assert any(not layer.weight.any() for layer in layers)
    assert any(layer.weight.any() and not layer.weight.any(axis=(1, 2, 3)).all() for layer in layers)
    assert max(layer.accumulator.bits for layer in layers) == MAX_ACCUMULATOR_BITS
    ends = [(trace[layer.name] == layer.output.max).any() for network, _, trace in watching.traced for layer in network.layers]
    assert sum(ends) > len(ends) // 20
    assert {(1, 1)} < {frame.shape for _, frame, _ in watching.traced}


@needs_icarus
def test_a_handful_in_the_hls_and_the_rtl(tmp_path: Path) -> None:
    done = fuzz(3, 4, opened(list(SMALL)), tmp_path)
    assert done.compared["csim-small"] == done.compared["rtl-small"] > 100


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_what_differed_once_does_so_no_more(case: Case, name: str) -> None:
    done = Trials()
    done.hold(case, opened([name]))
    assert done.compared[name] > 0 or done.reasons[name]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--count", "0"], "--count 0 --every 1000; allowed at least 1 network, and 0 for no lines"),
        (["--count", "-3"], "--count -3 --every 1000; allowed at least 1 network, and 0 for no lines"),
        (["--every", "-1"], "--count 300 --every -1; allowed at least 1 network, and 0 for no lines"),
        (["--against", "oracle,magic"], "no executor 'magic'; allowed brevitas, .*, csim-small, rtl-small"),
        (["--against", ""], "no executor ''; allowed brevitas, .*"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) in (1, 2)
    assert re.fullmatch(f"tests.fuzz: {line}\n", capsys.readouterr().err)


def test_the_command_tells_what_it_compared_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert command.main(["--count", "3", "--every", "2", "--against", "oracle", "--found", str(tmp_path / "found")]) == 0
    shown = capsys.readouterr()
    assert re.search(r"^oracle +0 mismatches in [1-9]\d* integers$", shown.out, re.MULTILINE)
    assert shown.err.startswith("2 networks\n")
    assert not list(tmp_path.iterdir())


def test_no_network_and_no_executor_that_opens_are_failures(tmp_path: Path) -> None:
    def closed(network: IntNetwork, hardware: Hardware) -> None:
        raise Unavailable("it is closed", "open it")

    with pytest.raises(ValueError, match=r"closed: no integer compared in \d+ networks; it is closed; open it"):
        fuzz(3, 1, {"closed": closed}, tmp_path)
    with pytest.raises(ValueError, match="0 networks; allowed at least 1"):
        fuzz(0, 1, opened(["oracle"]), tmp_path)


def test_one_that_breaks_down_is_kept_as_well(tmp_path: Path) -> None:
    def broken(network: IntNetwork, hardware: Hardware) -> None:
        raise RuntimeError("no luck")

    with pytest.raises(MismatchError, match=r"^broken, x2 network 1-1, .*: RuntimeError: no luck; kept as "):
        fuzz(3, 1, {"broken": broken}, tmp_path)
    (case,) = kept(tmp_path).values()
    assert [(layer.kernel, sum(map(np.count_nonzero, layer.arrays().values()))) for layer in case.network.layers] == [(2, 0)]


def test_a_rare_fault_is_found_shrunk_and_kept(tmp_path: Path) -> None:
    """About one network in a hundred has it."""
    line = r"^faulty, x2 network 1-1-1, .*, frames 1x1: 1 of 1 integers differ in layer '\w+'; kept as "
    with pytest.raises(MismatchError, match=line) as told:
        fuzz(1000, 1, {"faulty": Faulty}, tmp_path)
    (case,) = kept(tmp_path).values()
    assert str(told.value).endswith(f"{case.network.hash[:12]}.npz")
    assert [(layer.kernel, layer.in_channels, layer.out_channels) for layer in case.network.layers] == [(1, 1, 1), (2, 1, 1)]
    numbers = [array for layer in case.network.layers for array in layer.arrays().values()]
    assert sum(np.count_nonzero(array) for array in numbers) == 2, "a bias below zero, and a slope that takes it above the type"
    assert [(frame.shape, case.hardware) for frame in case.frames] == [((1, 1), Hardware())]
    with pytest.raises(MismatchError):
        Trials().hold(case, {"faulty": Faulty})
    Trials().hold(case, opened(["oracle"]))
