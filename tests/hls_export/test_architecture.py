"""What the package may import, and what its C++ may contain."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import hls_export

PACKAGE = Path(hls_export.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
LICENSE = "// SPDX-License-Identifier: Apache-2.0"
CODE = sorted([*PACKAGE.rglob("*.h"), *PACKAGE.rglob("*.cpp")])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_imports_numpy_and_golden_alone(path: Path) -> None:
    """What an export carries imports nothing of this project: its bench of the RTL cocotb, its driver pynq."""
    allowed = {"numpy", "golden", "hls_export", "__future__"} | set(sys.stdlib_module_names)
    allowed |= {"da4ml"} if path.name == "solver.py" else set()
    allowed |= {"cocotb", "cocotb_tools", "cocotbext", "files"} if path.name in ("bench.py", "run.py") else set()
    allowed |= {"pynq"} if path.name == "sr_video.py" else set()
    allowed -= {"numpy", "golden", "hls_export"} if path.parent.name == "scripts" or path.name == "sealed.py" else set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_files_stay_small_and_well_named(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    assert path.stem not in ("utils", "helpers", "common", "misc")


def test_only_requantize_rounds_and_nothing_is_fixed_point() -> None:
    for path in CODE:
        text = path.read_text()
        assert "ap_fixed" not in text, path
        if path.parent.name == "hls" and path.name not in ("requantize.h", "multiply.h"):
            assert not re.search(r"(?<!std::c)(?<!<)>> *\(?\w*shift", text), path


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_code_files_begin_with_their_contract(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0] == LICENSE
    assert lines[1].startswith("// ")
    assert len(lines) <= 300
    assert all(len(line) <= 150 for line in lines)


def test_no_static_frame_state() -> None:
    """Functions of the library keep nothing from one frame to the next, but the video input the beat that opened it early."""
    kept = []
    for path in CODE:
        if path.parent.name == "hls":
            for line in path.read_text().splitlines():
                if re.match(r"\s+static (?!constexpr|inline)(\w|:|<|>)+ \w+( =|;|\{)", line):
                    kept.append((path.name, line.split()[1]))
    assert kept == [("axi_stream_video.h", "HeldBeat<Word>")]
