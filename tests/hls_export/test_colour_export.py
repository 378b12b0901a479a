"""An export in colour: its files, its manifest, its package and its benches carry three components."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import golden
from golden import video
from hls_export import DEVICES, ExportError, Target, make_plan
from hls_export.__main__ import main
from hls_export.colour.plan import colour_target
from hls_export.folder import verify, write
from rtl_tb.stimulus import small
from tests.hls_export.conftest import sealed_again
from tests.hls_export.test_packaging import schema

pytest.importorskip("da4ml")
NETWORK = small.network((), (3,))
TARGET = Target(28, 20, 1000.0, 1.0, DEVICES["zu15eg"], engine="adders")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = make_plan(NETWORK, colour_target(NETWORK, TARGET))
    return write(NETWORK, plan, tmp_path_factory.mktemp("colour") / "export", colour="444")


def test_the_frames_are_golden_videos(folder: Path) -> None:
    """Of each pixel Y first, then Cb, then Cr, as in a beat of UG934."""
    frames = re.findall(r"^frame (\w+) (\d+) (\d+)$", (folder / "colour/index.txt").read_text(), re.MULTILINE)
    assert len(frames) >= 9
    for name, height, width in frames:
        shape = int(height), int(width), 3
        pixels = np.frombuffer((folder / f"colour/{name}.input.bin").read_bytes(), np.uint8).reshape(shape)
        planes = tuple(np.ascontiguousarray(pixels[..., i]) for i in range(3))
        larger = video.run(NETWORK, video.Picture(video.VideoFormat("4:4:4"), planes))
        assert (folder / f"colour/{name}.output.bin").read_bytes() == np.stack(larger.planes, axis=-1).tobytes()


def test_everything_around_it_has_three_components(folder: Path) -> None:
    top, wrapper = (folder / "rtl/video_top.sv").read_text(), (folder / "ip/video_ip.v").read_text()
    assert "colour_top #(" in top
    assert "[23:0] s_axis_video_tdata" in wrapper
    assert "[95:0] m_axis_video_tdata" in wrapper
    assert "[11:0] m_axis_video_tkeep" in wrapper
    listed = (folder / "rtl/files.f").read_text().split()
    assert listed == sorted(path.name for path in (folder / "rtl").glob("*.sv"))
    assert {"colour_top.sv", "chroma_top.sv", "interpolation_graph.sv", "edge_repeat.sv", "video_join.sv"} < set(listed)
    assert (folder / "weights/interpolation.requantize.mem").is_file()
    assert json.loads((folder / "rtl/colour.json").read_text())["luma"] == NETWORK.hash


def test_the_component_is_valid(folder: Path) -> None:
    etree, found = pytest.importorskip("lxml.etree"), schema()
    assert found.validate(etree.parse(str(folder / "ip/component.xml"))), found.error_log


def test_it_is_written_again_the_same(folder: Path) -> None:
    assert verify(folder) > 200


def test_a_manifest_without_its_colour_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(folder), str(copy)], check=True)
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["told"]["colour"]
    (copy / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    sealed_again(copy)
    with pytest.raises(ExportError, match="not what this version writes"):
        verify(copy)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden.save(NETWORK, tmp_path / "net.npz")
    asked = [str(tmp_path / "net.npz"), "--out", str(tmp_path / "out"), "--resolution", "28x20", "--engine", "adders"]
    assert main([*asked, "--colour", "444", "--pixels-per-clock", "2"]) == 1
    assert "colour at 2 pixels per clock; allowed 1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*asked, "--colour", "444"]) == 0
    assert json.loads((tmp_path / "out/manifest.json").read_text())["told"]["colour"] == "444"
