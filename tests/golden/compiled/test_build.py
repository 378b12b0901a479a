"""The cache of compiled networks: what was cut or planted is made anew, a folder that cannot be written is done without."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import golden
from golden.compiled import CompileError, Program, build, cache, fastest, source
from golden.compiled.executor import Compiled
from golden.compiled.instructions import AVX_VNNI, PORTABLE
from golden.executors import Source, Unavailable
from tests.strategies import build_network, noise

NETWORK, OTHER = build_network(1, 2, (2,), (1, 2)), build_network(2, 2, (2,), (1, 2))
FRAME = noise(5, 4)


@pytest.fixture(scope="session", name="built")
def _built() -> bytes:
    """What g++ makes of both networks."""
    files = source.headers() | {"networks.cpp": source.source([NETWORK, OTHER], PORTABLE).encode()}
    return build._build(files, PORTABLE)


@pytest.fixture(name="gxx")
def _gxx(built, tmp_path, monkeypatch) -> Path:
    """A compiler that is as quick as a copy; each build adds a line to the log beside it."""
    program, library = tmp_path / "g++", tmp_path / "library"
    library.write_bytes(built)
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --version ]; then echo copying 1; exit; fi\n'
        f"echo built >> {tmp_path}/log\n"
        'while [ "$1" != -o ]; do shift; done\n'
        f'cp {library} "$2"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("CXX", str(program))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return program


@pytest.fixture(name="folder")
def _folder(gxx) -> Path:
    return gxx.parent / "cache" / "sr2fpga" / "compiled"


def entry(folder: Path, network=NETWORK) -> Path:
    """What is kept of a network that was not there before."""
    before = set(folder.glob("*"))
    assert_right(network)
    (path,) = set(folder.glob("*")) - before
    return path


def assert_right(network=NETWORK) -> None:
    assert np.array_equal(Program(network, PORTABLE).run(FRAME), golden.run(network, FRAME))


def builds(gxx: Path) -> int:
    return len((gxx.parent / "log").read_text().splitlines())


def test_it_is_built_once(folder, gxx) -> None:
    path = entry(folder)
    assert_right()
    assert builds(gxx) == 1
    assert [path] == list(folder.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_entry_that_was_cut_or_planted_is_made_anew(folder, gxx) -> None:
    other, path = entry(folder, OTHER).read_bytes(), entry(folder)
    whole = path.read_bytes()
    elf, digest = whole[: -cache.DIGEST_BYTES], whole[-cache.DIGEST_BYTES :]
    planted = (other, elf[:-1] + b"x" + digest, b"\x7fELF" + digest)
    for content in (b"", whole[:-1], whole[: len(whole) // 2], elf, *planted):
        before = builds(gxx)
        path.unlink()  # a library that is loaded must not change under it
        path.write_bytes(content)
        assert_right()
        assert (path.read_bytes() == whole, builds(gxx)) == (True, before + 1)


def test_a_folder_in_the_way_is_done_without(folder) -> None:
    path = entry(folder)
    path.unlink()
    path.mkdir()
    assert_right()
    assert path.is_dir()


def test_other_flags_and_another_compiler_are_other_entries(folder, gxx, monkeypatch) -> None:
    entry(folder)
    monkeypatch.setattr(build, "FLAGS", (*build.FLAGS, "-g0"))
    entry(folder)
    gxx.write_text(gxx.read_text().replace("copying 1", "copying 2"))
    build.version.cache_clear()
    entry(folder)


FROM_HERE = {"PYTHONPATH": str(Path(golden.__file__).parents[1])}
IN_A_PROCESS = """
import sys, tempfile, numpy as np, golden
from golden.compiled import Program, build
from golden.compiled.instructions import AVX_VNNI, PORTABLE
from tests.golden.compiled.test_build import FRAME, NETWORK
program = Program(NETWORK, PORTABLE)
assert np.array_equal(program.run(FRAME), golden.run(NETWORK, FRAME))
print(program._library._name)
"""


@pytest.mark.parametrize("home", ["a file", "nothing at all", "somebody else's"])
def test_a_home_that_cannot_be_written_costs_a_folder_elsewhere(tmp_path, gxx, home) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "open" / "sr2fpga" / "compiled").mkdir(parents=True)
    (tmp_path / "open" / "sr2fpga" / "compiled").chmod(0o777)
    places = {
        "a file": {"HOME": str(tmp_path / "file"), "XDG_CACHE_HOME": ""},
        "nothing at all": {"HOME": "/proc/none", "XDG_CACHE_HOME": ""},
        "somebody else's": {"XDG_CACHE_HOME": str(tmp_path / "open")},
    }
    (tmp_path / "temporary").mkdir()
    environment = os.environ | FROM_HERE | places[home] | {"TMPDIR": str(tmp_path / "temporary")}
    done = subprocess.run([sys.executable, "-c", IN_A_PROCESS], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == tmp_path / "temporary" / f"sr2fpga-{os.getuid()}" / "compiled"
    assert list((tmp_path / "open" / "sr2fpga" / "compiled").iterdir()) == []


def test_where_no_folder_can_be_kept_it_is_built_for_this_time(tmp_path, gxx) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "temporary" / f"sr2fpga-{os.getuid()}").write_text("in the way")
    environment = os.environ | FROM_HERE | {"HOME": "/proc/none", "XDG_CACHE_HOME": "", "TMPDIR": str(tmp_path / "temporary")}
    done = subprocess.run([sys.executable, "-c", IN_A_PROCESS], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "temporary").iterdir()] == [f"sr2fpga-{os.getuid()}"]


def test_every_cache_does_without_a_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert cache.folder("graphs") == tmp_path / f"sr2fpga-{os.getuid()}" / "graphs"


@pytest.fixture(name="no_compiler")
def _no_compiler(monkeypatch) -> None:
    monkeypatch.setenv("CXX", "/no/such/g++")


NO_COMPILER = "no C++ compiler (g++, or the one that CXX names)"


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_numpy_computes_and_one_line_tells_so() -> None:
    told: list[str] = []
    execute = fastest(told.append)
    for network in (NETWORK, OTHER, NETWORK):
        assert np.array_equal(execute(network, FRAME), golden.run(network, FRAME))
    assert told == [f"NumPy computes, several times slower: {NO_COMPILER}; apt-get install g++"]


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_the_executor_is_unavailable() -> None:
    with pytest.raises(Unavailable) as found:
        Compiled(Source(NETWORK))
    assert (found.value.reason, found.value.remedy) == (NO_COMPILER, "apt-get install g++")


@pytest.mark.usefixtures("gxx")
def test_with_a_compiler_nothing_is_told() -> None:
    told: list[str] = []
    assert np.array_equal(fastest(told.append)(NETWORK, FRAME), golden.run(NETWORK, FRAME))
    assert told == []


def test_what_the_compiler_refuses_is_one_line(folder, gxx) -> None:
    gxx.write_text("#!/bin/sh\necho 'x.cpp:1: error: no such thing' >&2\necho more >&2\nexit 1\n")
    with pytest.raises(CompileError, match=r"g\+\+ refuses the network's C\+\+: x.cpp:1: error: no such thing$"):
        Program(NETWORK)
    assert list(folder.iterdir()) == []


def test_what_this_cpu_cannot_run_is_compiled_all_the_same() -> None:
    """VNNI of 256 bits has an encoding of its own; what it computes, the half-wide form shows elsewhere."""
    files = source.headers() | {"networks.cpp": source.source([NETWORK], AVX_VNNI).encode()}
    assert build._build(files, AVX_VNNI).startswith(b"\x7fELF")
