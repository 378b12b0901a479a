"""Synthesis: the cells of a small engine are those of its plan, and a netlist computes what golden does."""

from __future__ import annotations

from dataclasses import replace

import pytest

import golden
from golden import networks
from golden.spec import IntNetwork
from hls_export import HardwarePlan, Target, library, make_plan
from hls_export.plan.devices import device
from hls_export.plan.multipliers import multiplier_dsps
from hls_export.writers import sv
from rtl_tb.bench.design import Instance, exported, instances
from rtl_tb.bench.run import Bench
from rtl_tb.errors import BenchError
from rtl_tb.stimulus import scenarios, small
from rtl_tb.synthesis import __main__ as synthesis_command
from rtl_tb.synthesis import engines as synthesis
from rtl_tb.synthesis.cells import Cells, count
from rtl_tb.synthesis.engines import Row, Synthesis, differences
from rtl_tb.synthesis.flat_netlist import netlisted
from rtl_tb.synthesis.netlist import synthesize
from rtl_tb.synthesis.page import to_json, to_markdown
from rtl_tb.tools.icarus import Icarus
from tests.networks import network as build
from tests.rtl_tb.slimmed import slimmed

pytest.importorskip("pyosys")
HEIGHT, WIDTH = 6, 8


@pytest.fixture(scope="module")
def network() -> IntNetwork:
    return slimmed(golden.load(networks.find(2, 8, "fsrcnn")), 2, ("extraction", "deconvolution"))


@pytest.fixture(scope="module")
def plan(network: IntNetwork) -> HardwarePlan:
    return make_plan(network, Target(WIDTH, HEIGHT, 1000, 1, device("zu15eg"), engine="folded"))


def test_the_dsps_of_a_multiplier_array_are_as_packed() -> None:
    """Three outputs of two operands in pairs: 2 x 2 DSPs; two outputs half of them; unpacked not that number."""
    parameters = {"PE": "3", "SIMD": "2", "LANES_PER_DSP": "2", "PACKED": "PACKED"}
    files = library.files(library.RTL)
    array = Instance("array", "multiplier_array", parameters)
    assert synthesize(array, files).cells.dsp == multiplier_dsps(3, 2, 2) == 4
    fewer = Instance("array", "multiplier_array", {**parameters, "PE": "2"})
    assert synthesize(fewer, files).cells.dsp == multiplier_dsps(2, 2, 2) == 2
    assert synthesize(array, files, packed=False).cells.dsp != 4


def test_one_narrow_lane_is_a_dsp_too() -> None:
    parameters = {"LANES": "1", "WEIGHT_BITS": "4", "OPERAND_BITS": "4", "PRODUCT_BITS": "7"}
    made = synthesize(Instance("one", "packed_multiply", parameters), library.files(library.RTL))
    assert made.cells.dsp == multiplier_dsps(1, 1, 1) == 1


@pytest.mark.slow
def test_the_dsps_of_an_engine_are_the_plans(network: IntNetwork, plan: HardwarePlan) -> None:
    files = sv.sources(network, plan)
    made = synthesize(instances(files["sr_top.sv"].decode())["extraction"], files)
    assert made.cells.dsp == plan.engines[0].dsps > 0
    assert made.cells.luts > 0
    assert made.roms.dsp == 0


@pytest.mark.slow
def test_a_second_term_takes_no_dsp_and_its_pixels_lie_in_block_ram(network: IntNetwork) -> None:
    beside = small.with_residual(network, -2)
    plan = make_plan(beside, Target(1024, 64, 10, 10, device("zu15eg"), engine="folded"))
    files = sv.sources(beside, plan)
    found = instances(files["sr_top.sv"].decode())
    last = plan.engines[-1]
    assert synthesize(found["deconvolution"], files).cells.dsp == last.multiplier_dsps > 0
    assert synthesize(found["deconvolution_graph"], files).cells.dsp == 0
    delay = synthesize(found["pixel_delay"], files).cells
    assert delay.bram36 == synthesis.planned_bram36(plan, "pixel_delay") > 0


