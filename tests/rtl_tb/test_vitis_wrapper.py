"""The wrapper that puts Verilog of Vitis HLS under the bench, around a stand-in with Vitis's ports and registers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls_export.writers.scripts import build_files
from rtl_tb.bench.design import from_folder
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus.scenarios import Setting, gaps, shapes
from rtl_tb.stimulus.stalls import chosen
from rtl_tb.tools.icarus import Icarus
from tests.rtl_tb import standins

SMALL = Setting(standins.network(), (9, 16))


def _bench(folder: Path, wrapper: bytes) -> Bench:
    standins.folder(folder)
    (folder / "vitis_mock.sv").write_bytes((standins.FOLDER / "vitis_mock.sv").read_bytes())
    (folder / "vitis_wrapper.sv").write_bytes(wrapper)
    return Bench(from_folder(standins.network(), standins.plan(), folder, "vitis_wrapper"), Icarus())


@pytest.fixture(scope="module")
def wrapper() -> bytes:
    return build_files(standins.plan())["vitis/vitis_wrapper.sv"]


def test_frames_of_changing_size_pass(wrapper: bytes, tmp_path: Path) -> None:
    bench = _bench(tmp_path, wrapper)
    for scenario in (*shapes(SMALL), *gaps(SMALL)):
        for stalls in chosen("both", 1):
            outcome = bench.run(scenario, stalls)
            assert outcome.faults == []
            assert outcome.compared > 0


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("{6'h10, 16'd0, frame_height}", "{6'h18, 16'd0, frame_height}"),
        ("else if (ended && !read_data[0]) state_d = Idle;", "else if (ended) state_d = Idle;"),
        ("Start: if (ended) state_d = Poll;", "Start: if (ended) state_d = Start;"),
    ],
)
def test_a_broken_wrapper_is_caught(right: str, wrong: str, wrapper: bytes, tmp_path: Path) -> None:
    text = wrapper.decode()
    assert text.count(right) == 1
    bench = _bench(tmp_path, text.replace(right, wrong).encode())
    assert any(bench.run(scenario).faults for scenario in shapes(SMALL))
