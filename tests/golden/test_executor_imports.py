"""What an executor's package requires and is missing is `not run`; any other module that its code lacks `broke down`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

from golden import executors, judge
from golden.judge.verdict import AGREES, BROKE_DOWN, NOT_RUN
from tests.golden.test_judge import FRAMES, NETWORK, TIMEOUT


@pytest.fixture(name="install")
def _install(tmp_path, monkeypatch):
    """Installs executors of one distribution, `faulty`, from their modules' source."""

    def install(**sources: str) -> None:
        information = tmp_path / "faulty_executors-1.0.dist-info"
        information.mkdir()
        requires = "\n".join(f"Requires-Dist: {line}" for line in ("numpy>=1", 'absent-tool[x]<3,>=2; extra == "tool"'))
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: faulty-executors\nVersion: 1.0\n{requires}\n")
        points = "\n".join(f"{name} = faulty_{name}:Executor" for name in sources)
        (information / "entry_points.txt").write_text(f"[golden.executors]\n{points}\n")
        for name, source in sources.items():
            body = "\n\nfrom tests.golden.faulty import Right\n\n\nclass Executor(Right):\n    pass\n"
            (tmp_path / f"faulty_{name}.py").write_text(textwrap.dedent(source) + body)
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


def test_a_missing_requirement_is_not_run_and_any_other_missing_module_broke_down(install) -> None:
    install(
        right="import numpy",
        missing="import absent_tool",
        part="from absent_tool.inner import thing",
        typo="import absent_tol",
        submodule="import numpy.linalgg",
        own="import golden.verdicts",
        name="from golden import no_such_name",
        syntax="import numpy as",
        lie="raise ImportError(\"No module named 'absent_tool'\", name='absent_tool')",
    )
    names = ["right", "missing", "part", "typo", "submodule", "own", "name", "syntax", "lie"]
    found = {verdict.executor: verdict for verdict in judge.compare(NETWORK, names, FRAMES, timeout=TIMEOUT, jobs=2)}
    assert [verdict.verdict for verdict in found.values()] == [AGREES, NOT_RUN, NOT_RUN] + [BROKE_DOWN] * 6
    for name in ("missing", "part"):
        assert found[name].reason == "absent_tool is not installed"
        assert found[name].remedy == "pip install 'faulty-executors[tool]'"
    assert found["typo"].reason == "ModuleNotFoundError: No module named 'absent_tol'"
    assert found["own"].reason == "ModuleNotFoundError: No module named 'golden.verdicts'"
    assert found["syntax"].reason.startswith("SyntaxError")
    assert found["right"].versions["numpy"] == np.__version__


def test_a_requirement_that_is_missed_at_a_frame_is_not_run_either(install) -> None:
    install(late="from tests.golden.faulty import LacksRequirement")
    module = Path(executors.known()["late"].dist.locate_file("faulty_late.py"))  # type: ignore[union-attr, arg-type]
    module.write_text("from tests.golden.faulty import LacksRequirement as Executor\n")
    (found,) = judge.compare(NETWORK, ["late"], FRAMES, timeout=TIMEOUT)
    assert (found.verdict, found.reason) == (NOT_RUN, "absent_tool is not installed")


SHADOWED = (
    "torch",
    "brevitas",
    "onnx",
    "onnxruntime",
    "openvino",
    "qonnx",
    "finn",
    "safetensors",
    "tqdm",
    "skimage",
    "PIL",
    "lightning_fabric",
)


@pytest.mark.parametrize(
    "hidden", [SHADOWED, *[(name,) for name in ("torch", "brevitas", "onnx", "onnxruntime", "openvino", "qonnx", "finn")]]
)
def test_no_shipped_executor_breaks_down_where_a_requirement_is_missing(tmp_path, monkeypatch, hidden) -> None:
    for name in hidden:
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = [name for name in executors.SHIPPED if name not in ("compiled", "csim", "rtl")]
    found = {v.executor: v for v in judge.compare(NETWORK, names, {"dot": FRAMES["third"]}, timeout=TIMEOUT, jobs=2)}
    assert found["oracle"].agrees
    assert BROKE_DOWN not in {verdict.verdict for verdict in found.values()}, found
    missing = [
        verdict
        for verdict in found.values()
        if verdict.reason in {f"{name} is not installed" for name in hidden} | {"finn-base is not installed"}
    ]
    assert missing
    assert all(verdict.verdict == NOT_RUN and verdict.remedy for verdict in missing)
    if hidden == SHADOWED:
        assert len(missing) == len(names) - 1
