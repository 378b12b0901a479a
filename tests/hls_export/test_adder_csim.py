"""The adder form in C simulation: every layer equals golden, the clocks are the plan's, and a wrong node of a graph is caught."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import golden
from golden import model
from golden.networks import named
from golden.spec import IntNetwork
from hls_export import ExportError, HardwarePlan
from hls_export.csim import simulator
from hls_export.csim.frames import chosen
from hls_export.folder import write
from hls_export.plan.depths import deepened
from hls_export.plan.latency import hls
from hls_export.plan.pipeline import connect
from hls_export.plan.plan import assemble
from tests import networks
from tests.hls_export.conftest import TARGET, make
from tests.hls_export.csim import SIZES, TIMED, Program, check_sizes, counts
from tests.strategies import build_network

ROWS = ("-O1", *simulator.ROWS[1:])
ADDERS = replace(TARGET, engine="adders", clock_mhz=300.0)
NETWORKS = {
    "one layer": networks.network((), (9,), seed=5),
    "x2": networks.network((3, 4), (3, 1, 9), seed=21),
    "x3, 4 bit": networks.network((4, 5), (3, 1, 9), 3, bits=4, seed=22),
    "x4, powers of two": networks.network((3, 5), (5, 3, 9), 4, style="shifts", seed=23),
    "residual": build_network(23, 2, (3, 4), (3, 1, 9), residual=3),
    "residual, x3": build_network(24, 3, (3, 5), (3, 1, 9), residual=-5),
    "residual alone": build_network(3, 2, (), (9,), residual=1),
}


def planned(network: IntNetwork, pixels: int = 1) -> HardwarePlan:
    return assemble(network, replace(ADDERS, pixels_per_clock=pixels), 10**7)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_equals_golden(name: str, program: Program) -> None:
    network = NETWORKS[name]
    plan = planned(network)
    assert {engine.kind for engine in plan.engines} <= {"adder_convolution", "adder_overlap_add"}
    assert plan.resources.dsp == sum(engine.requantize_dsps for engine in plan.engines)
    assert check_sizes(program(network, plan), network, SIZES) > 0


@pytest.mark.parametrize("name", ["one layer", "x3, 4 bit", "residual"])
def test_rows_of_positions_give_the_same(name: str) -> None:
    network = NETWORKS[name]
    plan = planned(network)
    assert simulator.fastest(plan) == simulator.ROWS
    assert check_sizes(simulator.build(simulator.sources(network, plan), ROWS), network, SIZES) > 0


SEVERAL = [("one layer", 4), ("x2", 4), ("residual", 2), ("residual, x3", 2), ("x4, powers of two", 4)]


@pytest.mark.parametrize("flags", [("-O1",), ROWS], ids=["plain", "rows"])
@pytest.mark.parametrize(("name", "pixels"), SEVERAL)
def test_several_pixels_a_clock_give_the_same_at_every_width(name: str, pixels: int, flags: tuple[str, ...]) -> None:
    network = NETWORKS[name]
    plan = planned(network, pixels)
    assert plan.clocks_per_pixel == 1 / pixels
    program = simulator.build(simulator.sources(network, plan), flags)
    sizes = ((1, 1), *((3, width) for width in (1, 2, 3, 5, 7, 16, 17)), (2, 40))
    assert check_sizes(program, network, sizes) > 0


@pytest.mark.parametrize("flags", [("-O1",), ROWS])
def test_a_shipped_network_equals_golden(flags: tuple[str, ...]) -> None:
    network = golden.load(named("fsrcnn-s-r-x2-w4a4"))
    program = simulator.build(simulator.sources(network, planned(network)), flags)
    assert check_sizes(program, network, ((1, 1), (5, 3), (13, 40))) > 0


@pytest.mark.parametrize("pixels", [1, 2])
def test_the_exported_folder_passes_both_ways(pixels: int, tmp_path: Path) -> None:
    folder = write(NETWORKS["residual"], planned(NETWORKS["residual"], pixels), tmp_path / "export")
    assert f"ROWS := {' '.join(simulator.ROWS)}\n" in (folder / "Makefile").read_text()
    done = make(folder, "csim", "rows", "CXXFLAGS=-O1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" 0 mismatches") == done.stdout.count("4 protocol faults flagged") == 2


@pytest.mark.parametrize("flags", [("-O1",), ROWS])
@pytest.mark.parametrize(("name", "last"), [("x2", "adder_overlap_add"), ("residual", "overlap_add")])
def test_folded_and_adder_engines_stand_in_one_pipeline(name: str, last: str, flags: tuple[str, ...]) -> None:
    network = NETWORKS[name]
    adders, folded = planned(network), assemble(network, replace(ADDERS, engine="folded"), 10**7)
    plans = (adders, folded, adders) if last == "adder_overlap_add" else (folded, adders, folded)
    engines = {one.name: one for index, plan in enumerate(plans) for one in plan.engines[index : index + 1]}
    pipeline = connect(network, engines, adders.raster).implemented(hls(TARGET.pixels_in_flight))
    plan = replace(adders, pipeline=deepened(pipeline, adders.raster, TARGET.height, TARGET.width, TARGET.pixels_in_flight))
    assert [engine.kind for engine in plan.engines][1:] == [
        "convolution" if last == "adder_overlap_add" else "adder_convolution",
        last,
    ]
    assert check_sizes(simulator.build(simulator.sources(network, plan), flags), network, SIZES) > 0


@pytest.mark.parametrize(("name", "pixels", "width"), [("x2", 1, 40), ("residual", 1, 40), ("residual", 2, 39), ("x2", 4, 40)])
def test_clocks_are_the_plans(name: str, pixels: int, width: int) -> None:
    network, size = NETWORKS[name], (12, width)
    plan = planned(network, pixels)
    program = simulator.build(simulator.sources(network, plan), *TIMED)
    expected = plan.schedule_of(*size)
    counted, streams = counts(simulator.run(program, "count", *map(str, size)))
    assert {process: clocks for process, (clocks, _) in counted.items()} == expected.busy
    assert streams["m_axis_video"][2:] == (expected.first_output["video_output"], expected.finished["video_output"])
    assert "0 mismatches" in simulator.run(program, "stall", "64", "36", "40")


def test_two_writes_are_the_same_text_with_a_name_for_each_value() -> None:
    network = NETWORKS["residual"]
    files = simulator.sources(network, planned(network))
    assert files == simulator.sources(network, planned(network))
    for engine in planned(network).engines:
        assert engine.adders is not None
        names = re.findall(r"\n    const U?Int<\d+> (\w+) = ", files[f"src/graphs/{engine.name}_graph.h"].decode())
        assert len(set(names)) == len(names)
        assert {f"v{len(engine.adders.operands) + index}" for index in range(len(engine.adders.sums.graph.adders))} <= set(names)


ADDER = r"\n    const (U?Int<\d+>) (v\d+) = (?:sr::shifted<\d+>\()?v\d+\)? [-+] (?:sr::shifted<\d+>\()?v\d+"
REQUANTIZED = r"sr::requantized<U?Int<\d+>, \d+>"
SHIFT = r"sr::shifted<(\d+)>\((v\d+)\)"


def _operand(line: str) -> str:
    """The right operand becomes the value before it."""
    return re.sub(r"v(\d+)(\)?;?)$", lambda found: f"v{int(found[1]) - 1}{found[2]}", line)


MUTANTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "shift": (SHIFT, lambda text: re.sub(r"<(\d+)>", lambda found: f"<{int(found[1]) + 1}>", text)),
    "sign": (ADDER, lambda text: text.replace(" + ", " - ") if " + " in text else text.replace(" - ", " + ")),
    "operand": (ADDER, _operand),
    "width": (ADDER, lambda text: re.sub(r"<(\d+)> v", lambda found: f"<{int(found[1]) - 1}> v", text)),
    "bias": (r"sr::constant<Int, -?\d+>", lambda text: re.sub(r"(-?\d+)>", lambda found: f"{int(found[1]) + 16}>", text)),
    "rounding shift": (REQUANTIZED, lambda text: re.sub(r"\d+(?=>$)", lambda found: f"{int(found[0]) + 1}", text)),
    "slope": (r"is_negative\(a0\), (p\d+), (p\d+)", lambda text: re.sub(r"(p\d+), (p\d+)", r"\2, \1", text)),
}
"""What is wrong -> the place in a graph's text, and what it becomes."""
NODES = ("shift", "sign", "operand", "width")


