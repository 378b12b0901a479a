"""The rooms of the house: who imports whom, names, sizes.  Read with ast, so nothing is imported.

Each rule is a function from a module to its violations; the sources that must violate it stand beside it.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {
    "golden": {"golden"},
    "qat": {"qat", "golden"},
    "hls_export": {"hls_export", "golden"},
    "rtl_tb": {"rtl_tb", "golden", "hls_export"},
}
FRAMEWORKS = {
    "torch",
    "brevitas",
    "lightning_fabric",
    "tensorboard",
    "safetensors",
    "skimage",
    "qonnx",
    "finn",
    "onnxruntime",
    "openvino",
}
LAZY_IN_GOLDEN = {
    "golden/cli/dispatcher.py": {"shtab"},
    "golden/onnx/executors.py": {"onnxruntime", "openvino"},
    "golden/pictures/embedded.py": {"skimage"},
    "golden/pictures/photograph.py": {"PIL"},
    "golden/pictures/quality.py": {"skimage"},
    "golden/pictures/statements.py": {"PIL"},
    "golden/pictures/frames.py": {"skimage"},
    "golden/comparison/page.py": {"PIL"},
    "golden/upscale/progress.py": {"tqdm"},
    "golden/video/container.py": {"av"},
}
AT_THE_HEAD = {f"golden/onnx/{name}.py": {"onnx"} for name in ("graph", "integer", "floats")}
"""Modules of golden that are nothing without a package: others import them inside functions only."""
SPEC_TYPES = {"IntLayer", "IntType", "IntNetwork"}
MEETINGS = {"qat/quantizing/freeze.py", "qat/quantizing/thaw.py"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}
MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 350
MAX_FILES_IN_A_FOLDER = 16


@dataclass(frozen=True)
class Module:
    """A Python file: its path below the root, and its text."""

    path: str
    text: str

    @property
    def room(self) -> str:
        return self.path.split("/")[0]

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """As it is imported: `golden.pictures.luma`; a package by its folder."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True)
class Import:
    """`from module import name`, or `import module` with an empty name; lazy: inside a function.

    for_types: under `if TYPE_CHECKING:`, so that nothing is imported when the program runs.
    """

    module: str
    name: str
    lazy: bool
    for_types: bool = False

    @property
    def root(self) -> str:
        return self.module.split(".")[0]


