"""What the tests of the export share: one exported folder, and programs built from changed copies of it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from golden.spec import IntNetwork
from hls_export import DEVICES, HardwarePlan, Target, make_plan
from hls_export.adders import solver
from hls_export.csim import simulator
from hls_export.folder import write
from hls_export.sealed import MANIFEST, digest, entries
from tests import networks

TARGET = Target(width=40, height=36, fps=60.0, clock_mhz=5.0, device=DEVICES["zu3eg"], engine="folded")
"""57 clocks a pixel: foldings of several neuron and synapse folds in every layer."""


@pytest.fixture(scope="session")
def small() -> IntNetwork:
    return networks.network(style="ties")


@pytest.fixture(scope="session")
def plan(small: IntNetwork) -> HardwarePlan:
    return make_plan(small, TARGET)


@pytest.fixture(scope="session")
def exported(small: IntNetwork, plan: HardwarePlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the small network; tests that change it work on a copy."""
    return write(small, plan, tmp_path_factory.mktemp("export") / "small")


@pytest.fixture(scope="session")
def made(exported: Path) -> Path:
    """The export after `make csim`."""
    done = make(exported, "csim")
    assert done.returncode == 0, done.stdout + done.stderr
    return exported


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy of the export to break."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture
def no_graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing solved before; the folder that graphs are kept in."""
    monkeypatch.setattr(solver, "_known", {})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "sr2fpga" / "graphs"


def make(folder: Path, *goals: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), f"PYTHON={sys.executable}", *goals]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=own)


def sealed_again(folder: Path) -> None:
    """Enters a change into the manifest, so that what comes behind the manifest has to see it."""
    manifest = json.loads((folder / MANIFEST).read_text())
    names = [name for name, mode in entries(folder) if stat.S_ISREG(mode) and name != MANIFEST]
    manifest["files"] = {name: digest(folder / name) for name in names}
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.fixture(scope="session")
def program() -> Callable[[IntNetwork, HardwarePlan], Path]:
    """The C simulation of a network and plan."""
    return lambda network, plan: simulator.build(simulator.sources(network, plan), ("-O1",))
