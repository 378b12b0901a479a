"""The same code against AMD's own ap_int (from the hls4ml wheel, Apache-2.0): downloaded here, never bundled.

HLS4ML_HEADERS names a folder that has them already.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from golden.spec import IntNetwork
from hls_export import library
from hls_export.csim import simulator
from hls_export.csim.frames import chosen
from hls_export.plan.plan import assemble
from hls_export.writers.vectors import vector_files
from tests import networks
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network

WHEEL = "hls4ml==1.3.0"
INSIDE = "hls4ml/templates/vivado/ap_types/"
OWN_WARNINGS = ("-Wno-maybe-uninitialized", "-Wno-uninitialized")
"""Of AMD's header, whose values start unset; the stand-in starts them at their most extreme."""


@pytest.fixture(scope="session")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("HLS4ML_HEADERS")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("hls4ml")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("hls4ml-*.whl"))
    if done.returncode or not wheels:
        message = f"pip cannot download {WHEEL}, whose ap_int.h this test needs: {done.stderr.strip()[-200:]}"
        if os.environ.get("CI_REQUIRE_AP_INT"):
            pytest.fail(message)
        pytest.skip(message)
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith(INSIDE)])
    return folder / INSIDE


NETWORKS = {
    "folded x2": networks.network((3, 4), (3, 1, 9), seed=21),
    "folded x3": networks.network((3, 26), (3, 1, 9), 3, bits=4, seed=22),
    "residual, finer than the sums": build_network(23, 2, (3, 4), (3, 1, 9), residual=3),
    "residual, coarser": build_network(24, 3, (3, 26), (3, 1, 9), residual=-5),
    "adders": networks.network((3, 4), (3, 1, 9), bits=4, seed=21),
    "adders, residual": build_network(23, 2, (3,), (3, 9), residual=3),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_equals_golden_with_the_real_ap_int(name: str, headers: Path, tmp_path: Path) -> None:
    network: IntNetwork = NETWORKS[name]
    plan = assemble(network, replace(TARGET, engine="adders" if "adders" in name else "folded"), 6_000)
    for path, data in simulator.sources(network, plan).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    (tmp_path / "axi").mkdir()
    (tmp_path / "axi/ap_axi_sdata.h").write_bytes(library.files(library.STANDIN)["ap_axi_sdata.h"])
    (tmp_path / "vectors").mkdir()
    for file, data in vector_files(network, chosen(network, 36, 40)).items():
        (tmp_path / "vectors" / file).write_bytes(data)
    flags = ("-O1", *OWN_WARNINGS, "-isystem", str(headers))
    command = simulator.compile_command(tmp_path, tmp_path / "csim", flags, ("axi",))
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[:2000]
    assert "0 mismatches" in simulator.run(tmp_path / "csim", "check", str(tmp_path / "vectors"))
    assert "faults flagged" in simulator.run(tmp_path / "csim", "faults")