def imports(module: Module) -> list[Import]:
    nodes = list(ast.walk(module.tree))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {inner for function in functions for inner in ast.walk(function)}
    checks = [node for node in nodes if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")]
    for_types = {inner for check in checks for statement in check.body for inner in ast.walk(statement)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [Import(alias.name, "", node in inside, node in for_types) for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            origin = node.module if node.level == 0 else module.room
            found += [Import(origin or "", alias.name, node in inside, node in for_types) for alias in node.names]
    return found


Graph = dict[str, set[str]]


def import_graph(read: list[Module]) -> Graph:
    """What each module imports among `read` when the program runs, inside functions too; an import of a name from a package is
    one of the module that is called so, or else of the package.
    """
    names = {module.name for module in read}
    graph: Graph = {}
    for module in read:
        used = [(i.module, f"{i.module}.{i.name}") for i in imports(module) if not i.for_types]
        found = {whole if whole in names else origin for origin, whole in used}
        graph[module.name] = (found & names) - {module.name}
    return graph


def by_folder(graph: Graph) -> Graph:
    """The graph of each package's folders; a module at the top of its package stands for itself."""

    def place(name: str) -> str:
        parts = name.split(".")
        return ".".join(parts[:2])

    folders: Graph = {}
    for name, used in graph.items():
        same_package = {place(other) for other in used if other.split(".")[0] == name.split(".")[0] and "." in other}
        folders.setdefault(place(name), set()).update(same_package - {place(name)})
    return folders


def circle(graph: Graph) -> list[str]:
    """A path of imports that comes back to where it began; empty where there is none."""
    done: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(graph.get(name, ())):
            if found := search(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := search(name, []))), [])


def full_folders(read: list[Module]) -> list[str]:
    """Folders with too many Python files."""
    counts = Counter(str(Path(module.path).parent) for module in read)
    return [f"{folder} has {count} Python files" for folder, count in sorted(counts.items()) if count > MAX_FILES_IN_A_FOLDER]


def foreign_rooms(module: Module) -> Iterator[str]:
    """A package of this repository that the module's room must not see."""
    for used in imports(module):
        if used.root in {*ROOMS, "tests", "benchmarks"} - ROOMS[module.room]:
            yield f"{module.path} imports {used.module}"


def frameworks_outside_qat(module: Module) -> Iterator[str]:
    """golden needs NumPy alone; hls_export and rtl_tb work without torch."""
    for used in imports(module):
        if module.room == "golden":
            other = LAZY_IN_GOLDEN.get(module.path, set()) if used.lazy else AT_THE_HEAD.get(module.path, set())
            may = used.lazy or module.path in AT_THE_HEAD
            needy = {path.removesuffix(".py").replace("/", ".") for path in AT_THE_HEAD} - ({used.module} if may else set())
            if used.root not in {"golden", "numpy", *sys.stdlib_module_names, *other} or used.module in needy:
                yield f"{module.path} imports {used.module}"
        elif module.room != "qat" and used.root in FRAMEWORKS:
            yield f"{module.path} imports {used.module}"


def meetings_of_spec_and_student(module: Module) -> Iterator[str]:
    """A module other than freeze and thaw that sees both the types of golden.spec and Brevitas or the quantized student."""
    used = imports(module)
    sees_spec = any(i.module == "golden.spec" or (i.module == "golden" and i.name in {*SPEC_TYPES, "spec"}) for i in used)
    sees_student = any(i.root == "brevitas" or i.name == "QuantizedFSRCNN" for i in used)
    if sees_spec and sees_student and module.path not in MEETINGS:
        yield f"{module.path} sees golden.spec and the quantized student"


def vague_names(module: Module) -> Iterator[str]:
    parts = Path(module.path).with_suffix("").parts
    yield from (f"{module.path} is called {part}" for part in parts if part in VAGUE)


def long_functions(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{module.path}: {node.name} has {lines} lines; allowed {MAX_FUNCTION_LINES}"


def long_files(module: Module) -> Iterator[str]:
    lines = module.text.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{module.path} has {lines} lines; allowed {MAX_FILE_LINES}"


Rule = Callable[[Module], Iterator[str]]
IN_ROOMS: tuple[Rule, ...] = (foreign_rooms, frameworks_outside_qat, meetings_of_spec_and_student)
EVERYWHERE: tuple[Rule, ...] = (vague_names, long_functions, long_files)

VIOLATIONS: list[tuple[Rule, Module]] = [
    (foreign_rooms, Module("golden/a.py", "import qat.model.student")),
    (foreign_rooms, Module("golden/a.py", "def f():\n    from qat.quantizing import freeze\n")),
    (foreign_rooms, Module("qat/a.py", "from hls_export.plan import plan")),
    (foreign_rooms, Module("qat/a.py", "import tests.strategies")),
    (foreign_rooms, Module("hls_export/a.py", "import golden, rtl_tb")),
    (frameworks_outside_qat, Module("golden/a.py", "import torch")),
    (frameworks_outside_qat, Module("golden/a.py", "def f():\n    from scipy import signal\n")),
    (frameworks_outside_qat, Module("golden/a.py", "def f():\n    import PIL.Image\n")),
    (frameworks_outside_qat, Module("golden/pictures/photograph.py", "from PIL import Image")),
    (frameworks_outside_qat, Module("golden/onnx/integer.py", "import onnxruntime")),
    (frameworks_outside_qat, Module("golden/a.py", "from golden.onnx.integer import integer_onnx")),
    (frameworks_outside_qat, Module("golden/pictures/photograph.py", "def f():\n    import torch\n")),
    (frameworks_outside_qat, Module("rtl_tb/a.py", "if True:\n    import brevitas.nn\n")),
    (meetings_of_spec_and_student, Module("qat/a.py", "from golden.spec import IntLayer\nimport brevitas.nn\n")),
    (
        meetings_of_spec_and_student,
        Module("qat/a.py", "from golden import IntType\nfrom qat.model.quantized import QuantizedFSRCNN\n"),
    ),
    (vague_names, Module("golden/utils.py", "")),
    (vague_names, Module("qat/helpers/a.py", "")),
    (long_functions, Module("qat/a.py", "def f():\n" + "    pass\n" * MAX_FUNCTION_LINES)),
    (long_functions, Module("qat/a.py", "class A:\n    async def f(self):\n" + "        pass\n" * MAX_FUNCTION_LINES)),
    (long_files, Module("qat/a.py", "pass\n" * (MAX_FILE_LINES + 1))),
]
ALLOWED: list[tuple[Rule, Module]] = [
    (foreign_rooms, Module("rtl_tb/a.py", "from hls_export import plan\nimport golden.spec\n")),
    (
        frameworks_outside_qat,
        Module("golden/pictures/photograph.py", "import json\nimport numpy\ndef f():\n    from PIL import Image\n"),
    ),
    (frameworks_outside_qat, Module("golden/onnx/integer.py", "import onnx\nfrom golden.onnx.graph import Graph\n")),
    (frameworks_outside_qat, Module("golden/a.py", "def f():\n    from golden.onnx.integer import integer_onnx\n")),
    (frameworks_outside_qat, Module("qat/a.py", "import torch")),
    (meetings_of_spec_and_student, Module("qat/quantizing/freeze.py", "from golden.spec import IntLayer\nimport brevitas.nn\n")),
    (meetings_of_spec_and_student, Module("qat/a.py", "from golden.spec import IntLayer\nimport torch\n")),
    (long_functions, Module("qat/a.py", "def f():\n" + "    pass\n" * (MAX_FUNCTION_LINES - 1))),
    (long_files, Module("qat/a.py", "pass\n" * MAX_FILE_LINES)),
]


def modules(*folders: str) -> list[Module]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths]


@pytest.mark.parametrize("rule", IN_ROOMS, ids=lambda rule: rule.__name__)
def test_every_room_keeps_to_its_imports(rule: Rule) -> None:
    read = modules(*ROOMS)
    assert {"golden/spec.py", "qat/quantizing/freeze.py"} <= {module.path for module in read}
    assert [violation for module in read for violation in rule(module)] == []


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_names_and_sizes(rule: Rule) -> None:
    read = modules(*ROOMS, "tests", "benchmarks")
    assert {"golden/spec.py", "qat/quantizing/freeze.py", "tests/test_architecture.py"} <= {module.path for module in read}
    assert [violation for module in read for violation in rule(module)] == []


def test_no_import_comes_back_to_where_it_began() -> None:
    graph = import_graph(modules(*ROOMS))
    assert "golden.spec" in graph["golden.model"]
    assert circle(graph) == []


def test_folders_import_downwards_only() -> None:
    folders = by_folder(import_graph(modules(*ROOMS)))
    assert "golden.pictures" in folders["golden.upscale"]
    assert circle(folders) == []


def test_every_package_tells_its_types_and_is_held_to_them() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert set(tool["mypy"]["packages"]) == set(ROOMS)
    assert tool["mypy"]["strict"]
    for room in ROOMS:
        assert (ROOT / room / "py.typed").is_file()
        assert "py.typed" in tool["setuptools"]["package-data"][room]


def test_no_folder_is_too_full() -> None:
    read = modules(*ROOMS, "benchmarks")
    assert len(read) > 100
    assert full_folders(read) == []


def test_circles_and_full_folders_are_seen() -> None:
    a, b = Module("golden/a.py", "from golden import b"), Module("golden/b.py", "def f():\n    import golden.a\n")
    assert circle(import_graph([a, b])) == ["golden.a", "golden.b", "golden.a"]
    types_only = Module("golden/b.py", "if TYPE_CHECKING:\n    from golden import a\n")
    assert circle(import_graph([a, types_only])) == []
    up = [
        Module("golden/x/a.py", "import golden.y.a"), Module("golden/y/a.py", ""),
        Module("golden/y/b.py", "import golden.x.b"), Module("golden/x/b.py", ""),
    ]  # fmt: skip
    assert circle(import_graph(up)) == []
    assert circle(by_folder(import_graph(up))) == ["golden.x", "golden.y", "golden.x"]
    assert full_folders([Module(f"qat/m{i}.py", "") for i in range(MAX_FILES_IN_A_FOLDER)]) == []
    assert full_folders([Module(f"qat/m{i}.py", "") for i in range(MAX_FILES_IN_A_FOLDER + 1)]) == ["qat has 17 Python files"]


def test_no_folder_has_a_vague_name() -> None:
    folders = [path for room in (*ROOMS, "tests", "docs", "benchmarks") for path in (ROOT / room).rglob("*")]
    assert len(folders) > 20
    assert [path for path in folders if path.stem in VAGUE] == []


@pytest.mark.parametrize(("rule", "module"), VIOLATIONS, ids=[rule.__name__ for rule, _ in VIOLATIONS])
def test_a_rule_sees_its_violation(rule: Rule, module: Module) -> None:
    assert len(list(rule(module))) == 1


@pytest.mark.parametrize(("rule", "module"), ALLOWED, ids=[rule.__name__ for rule, _ in ALLOWED])
def test_a_rule_allows_what_is_allowed(rule: Rule, module: Module) -> None:
    assert list(rule(module)) == []
