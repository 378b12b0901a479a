"""Which engine a layer gets, at which clock, and what the plan of adders is made of."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import golden
from golden.networks import named
from hls_export import ExportError, Target, make_plan
from hls_export.plan.choice import clocked
from hls_export.plan.devices import DEVICES, device
from hls_export.plan.pipeline import ENGINES
from hls_export.plan.plan import in_rtl
from hls_export.plan.target import LOWEST
from tests import networks
from tests.networks import NETWORKS

KV260 = Target(1920, 1080, 60.0, LOWEST, DEVICES["kv260"], engine="auto")
W4A8 = golden.load(named("fsrcnn-r-x2-w4a8"))


def test_the_full_network_fits_a_kv260_without_a_multiplier() -> None:
    plan = make_plan(W4A8, KV260)
    assert plan.resources.dsp == plan.lanes == 0
    assert plan.clocks_per_pixel == 1
    assert 1920 * 1080 < plan.clocks_per_frame < 1.01 * 1920 * 1080
    assert plan.target.clock_mhz == pytest.approx(plan.clocks_per_frame * 60 / 1e6, abs=0.02)
    assert plan.fps >= 60
    assert 0.99 < plan.utilisation <= 1
    with pytest.raises(ExportError, match="DSP needed"):
        make_plan(W4A8, replace(KV260, engine="folded"))


@pytest.mark.parametrize(("name", "highest"), [("kv260", 300), ("a200t", 200), ("ecp5-85", 125)])
def test_a_clock_that_is_not_asked_for_is_one_the_family_reaches(name: str, highest: float) -> None:
    target = replace(KV260, device=DEVICES[name])
    pixels = target.height * target.width
    assert clocked(W4A8, replace(target, fps=highest * 0.95e6 / pixels)).clock_mhz <= highest
    fast = replace(target, fps=highest * 1.01e6 / pixels)
    with pytest.raises(ExportError, match=rf"needs .* at LR pixels a clock: 1; allowed {highest} MHz on {name}"):
        clocked(W4A8, fast)
    assert clocked(W4A8, replace(fast, clock_mhz=2 * highest)).clock_mhz == 2 * highest
    assert clocked(W4A8, replace(fast, pixels_per_clock=2, engine="adders")).clock_mhz < highest
    assert clocked(W4A8, replace(fast, engine="folded")).clock_mhz == highest


def test_a_low_rate_of_a_small_network_is_folded() -> None:
    plan = make_plan(networks.network((12, 12), (3, 3, 9)), replace(KV260, width=160, height=120, fps=30.0))
    assert {engine.kind for engine in plan.engines} <= {"convolution", "overlap_add"}
    assert plan.target.clock_mhz == 100
    assert all("adders would take" in engine.reason for engine in plan.engines)


def test_a_mixture_takes_less_of_the_device_than_either_form() -> None:
    target = replace(KV260, width=640, height=360, fps=60.0)
    shares = {}
    for engine in ("auto", "adders", "folded"):
        plan = make_plan(W4A8, replace(target, engine=engine, clock_mhz=200.0, device=DEVICES["zu15eg"]))
        shares[engine] = max(plan.resources.dsp / DEVICES["zu15eg"].dsp, plan.resources.lut / DEVICES["zu15eg"].lut)
        kinds = {one.adders is None for one in plan.engines}
        assert kinds == {"auto": kinds, "adders": {False}, "folded": {True}}[engine]
    assert shares["auto"] <= min(shares.values()) + 0.01


def test_the_lr_pixel_is_an_operand_of_the_last_engine() -> None:
    plan = in_rtl(make_plan(W4A8, KV260))
    kinds = [process.kind for process in plan.pipeline.processes]
    assert kinds[:2] == ["video_input", "fork"]
    assert kinds[-5:] == ["delay", "pair", "adder_overlap_add", "requantize", "video_output"]
    (pair,) = plan.pipeline.of("pair")
    assert [plan.pipeline.stream(name).width_bits for name in pair.reads] == [56 * 8, 8]
    assert plan.pipeline.stream(pair.writes[0]).width_bits == 57 * 8
    assert plan.pipeline.of("requantize")[0].engine == plan.engines[-1]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_a_plan_of_adders(name: str) -> None:
    plan = make_plan(NETWORKS[name], replace(KV260, width=64, height=36, device=DEVICES["zu15eg"], engine="adders"))
    assert all(process.layer.adders is not None for process in plan.pipeline.processes if process.kind in ENGINES)
    facts = json.loads(plan.to_json())
    assert [engine["adders"]["clocks"] for engine in facts["engines"]] == [one.adders.clocks for one in plan.engines]  # type: ignore[union-attr]


@pytest.mark.parametrize(("engine", "mhz"), [("adders", 124.65), ("auto", 124.65), ("folded", 300.0)])
def test_a_clock_that_is_not_asked_is_the_lowest(engine: str, mhz: float) -> None:
    assert clocked(W4A8, replace(KV260, engine=engine)).clock_mhz == mhz
    assert clocked(W4A8, replace(KV260, engine=engine, clock_mhz=200.0)).clock_mhz == 200


def test_a_rate_above_a_pixel_a_clock_is_refused() -> None:
    with pytest.raises(ExportError, match=r"do not fit .* clocks; allowed at 100 MHz at most 48\.\d fps"):
        make_plan(W4A8, replace(KV260, clock_mhz=100.0))


def test_a_device_by_numbers() -> None:
    given = device("lut=53200,dsp=220,bram36=140,part=xc7z020,family=7-series")
    assert (given.lut, given.dsp, given.bram36, given.uram, given.part) == (53200, 220, 140, 0, "xc7z020")
    assert given.family == "7-series"


def test_what_fits_is_told_in_the_luts_of_the_device() -> None:
    """Of four inputs on ECP5: fsrcnn-s-r-x2-w4a4 took 32,580 of them when it was placed and routed."""
    small, full = (golden.load(named(f"{model}-x2-w4a4")) for model in ("fsrcnn-s-r", "fsrcnn-r"))
    ecp5 = replace(KV260, device=DEVICES["ecp5-85"], engine="adders")
    plan = make_plan(small, ecp5)
    assert ecp5.device.luts(plan.resources.lut) == 2 * plan.resources.lut
    assert make_plan(full, replace(ecp5, device=DEVICES["kv260"])).resources.lut < ecp5.device.lut
    with pytest.raises(ExportError, match=r"LUT \(estimate\) needed, 83640 there"):
        make_plan(full, ecp5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kv261", "not known; allowed zu3eg"),
        ("lut=5", "no dsp, bram36, part"),
        ("lut=5,lut=6,dsp=1,bram36=1,part=x", "'lut=6'"),
        ("lut=-5,dsp=1,bram36=1,part=x", "'lut=-5'"),
        ("lut=5,dsp=1,bram36=1,part=x,family=stratix", "family 'stratix'; allowed ultrascale"),
        ("lut=5,dsp=1,bram36=1,part=", "'part='"),
    ],
)
def test_a_device_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        device(text)
