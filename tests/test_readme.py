"""README and docs/commands.md are true: commands exist, options are known, files are there, make targets are in the Makefile."""

from __future__ import annotations

import importlib
import importlib.util
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

from golden.cli import dispatcher
from hls_export.folder import verify
from tests.rtl_tb.conftest import needs_verilator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
PACKAGES = ("qat", "golden", "hls_export", "rtl_tb")
COMMANDS_IN = (*PACKAGES, "benchmarks/quality")
ROWS = re.findall(r"^\| `((?:qat\.|golden\.|hls_export|rtl_tb\.?|benchmarks\.q)[\w.]*)[^`]*` \| (.*) \|$", COMMANDS, re.MULTILINE)


def test_the_page_of_commands_names_every_one() -> None:
    commands = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
        for package in COMMANDS_IN
        for path in (ROOT / package).rglob("*.py")
        if "__name__ == " in (text := path.read_text()) and ("ArgumentParser(" in text or path.name == "__main__.py")
    }
    assert {name for name, _ in ROWS} == commands


@pytest.mark.parametrize(("module", "row"), ROWS, ids=[name for name, _ in ROWS])
def test_the_options_that_the_page_names_are_known(module, row, capsys) -> None:
    has_main = (ROOT / module.replace(".", "/") / "__main__.py").is_file()
    with pytest.raises(SystemExit) as stop:
        importlib.import_module(f"{module}.__main__" if has_main else module).main(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: python -m {module}")
    for option in re.findall(r"--[a-z-]+", row):
        assert option in shown, option


@pytest.mark.slow
@needs_verilator
def test_the_five_lines_of_python_do_what_they_are_there_for(tmp_path, monkeypatch, capsys) -> None:
    """As they stand, but of the smallest network."""
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"^## In Python\n\n((?:    .*\n)+)", README, re.MULTILINE)
    code = textwrap.dedent(block)
    assert len(code.splitlines()) == 5
    assert code.count("fsrcnn-r-x2-w8a8") == 1
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 4), dtype=np.uint8)
    names = {"image": image}
    exec(code.replace("fsrcnn-r-x2-w8a8", "fsrcnn-s-r-x2-w4a4"), names)
    assert names["larger"].shape == (12, 16, 4)
    assert re.findall(r"^(\w+) +agrees: 0 mismatches in \d+ integers", capsys.readouterr().out, re.MULTILINE) == ["csim", "rtl"]
    assert verify("export") > 50


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^    make (\w+)", README, re.MULTILINE)
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_module_in_the_readme_exists() -> None:
    for package in PACKAGES:
        row = next(line for line in README.splitlines() if line.startswith(f"| `{package}/` |"))
        for name in re.findall(r"`(\w+)/?`", row.split("|", 2)[2]):
            assert (ROOT / package / f"{name}.py").is_file() or (ROOT / package / name).is_dir(), name
    for name in re.findall(r"`python -m (benchmarks\.[\w.]+)[ `]", README + (ROOT / "docs" / "method.md").read_text()):
        assert importlib.util.find_spec(name), name


def test_patent_and_paper_are_named() -> None:
    assert "KR 10-2543690" in README
    assert "arXiv 2007.07524" in README.replace("\n", " ")


def test_the_first_screen_is_short_and_its_links_and_picture_are_there() -> None:
    assert README.count("\n") <= 200
    for page in ("README.md", "docs/commands.md", "docs/method.md"):
        path = ROOT / page
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).is_file(), f"{page}: {target}"


COMMAND = re.compile(r"^    \.venv/bin/sr2fpga (\S+)((?: \S+)*)", re.MULTILINE)


@pytest.mark.parametrize(("command", "words"), COMMAND.findall(README), ids=lambda text: text.strip()[:30])
def test_the_commands_of_the_three_ways_in_are_known(command, words, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        dispatcher.main([command, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    for option in re.findall(r"--[a-z-]+", words.split("#")[0]):
        assert option in shown, option
