"""What Vitis HLS takes: no recursion, heap, virtual, float or exception; words of plain ap_uint; one flat loop a process.

clang parses the exported code with the stand-in headers, and each rule is a matcher over the code of hls/ and src/ alone; beside
each stands a line that breaks it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hls_export import library
from hls_export.csim import simulator
from hls_export.file_tree import write_files
from hls_export.plan.plan import assemble
from hls_export.writers import cpp_top
from tests import networks
from tests.hls_export.conftest import TARGET
from tests.strategies import build_network

HEADERS = {name: data.decode() for name, data in library.files(library.LIBRARY).items()}
NETWORKS = {
    "folded": networks.network((3, 4), (3, 1, 9), seed=21),
    "overlap-add": networks.network((4, 16), (3, 1, 9), seed=3),
    "folded, residual": build_network(23, 2, (3, 4), (3, 1, 9), residual=3),
    "adders": networks.network((3,), (3, 9), bits=4, seed=21),
    "adders, residual": build_network(23, 2, (3,), (3, 9), residual=3),
}
OURS = 'isExpansionInFileMatching("/(hls|src)/")'
DESUGARED = "hasUnqualifiedDesugaredType(recordType(hasDeclaration({})))"
PORT_WORD = DESUGARED.format('cxxRecordDecl(hasName("ap_axiu"))')
STRUCT = DESUGARED.format('cxxRecordDecl(unless(hasName("Integer")))')
STREAM = DESUGARED.format(f'classTemplateSpecializationDecl(hasName("stream"), hasTemplateArgument(0, refersToType({STRUCT})))')
RULES = {
    "heap": f'expr(anyOf(cxxNewExpr(), cxxDeleteExpr(), callExpr(callee(functionDecl(matchesName("alloc|free"))))), {OURS})',
    "virtual": f"cxxMethodDecl(isVirtual(), {OURS})",
    "float": f"valueDecl(hasType(realFloatingPointType()), {OURS})",
    "float literal": f"floatLiteral({OURS})",
    "exception": f"cxxThrowExpr({OURS})",
    "standard library": f'callExpr(callee(functionDecl(matchesName("^::std::"))), {OURS})',
    "pointer to a function": f"valueDecl(hasType(pointerType(pointee(ignoringParens(functionType())))), {OURS})",
    "port word kept": f"varDecl(hasType({PORT_WORD}), hasStaticStorageDuration(), {OURS})",
    "port word in a struct": f"fieldDecl(hasType({PORT_WORD}), {OURS})",
    "stream of structs": f"varDecl(hasType({STREAM}), unless(parmVarDecl()), {OURS})",
}
BREAKS = {
    "heap": "int* spoilt() { return new int(1); }",
    "virtual": "struct Spoilt { virtual int f() { return 1; } };",
    "float": "inline void spoilt(double) {}",
    "float literal": "inline int spoilt() { return int(1.5f); }",
    "exception": "inline void spoilt() { throw 1; }",
    "standard library": "#include <algorithm>\ninline int spoilt() { return std::max(1, 2); }",
    "pointer to a function": "inline int spoilt(int (*f)()) { return f(); }",
    "port word kept": "inline void spoilt() { static sr::VideoIn<1> kept; (void)kept; }",
    "port word in a struct": "struct Spoilt { sr::VideoIn<1> kept; };",
    "stream of structs": "inline void spoilt() { hls::stream<sr::Position> words; (void)words; }",
}


def _tool(name: str) -> str:
    found = shutil.which(name) or next((str(path) for path in sorted(Path("/usr/lib").glob(f"llvm-*/bin/{name}"))), None)
    if found is None:
        message = f"no {name}, which parses the C++ here: apt-get install clang-tidy"
        if os.environ.get("CI_REQUIRE_CLANG"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def tree(name: str, folder: Path, spoilt: str = "") -> Path:
    network, engine = NETWORKS[name], "adders" if "adders" in name else "folded"
    files = simulator.sources(network, assemble(network, replace(TARGET, engine=engine), 6_000))
    files["src/top.cpp"] += f"\n{spoilt}\n".encode()
    write_files(folder, files)
    return folder


def arguments(folder: Path) -> list[str]:
    return [str(folder / "src/top.cpp"), "--", "-std=c++14", *(f"-I{folder / name}" for name in ("src", "hls", "sim/standin"))]


def broken(folder: Path) -> set[str]:
    """The rules that the code of `folder` breaks."""
    queries = [part for rule in RULES.values() for part in ("-c", f"match {rule}")]
    done = subprocess.run(
        [_tool("clang-query"), "-c", "set output print", *queries, *arguments(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "rror:" not in done.stdout + done.stderr, done.stdout + done.stderr
    found = [int(count) for count in re.findall(r"^(\d+) match(?:es)?\.$", done.stdout, re.MULTILINE)]
    return {rule for rule, count in zip(RULES, found, strict=True) if count}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_code_keeps_every_rule(name: str, tmp_path: Path) -> None:
    assert broken(tree(name, tmp_path)) == set()


@pytest.mark.parametrize("rule", RULES)
def test_a_line_that_breaks_a_rule_is_found(rule: str, tmp_path: Path) -> None:
    """In a file with few others, so that clang is quick."""
    (tmp_path / "src").mkdir()
    write_files(tmp_path, {f"hls/{name}": text.encode() for name, text in HEADERS.items()})
    write_files(tmp_path, {f"sim/standin/{name}": data for name, data in library.files(library.STANDIN).items()})
    (tmp_path / "src/top.cpp").write_text(f'#include "axi_stream_video.h"\n{BREAKS[rule]}\n')
    assert rule in broken(tmp_path)


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_calls_itself(name: str, tmp_path: Path) -> None:
    assert _recursion(tree(name, tmp_path)) == ""


def test_a_function_that_calls_itself_is_found(tmp_path: Path) -> None:
    spoilt = "namespace sr { int spoilt(int n) { return n == 0 ? 0 : spoilt(n - 1); } }"
    assert "'spoilt' is within a recursive call chain" in _recursion(tree("adders", tmp_path, spoilt))


def _recursion(folder: Path) -> str:
    command = [_tool("clang-tidy"), "--quiet", "--checks=-*,misc-no-recursion", "--header-filter=/(hls|src)/", *arguments(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert "error:" not in done.stdout, done.stdout
    return done.stdout


def loops(text: str) -> list[tuple[str, str]]:
    """(loop, the two lines after it) of every loop of a header; those of the faster C simulation left out."""
    synthesized = re.sub(r"#ifdef SR_PLAIN_MULTIPLY.*?#else", "", text, flags=re.DOTALL)
    return re.findall(r"\n *((?:for|while) \([^\n]*\{)\n(?=([^\n]*\n[^\n]*))", synthesized)


@pytest.mark.parametrize("header", HEADERS)
def test_every_loop_is_unrolled_or_the_one_flat_loop_of_its_process(header: str) -> None:
    text = HEADERS[header]
    flat = [loop for loop, after in loops(text) if "PIPELINE II = 1\n#pragma HLS LOOP_TRIPCOUNT min = 1 max = most_clocks" in after]
    unrolled = [loop for loop, after in loops(text) if after.startswith("#pragma HLS UNROLL\n")]
    assert len(flat) + len(unrolled) == len(loops(text)) == len(re.findall(r"\n *(?:for|while) \(.*\{\n", text))
    assert len(flat) == len(re.findall(r"static void run\(", text)) == text.count("#pragma HLS PIPELINE")
    assert "LOOP_FLATTEN" not in text
    assert [loop for loop in unrolled if re.search(r"frame|width|height|position", loop)] == []


def test_each_internal_stream_carries_one_ap_uint() -> None:
    kinds = {process.kind for name, network in NETWORKS.items() for process in assemble(network, TARGET, 6_000).pipeline.processes}
    assert kinds - {"video_output", "requantize"} <= set(cpp_top.WORDS)
    for word in cpp_top.WORDS.values():
        assert re.fullmatch(r".*::Word", word), word