@pytest.mark.parametrize(("what", "flags"), [*((what, ("-O1",)) for what in MUTANTS), *((what, ROWS) for what in NODES)])
def test_a_wrong_node_is_caught(what: str, flags: tuple[str, ...]) -> None:
    network = networks.network((3,), (3, 5), bits=4, seed=21)
    files = simulator.sources(network, planned(network))
    path, (place, change) = "src/graphs/conv0_graph.h", MUTANTS[what]
    text = files[path].decode()
    found = re.search(place, text)
    assert found is not None
    changed = change(found[0])
    assert changed != found[0]
    files[path] = f"{text[: found.start()]}{changed}{text[found.end() :]}".encode()
    program = simulator.build(files, flags)
    assert not _equals_golden(program, network)


def _equals_golden(program: object, network: IntNetwork) -> bool:
    for frame in chosen(network, 36, 40).values():
        try:
            said = simulator.trace(program, network, frame)  # type: ignore[arg-type]
        except ExportError as error:
            return "does not fit" not in str(error)
        if any(not np.array_equal(said[name], values) for name, values in model.trace(network, frame).items()):
            return False
    return True


EDITS = {
    "right edge of the window": ("hls/sliding_window.h", "column < frame.width", "column < frame.line * PIXELS"),
    "a missing pixel not zero": ("hls/adder_overlap_add.h", ">= place.frame.width) operand", "> place.frame.width) operand"),
    "pixels of a word swapped": ("hls/sliding_window.h", "place % PIXELS * CHANNELS", "(PIXELS - 1 - place % PIXELS) * CHANNELS"),
    "LR pixels swapped": ("hls/pair.h", "Pixels::lane(beside, p)", "Pixels::lane(beside, L::lr_pixels - 1 - p)"),
    "right edge of the taps": ("hls/tap_rows.h", "column < frame.width * L::stride", "column < (frame.line + 1) * block_columns"),
}
"""What is wrong with a word of several pixels -> file, text, what it becomes."""


@pytest.mark.parametrize("what", EDITS)
def test_a_word_taken_wrong_is_caught(what: str) -> None:
    network = NETWORKS["residual"]
    files = simulator.sources(network, planned(network, 2))
    path, old, new = EDITS[what]
    text = files[path].decode()
    assert text.count(old) == 1
    program = simulator.build(files | {path: text.replace(old, new).encode()}, ("-O1",))
    with pytest.raises(AssertionError):
        check_sizes(program, network, ((3, 5), (2, 7)))