@pytest.mark.slow
def test_the_netlist_of_a_whole_network_computes_what_golden_does() -> None:
    """Flat, packed, its ROMs inside; a cell type that has no model would be no module, a deleted datapath a mismatch."""
    folded = build((2,), (1, 3))
    plan = make_plan(folded, Target(WIDTH, HEIGHT, 1000, 1, device("zu15eg"), engine="folded"))
    design, cells = netlisted(exported(folded, plan))
    assert cells.dsp == plan.resources.dsp > 0
    setting = scenarios.Setting(folded, (HEIGHT, WIDTH))
    frames = [setting.noise(3, 4, 1), setting.noise(2, 5, 2)]
    done = Bench(design, Icarus()).run(scenarios.back_to_back("two frames", frames))
    assert done.faults == []
    assert done.compared >= sum(4 * frame.size for frame in frames)
    (name,) = [name for name in design.sources if name == "sr_top.v"]
    broken = design.sources[name].decode().replace(".OPMODE(9'h005)", ".OPMODE(9'h035)", 1).encode()
    wrong = Bench(replace(design, sources={**design.sources, name: broken}), Icarus()).run(
        scenarios.back_to_back("two frames", frames)
    )
    assert wrong.faults != []


@pytest.mark.slow
def test_the_netlist_of_adders_computes_what_golden_does() -> None:
    beside = small.with_residual(build((2,), (1, 3), style="shifts"), -2)
    adders = make_plan(beside, Target(WIDTH, HEIGHT, 60, 1, device("zu15eg"), engine="adders"))
    design, cells = netlisted(exported(beside, adders))
    assert cells.dsp == adders.resources.dsp == 0
    frames = [scenarios.Setting(beside, (HEIGHT, WIDTH)).noise(3, 4, 1)]
    done = Bench(design, Icarus()).run(scenarios.back_to_back("one frame", frames))
    assert done.faults == []
    assert done.compared >= 4 * frames[0].size


def _synthesis(network: IntNetwork, plan: HardwarePlan, dsp: int) -> Synthesis:
    layer = plan.engines[0]
    last = plan.engines[-1]
    rows = [Row(layer.name, "convolution", 4, layer.dsps, 10, 0, Cells(dsp=dsp, lut=5), Cells(), 1.0)]
    rows += [Row(last.name, "overlap_add", 4, last.multiplier_dsps, 0, 0, Cells(dsp=last.multiplier_dsps), Cells(), 1.0)]
    rows += [Row("requantize", "block_requantize", 0, last.requantize_dsps, 0, 0, Cells(dsp=last.requantize_dsps), Cells(), 1.0)]
    return Synthesis("small", network, plan, tuple(rows))


def test_an_engine_must_not_be_missing(network: IntNetwork, plan: HardwarePlan) -> None:
    right = _synthesis(network, plan, plan.engines[0].dsps)
    assert f"no engine {plan.engines[-1].name}" in differences(replace(right, rows=(right.rows[0], right.rows[2])))


def test_one_dsp_too_many_is_a_difference(network: IntNetwork, plan: HardwarePlan) -> None:
    right = _synthesis(network, plan, plan.engines[0].dsps)
    assert differences(right) == []
    assert to_markdown([right]).count("| extraction |") == 1
    assert '"label": "small"' in to_json([right])
    assert len(differences(_synthesis(network, plan, plan.engines[0].dsps + 1))) == 2
    assert len(differences(replace(right, rows=()))) >= 3


def test_cells_are_counted_by_what_they_take() -> None:
    found = count(
        {"DSP48E2": 3, "LUT6": 4, "LUT2": 1, "SRL16E": 2, "RAM64M8": 1, "FDRE": 7, "RAMB18E2": 1, "RAMB36E2": 1, "INV": 1}
    )
    assert found == Cells(dsp=3, lut=5, memory_lut=10, ff=7, bram18=3, other={"INV": 1})
    assert (found + found * 2).luts == 45
    with pytest.raises(BenchError, match=r"cells that no device has: \$mul"):
        count({"$mul": 1})


def test_a_network_that_cannot_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert synthesis_command.main(["nowhere.npz"]) == 1
    assert "nowhere.npz" in capsys.readouterr().err
