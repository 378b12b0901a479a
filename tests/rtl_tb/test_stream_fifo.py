"""`stream_fifo` driven from Python by cocotb in Icarus, at several depths; a fault in it is caught."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from hls_export import library
from tests.rtl_tb.conftest import needs_icarus

SOURCE = library.files(library.RTL)["stream_fifo.sv"].decode()


def passes(text: str, depth: int, where: Path) -> bool:
    runner_module = pytest.importorskip("cocotb_tools.runner", reason="no cocotb: pip install cocotb==2.1.0")
    from cocotb_tools.check_results import get_results

    (where / "stream_fifo.sv").write_text(text)
    runner = runner_module.get_runner("icarus")
    built = {"hdl_toplevel": "stream_fifo", "build_dir": where / "build"}
    runner.build(sources=[where / "stream_fifo.sv"], parameters={"WIDTH": 9, "DEPTH": depth}, always=True, **built)
    with contextlib.suppress(SystemExit):  # how the runner tells of a failed test
        runner.test(test_module="tests.rtl_tb.fifo_in_cocotb", results_xml=str(where / "results.xml"), **built)
    tests, failures = get_results(where / "results.xml")
    assert tests == 1
    return failures == 0


@needs_icarus
@pytest.mark.parametrize("depth", [2, 3, 8])
def test_order_and_level(depth: int, tmp_path: Path) -> None:
    assert passes(SOURCE, depth, tmp_path)


@needs_icarus
@pytest.mark.parametrize(
    ("old", "new"),
    [("valid_q <= filled_q && ", "valid_q <= push || filled_q && "), ("push ? one_less_q : level_q", "level_q")],
)
def test_a_fault_is_caught(old: str, new: str, tmp_path: Path) -> None:
    assert SOURCE.count(old) == 1
    assert not passes(SOURCE.replace(old, new), 3, tmp_path)
