"""Builds a top in Icarus and runs the cocotb tests of a module on it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from hls_export.file_tree import write_files


def failed(files: Mapping[str, bytes], module: str, where: Path, environment: Mapping[str, str], test: str = "") -> list[str]:
    """The names of the tests of `module` that fail, of those whose name contains `test`; none at all is an error.

    Skips the calling test without cocotb.
    """
    runner_module = pytest.importorskip("cocotb_tools.runner", reason="no cocotb: pip install cocotb==2.1.0")
    write_files(where, files)
    runner = runner_module.get_runner("icarus")
    built = {"hdl_toplevel": "video_top", "build_dir": where / "build"}
    sources = [where / name for name in sorted(files) if name.endswith(".sv")]
    runner.build(sources=sources, always=True, **built)
    results = where / "results.xml"
    with contextlib.suppress(SystemExit):  # how the runner tells of a failed test
        runner.test(
            test_module=f"tests.rtl_tb.video_top.{module}",
            results_xml=str(results),
            test_dir=str(where),
            extra_env=dict(environment),
            test_filter=test or None,
            **built,
        )
    return _failures(results)


def _failures(results: Path) -> list[str]:
    from xml.etree import ElementTree

    cases = list(ElementTree.parse(results).iter("testcase"))
    assert cases
    return [case.attrib["name"] for case in cases if case.find("failure") is not None or case.find("error") is not None]
