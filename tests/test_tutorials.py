"""The tutorials do what they show: files are written, commands run in order, and what is printed is what stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("tutorial-*.md"))
NEEDED = {
    "tutorial-board": ("da4ml", "cocotb", "cocotbext.axi"),
    "tutorial-own-network": ("torch", "da4ml", "onnxruntime", "skimage"),
    "tutorial-video": ("PIL", "av"),
}
TOOLS = {"tutorial-board": ("g++", "make", "iverilog"), "tutorial-own-network": ("g++",), "tutorial-video": ()}
BLOCK = re.compile(r"^```(.*)\n((?:(?!```).*\n)*)```$", re.MULTILINE)
TITLE = re.compile(r'python title="([\w.]+)"')


def steps(page: str) -> Iterator[tuple[str, str, str]]:
    """("file", name, content) and ("command", words, expected output), in the page's order.

    Raises ValueError for a block of another kind, and for one that does not begin with a command: none goes unread.
    """
    for kind, content in BLOCK.findall(page):
        if title := TITLE.fullmatch(kind):
            yield "file", title[1], content
            continue
        before, *commands = re.split(r"^\$ ", content, flags=re.MULTILINE)
        if kind != "console" or before or not commands:
            raise ValueError(f"block '{kind}': {content[:40]!r}; allowed console with $ before commands, and python with a title")
        for command in commands:
            words, _, output = command.partition("\n")
            yield "command", words, output


def agrees(expected: str, printed: str) -> bool:
    """Whether `printed` is what is expected, `...` being any text within a line."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("..."))), printed) is not None


def perform(page: str, folder: Path) -> int:
    """Does what the page shows in `folder`; how many commands ran.  AssertionError names one that fails or prints otherwise."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"}
    count = 0
    for kind, name, content in steps(page):
        if kind == "file":
            (folder / name).write_text(content)
            continue
        done = subprocess.run(
            ["bash", "-c", name], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert done.returncode == 0, f"{name}: status {done.returncode}\n{done.stdout}"
        assert agrees(content, done.stdout), f"{name}: expected\n{content}printed\n{done.stdout}"
        count += 1
    return count


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_a_tutorial_prints_what_stands_there(path, tmp_path) -> None:
    for module in NEEDED[path.stem]:
        pytest.importorskip(module)
    for tool in TOOLS[path.stem]:
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}")
    assert perform(path.read_text(), tmp_path) >= 5


def test_there_are_three() -> None:
    assert {path.stem for path in PAGES} == set(NEEDED) == set(TOOLS)


PAGE = '```python title="hello.py"\nprint("one 1")\nprint("two")\n```\n\n```console\n$ cd .\n$ python hello.py\none ...\ntwo\n```\n'


def test_a_page_runs_as_it_stands(tmp_path) -> None:
    assert perform(PAGE, tmp_path) == 2


@pytest.mark.parametrize(
    "change",
    [
        ("one ...", "one 2"),
        ("\ntwo\n", "\n"),
        ("$ cd .\n", "$ cd .\nmore\n"),
        ("two\n```", "two\nthree\n```"),
        ("$ cd .", "$ false"),
        ('print("two")', 'print("too")'),
        ("...", ".."),
    ],
)
def test_a_page_that_is_not_true_fails(change, tmp_path) -> None:
    assert PAGE.count(change[0]) == 1
    with pytest.raises(AssertionError, match="python hello.py|cd|false"):
        perform(PAGE.replace(*change), tmp_path)


@pytest.mark.parametrize("block", ["```\n$ ls\n```", "```bash\nls\n```", "```console\nls\n```", "```python\nx = 1\n```"])
def test_a_block_that_nothing_would_run_is_refused(block, tmp_path) -> None:
    with pytest.raises(ValueError, match="allowed console"):
        perform(f"{block}\n", tmp_path)
