"""The folder: byte-identical twice, whole or absent, verified file by file."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from golden import ArchiveError
from golden.spec import IntNetwork
from hls_export import ExportError, HardwarePlan
from hls_export import folder as folder_
from hls_export.folder import BUILDING, check_weights, verify, write
from hls_export.writers.scripts import build_files, filled
from tests.hls_export.conftest import sealed_again


def _bytes(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "build" not in path.parts
    }


def test_two_exports_are_byte_identical(small: IntNetwork, plan: HardwarePlan, exported: Path, tmp_path: Path) -> None:
    again = _bytes(write(small, plan, tmp_path / "again"))
    assert again == _bytes(exported)
    assert len(again) > 50


NAMING = (
    *(
        "src/network.h",
        "src/top.cpp",
        "src/top.h",
        "src/weights/conv1.h",
        "weights/conv1.weight.mem",
        "weights/conv1.requantize.mem",
    ),
    *("vectors/index.txt", "vectors/noise.conv1.hex", "plan.json", "manifest.json", "report.html", "Makefile", "README.txt"),
    "vitis/run_hls.tcl",
)


@pytest.mark.parametrize("name", NAMING)
def test_a_generated_file_names_the_network(name: str, small: IntNetwork, exported: Path) -> None:
    assert small.hash in (exported / name).read_text()


def test_verify_counts_the_files_and_ignores_what_make_builds(made: Path) -> None:
    assert (made / "build/csim").is_file()
    assert verify(made) == len(json.loads((made / "manifest.json").read_text())["files"])


def test_weights_read_back_from_the_folder(exported: Path, plan: HardwarePlan) -> None:
    check_weights(exported, plan)


CHANGED = (
    "src/weights/conv1.h",
    "weights/conv1.weight.mem",
    "network.npz",
    "hls/requantize.h",
    "rtl/video_top.sv",
    "vectors/noise.input.bin",
)


@pytest.mark.parametrize("name", CHANGED)
def test_verify_names_a_changed_file(name: str, copy: Path) -> None:
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(bytes(data))
    with pytest.raises(ExportError, match=f"changed {name}"):
        verify(copy)


def test_verify_names_missing_and_extra_files_and_links(copy: Path) -> None:
    (copy / "plan.json").unlink()
    (copy / "vectors/notes.txt").write_text("mine")
    (copy / "Makefile").unlink()
    (copy / "Makefile").symlink_to(copy / "README.txt")
    with pytest.raises(ExportError) as error:
        verify(copy)
    assert "missing plan.json" in str(error.value)
    assert "extra vectors/notes.txt" in str(error.value)
    assert "changed Makefile" in str(error.value)


ENTERED = (
    *("src/weights/conv1.h", "rtl/video_top.sv", "registers/registers.h", "registers/registers.rdl"),
    *("vectors/noise.input.bin", "vectors/index.txt", "report.html", "LAYOUT.md", "verify.py", "rtlsim/bench.py", "README.txt"),
)


@pytest.mark.parametrize("name", ENTERED)
def test_verify_sees_a_change_that_was_entered_in_the_manifest_too(name: str, copy: Path) -> None:
    """A file that agrees with the manifest but not with network.npz, or with what this version writes."""
    path = copy / name
    path.write_bytes(path.read_bytes() + b"// more\n")
    sealed_again(copy)
    with pytest.raises(ExportError, match=rf"{re.escape(name)}.* not what this version writes"):
        verify(copy)


@pytest.mark.parametrize("told", [None, [], {"vectors": "small"}, {"vectors": "all", "facts": None, "measured": None}, "measured"])
def test_verify_refuses_what_an_export_cannot_have_been_told(told: object, copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["told"] = {**manifest["told"], "measured": [7]} if told == "measured" else told
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ExportError, match="'told' is not what|vectors 'all'"):
        verify(copy)


def test_what_the_report_was_told_is_written_again(small: IntNetwork, plan: HardwarePlan, tmp_path: Path) -> None:
    """Training facts stand in the manifest, so that the report is checked too; another fact is another report."""
    facts = {"stages": {"student": {"validation_psnr": 36.5}}, "seed": 3}
    folder = write(small, plan, tmp_path / "told", facts=facts)
    assert verify(folder) > 50
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["told"]["facts"]["seed"] = 4
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ExportError, match="report.html: not what this version writes"):
        verify(folder)


@pytest.mark.parametrize("name", ["extra.txt", "vectors/more.bin"])
def test_verify_refuses_a_file_too_many_that_the_manifest_lists(name: str, copy: Path) -> None:
    (copy / name).write_text("mine")
    sealed_again(copy)
    with pytest.raises(ExportError, match=f"{name}.*: not what this version writes"):
        verify(copy)


def test_verify_refuses_a_manifest_that_forgot_a_file(copy: Path) -> None:
    (copy / "LAYOUT.md").unlink()
    sealed_again(copy)
    with pytest.raises(ExportError, match=r"LAYOUT.md.*: not what this version writes"):
        verify(copy)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "{", '{"format": "sr2fpga-export", "version": 99}', '{"format": "sr2fpga-export", "version": 2}']
)
def test_verify_refuses_what_is_no_manifest(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ExportError, match=r"manifest\.json"):
        verify(tmp_path)


def test_verify_refuses_a_folder_without_manifest(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="missing; allowed a folder that"):
        verify(tmp_path)


def test_a_folder_with_files_is_left_alone(small: IntNetwork, plan: HardwarePlan, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an empty folder"):
        write(small, plan, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled_in_place(
    small: IntNetwork, plan: HardwarePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The working folder, one behind a link, and one with what a killed export left, too."""
    for name in ("empty", "working", "behind", "killed"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to("behind")
    (tmp_path / "killed" / f"{BUILDING}x" / "src").mkdir(parents=True)
    inode = (tmp_path / "empty").stat().st_ino
    monkeypatch.chdir(tmp_path / "working")
    for out in (tmp_path / "empty", Path(), tmp_path / "link", tmp_path / "killed"):
        assert verify(write(small, plan, out)) > 50
    assert (tmp_path / "empty").stat().st_ino == inode
    assert (tmp_path / "link").is_symlink()


def test_a_folder_that_cannot_be_filled_whole_stays_empty(
    small: IntNetwork, plan: HardwarePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, moved = Path.rename, []

    def rename(path: Path, target: Path) -> Path:
        if len(moved) == 3:
            moved.append(path)
            raise OSError(28, "No space left on device", str(path))
        moved.append(path)
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="No space left"):
        write(small, plan, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", ["weight_files", "build_files", "report"])
def test_nothing_is_left_when_writing_fails(
    broken: str, small: IntNetwork, plan: HardwarePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(folder_, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        write(small, plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_named(small: IntNetwork, plan: HardwarePlan) -> None:
    with pytest.raises(OSError) as error:
        write(small, plan, "/proc/export")
    assert "/proc/export" in str(error.value)
    assert not os.path.exists("/proc/export")  # noqa: PTH110


def test_a_file_in_the_way_is_named(small: IntNetwork, plan: HardwarePlan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="not an empty folder"):
        write(small, plan, tmp_path / "file")
    with pytest.raises(OSError, match="file"):
        write(small, plan, tmp_path / "file/below")


def test_a_damaged_network_in_a_rewritten_manifest_is_seen(copy: Path) -> None:
    (copy / "network.npz").write_bytes(b"nothing")
    sealed_again(copy)
    with pytest.raises(ArchiveError, match=r"network\.npz"):
        verify(copy)


def test_scripts_have_every_fact_filled_in_and_a_licence_line(plan: HardwarePlan) -> None:
    files = build_files(plan)
    assert f"build/csim_timed stall 64 9 {plan.target.width}\n" in files["Makefile"].decode()
    for name, text in files.items():
        assert not re.search(rb"@\w+@", text), name
        assert name == "README.txt" or b"SPDX-License-Identifier: Apache-2.0" in text.splitlines()[0], name
    with pytest.raises(ExportError, match="scripts/x: @nothing@; allowed width"):
        filled("a @width@ @nothing@", {"width": 3}, "x")


def test_every_generated_source_has_a_licence_line(exported: Path) -> None:
    endings = (".h", ".cpp", ".sv", ".tcl", ".cfg")
    sources = [path for path in exported.rglob("*") if path.suffix in endings or path.name == "Makefile"]
    assert len(sources) > 50
    for path in sources:
        assert path.read_text().splitlines()[0].endswith("SPDX-License-Identifier: Apache-2.0"), path
