"""docs/formats.md is the formats: the names in its tables are those that the code writes, all of them and no other."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
import zipfile
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import golden
from golden import networks
from golden.compare import Report
from golden.spec import ARRAYS, LUMA_PART
from hls_export import sealed
from hls_export.folder import tree
from hls_export.plans import Row

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "formats.md").read_text()
NETWORK = "fsrcnn-s-r-x2-w4a4"


def tables(heading: str, page: str = PAGE) -> list[set[str]]:
    """The names in the first column of each table below the heading."""
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^\| ---.*\n((?:\|.*\n)+)", section, re.MULTILINE)
    return [set(re.findall(r"^\| `([^`]+)` \|", block, re.MULTILINE)) for block in blocks]


def written(function: Any) -> set[str]:
    """The keys of the first dictionary in a function's source."""
    found = next(node for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))) if isinstance(node, ast.Dict))
    return {key.value for key in found.keys if isinstance(key, ast.Constant)}


@cache
def export() -> dict[str, bytes]:
    pytest.importorskip("da4ml")
    import hls_export

    network = golden.load(NETWORK)
    plan = hls_export.plan(network, "64x48", device="a100t", engine="adders")
    return tree(network, plan, {"vectors": "small", "facts": None, "measured": None})


def exported(name: str) -> Any:
    return json.loads(export()[name])


def keys(values: Iterable[str]) -> list[set[str]]:
    return [set(values)]


def test_the_network_file() -> None:
    header, layer, arrays = tables("Network: `NAME.npz`")
    with zipfile.ZipFile(networks.named(NETWORK)) as archive:
        content = json.loads(archive.read("header.json"))
        members = {name.split(".")[1] for name in archive.namelist()} - {"json"}
    assert set(content) == header
    assert set().union(*content["layers"]) == layer
    assert members == arrays == {*ARRAYS, LUMA_PART}


def test_the_facts_beside_a_network() -> None:
    from qat.training.run import Run

    (named,) = tables("Facts beside a network: `NAME.json`")
    shipped = set().union(*(json.loads(path.with_suffix(".json").read_text()) for path in networks.shipped()))
    assert written(Run._write) | shipped == named


def test_the_run_folder() -> None:
    pytest.importorskip("torch")
    from qat.training import run, trainer

    (named,) = tables("Run folder: `runs/NAME/`")
    assert {f"{name}.ckpt" for name in re.findall(r"self\._fit\(\"(\w+)\"", inspect.getsource(run))} == {
        name for name in named if name.endswith(".ckpt")
    }
    files = set(re.findall(r"self\.out / \"([\w.]+)\"", inspect.getsource(run)))
    assert files == {name for name in named if not name.endswith((".ckpt", "/"))}
    assert '"events"' in inspect.getsource(trainer)


def test_the_export_folder_and_its_files() -> None:
    top = {name.split("/")[0] + "/" * ("/" in name) for name in export()}
    assert tables("Export folder") == [top]
    assert tables("`manifest.json`") == keys(exported(sealed.MANIFEST))
    assert set(exported(sealed.MANIFEST)["told"]) == {"facts", "measured", "vectors"}
    assert tables("`plan.json`") == keys(exported("plan.json"))
    graphs = [graph for name in export() if name.startswith("graphs/") for graph in exported(name)]
    assert [tables("Adder graph: `graphs/NAME.json`")[0]] * len(graphs) == [set(graph) for graph in graphs]
    makefile = export()["Makefile"].decode()
    (row,) = re.findall(r"^\| `Makefile` \| (.*) \|$", PAGE, re.MULTILINE)
    (goals,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == set(goals.split()) - {"clean"}


def test_what_the_commands_write_as_json() -> None:
    from qat import evaluate

    assert tables("`sr2fpga plan --json`") == keys(field.name for field in fields(Row))
    assert tables("`sr2fpga compare --json`") == [written(Report.write)]
    assert tables("`sr2fpga evaluate --json`") == [written(evaluate.run)]


def test_the_results() -> None:
    files = [json.loads(path.read_text()) for path in (ROOT / "docs" / "results").glob("*-x?-*.json")]
    assert files
    assert [set().union(*files)] == tables("Results: `docs/results/NAME.json`")


def test_the_constants() -> None:
    from golden import archive

    assert f"`{archive.FORMAT}`" in PAGE
    assert f"`{sealed.FORMAT}`" in PAGE
    versions = [archive.VERSION, sealed.VERSION]
    assert [int(number) for number in re.findall(r"^\| `version` \| (\d+) \|$", PAGE, re.MULTILINE)] == versions


def test_a_name_that_is_missing_and_one_too_many_are_seen() -> None:
    heading = "`manifest.json`"
    whole = tables(heading)
    assert tables(heading, PAGE.replace("| `told` |", "| told |")) != whole
    assert tables(heading, PAGE.replace("| `told` |", "| `tales` | |\n| `told` |")) != whole
