"""The judge: every executor in a process of its own, whose faults are its verdict alone."""

from __future__ import annotations

import tempfile
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

import golden
from golden import executors, judge, model
from golden.judge.verdict import AGREES, BROKE_DOWN, DIFFERS, NOT_RUN, Verdict
from tests import strategies
from tests.golden.faulty import left_behind

NETWORK = strategies.build_network(1, 2, (6, 3, 3, 6), (5, 1, 3, 1, 9))
LAYERS = [layer.name for layer in NETWORK.layers]
FRAMES = {"noise": strategies.noise(6, 9), "second": strategies.noise(5, 4, 1), "third": strategies.noise(1, 1, 2)}
INTEGERS = sum(frame.size * layer.out_channels * layer.stride**2 for frame in FRAMES.values() for layer in NETWORK.layers)
TIMEOUT = 100.0


def ask(*names: str, **options: object) -> list[Verdict]:
    """The verdicts on executors of `tests.golden.faulty`, in this order."""
    points = [EntryPoint(name, f"tests.golden.faulty:{name}", executors.GROUP) for name in names]
    return list(judge.verdicts(NETWORK, points, FRAMES, **({"timeout": TIMEOUT, "jobs": 2} | options)))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert left_behind(tmp_path) == []


# sealed


def test_one_that_zeroes_its_frame_does_not_make_a_wrong_one_agree() -> None:
    found = ask("Zeroing", "Wrong", "Vandal", "ZeroingAfterwards", "Wrong", "Right", jobs=1)
    assert [verdict.verdict for verdict in found] == [DIFFERS, DIFFERS, DIFFERS, AGREES, DIFFERS, AGREES]
    assert found[0].mismatches > 0
    assert found[1].first == found[4].first
    assert {verdict.compared for verdict in found if verdict.executor != "Vandal"} == {INTEGERS}


def test_golden_integers_frames_and_network_cannot_be_reached(tmp_path) -> None:
    path = tmp_path / "network.npz"
    golden.save(NETWORK, path)
    frames = {name: frame.copy() for name, frame in FRAMES.items()}
    found = ask("Vandal", "Right", "Wrong", path=path, jobs=1)
    assert [verdict.verdict for verdict in found] == [DIFFERS, AGREES, DIFFERS]
    assert path.read_bytes() == b"gone"
    assert all(np.array_equal(FRAMES[name], frame) for name, frame in frames.items())


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_broken_one_is_its_own_verdict_alone(jobs) -> None:
    found = ask("Right", "Vanishes", "Wrong", "Raises", "Absent", "Right", jobs=jobs)
    assert [verdict.verdict for verdict in found] == [AGREES, BROKE_DOWN, DIFFERS, BROKE_DOWN, NOT_RUN, AGREES]


# what it outputs


@pytest.mark.parametrize("name", ["Wide", "BigEndian", "Strided"])
def test_any_integer_dtype_and_layout_is_compared(name) -> None:
    (found,) = ask(name)
    assert (found.verdict, found.compared, found.mismatches, found.not_output) == (AGREES, INTEGERS, 0, [])
    assert found.seconds > 0
    assert "python" in found.versions


def test_one_wrong_integer_is_placed() -> None:
    (found,) = ask("OneWrong")
    value = int(model.trace(NETWORK, FRAMES["noise"])[LAYERS[-1]][0, -1, -1])
    assert (found.verdict, found.mismatches) == (DIFFERS, len(FRAMES))
    place = f"channel 0, row 11, column 17 of 'noise': golden {value}, executor {value ^ 1}"
    assert found.reason == f"first in layer '{LAYERS[-1]}', {place}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Floats", "float64 (6, 6, 9); allowed integers (6, 6, 9)"),
        ("Bools", "bool (1, 12, 18); allowed integers (1, 12, 18)"),
        ("Objects", "object (1, 12, 18)"),
        ("NaNs", "float64 (1, 12, 18)"),
        ("Complex", "complex128"),
        ("Times", "timedelta64"),
        ("Masked", "MaskedArray ()"),
        ("Lists", "list ()"),
        ("Nothing", "NoneType ()"),
        ("Flat", "uint8 (216,); allowed integers (1, 12, 18)"),
        ("Scalar", "int64 ()"),
        ("Cropped", "uint8 (1, 11, 18)"),
        ("Batched", "uint8 (1, 1, 12, 18)"),
        ("NoLast", f"outputs {', '.join(LAYERS[:-1])}; the last, {LAYERS[-1]}, must be among them"),
        ("Extra", f"outputs 'extra'; allowed layers {', '.join(LAYERS)}"),
        ("Empty", f"outputs no layer; the last, {LAYERS[-1]}, must be among them"),
        ("Numbered", "dict with names [0, 1, 2"),
        ("NoDict", "outputs list; allowed a dict of arrays by layer name"),
        ("NotAnything", "outputs int; allowed a dict"),
    ],
)
def test_what_are_no_integers_of_the_layers_differs(name, reason) -> None:
    (found,) = ask(name)
    assert found.verdict == DIFFERS
    assert reason in found.reason
    assert found.compared == 0


@pytest.mark.parametrize("name", ["OutOfRange", "Wrapped", "WrappedTwice"])
def test_integers_that_only_a_cast_brings_into_range_differ(name) -> None:
    (found,) = ask(name)
    assert found.verdict == DIFFERS
    assert found.first
    assert found.first[1].executor >= 256
    assert found.first[1].executor - found.first[1].golden in (256, 2**64, 2**64 - 256)


def test_layers_that_are_not_output_are_named() -> None:
    only_last, some = ask("OnlyLast", "SomeLayers")
    assert (only_last.verdict, only_last.not_output) == (AGREES, LAYERS[:-1])
    assert (some.verdict, some.not_output) == (AGREES, LAYERS[:1])


# how it breaks down


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", "ValueError: out of luck"),
        ("RaisesAtOnce", "OSError: [Errno 28] No space left on device"),
        ("Asserts", "AssertionError"),
        ("Speechless", "tests.golden.faulty.Odd: <exception str() failed>"),
        ("Exits", "SystemExit: 0"),
        ("Interrupted", "KeyboardInterrupt"),
        ("OutOfMemory", "MemoryError"),
        ("ExhaustsMemory", "numpy._core._exceptions._ArrayMemoryError: Unable to allocate"),
        ("Recurses", "RecursionError: maximum recursion depth exceeded"),
        ("FillsDisk", "OSError: [Errno 27] File too large"),
        ("NeedsHome", "NotADirectoryError: [Errno 20] Not a directory: '/dev/null/cache'"),
        ("Vanishes", "ended with status 0 before its outputs"),
        ("VanishesWithWords", "ended with status 9 before its outputs: the last words"),
        ("Killed", "killed by SIGKILL (out of memory?)"),
        ("Segfault", "killed by SIGSEGV"),
        ("Aborts", "killed by SIGABRT"),
        ("Unplugs", "ended with status 1 before its outputs: OSError: [Errno 9] Bad file descriptor"),
        ("Scribbles", "unreadable outputs: a header of 7"),
        ("ScribblesHeaders", "unreadable outputs: a header that is not JSON"),
        ("ScribblesLists", "unreadable outputs: a header that is no object"),
        ("ScribblesOutputs", "unreadable outputs: outputs 1"),
        ("ScribblesAbsence", "unreadable outputs: unavailable; allowed outputs"),
        ("RealTimeSignal", "killed by signal 39"),
        ("ControlCharacters", "ValueError: ?[2J? !"),
        ("NoPixels", "ValueError: max_pixels is 0; allowed None or an integer of at least 1"),
        ("ManyPixels", "ValueError: max_pixels is 'many'"),
        ("NotThere", "AttributeError: module 'tests.golden.faulty' has no attribute 'NotThere'"),
        ("LacksOther", "ModuleNotFoundError: No module named 'misspelt_tool'"),
        ("LacksPart", "ModuleNotFoundError: No module named 'numpy.linalgg'"),
    ],
)
def test_it_broke_down_with_one_line(name, reason, monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    (found,) = ask(name)
    assert (found.verdict, found.reason[: len(reason)]) == (BROKE_DOWN, reason)
    assert "\n" not in found.reason
    assert not found.agrees


@pytest.mark.parametrize("name", ["Hangs", "HangsDeaf", "HangsAtOnce"])
def test_one_that_hangs_is_ended(name) -> None:
    (found,) = ask(name, timeout=4.0)
    assert (found.verdict, found.reason) == (BROKE_DOWN, "took longer than 4 s")
    assert 4 <= found.seconds < 60


def test_a_difference_remains_one_whatever_comes_after_it() -> None:
    (found,) = ask("WrongThenRaises")
    assert found.verdict == DIFFERS
    assert found.reason.startswith(f"first in layer '{LAYERS[0]}'")
    assert found.reason.endswith("; then broke down: ValueError: out of luck")


def test_the_log_of_a_broken_one_is_kept() -> None:
    (found,) = ask("Raises")
    assert "tests/golden/faulty.py" in found.log
    assert found.log.endswith("luck")


def test_one_that_is_not_available_is_not_run() -> None:
    absent, later = ask("Absent", "NotNow")
    assert (absent.verdict, absent.reason, absent.remedy) == (NOT_RUN, "its tool is missing", "install it")
    assert (later.verdict, later.reason, later.remedy) == (NOT_RUN, "its licence has run out", "renew it")


# what it leaves behind


def test_garbage_on_its_outputs_disturbs_nobody() -> None:
    (found,) = ask("Garbage")
    assert (found.verdict, found.compared) == (AGREES, INTEGERS)


def test_its_processes_and_temporary_folders_end_with_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LITTER", str(tmp_path / "litter"))
    (found,) = ask("Littering")
    assert found.verdict == AGREES
    lines = (tmp_path / "litter").read_text().splitlines()
    assert len(lines) == len(FRAMES)
    for line in lines:
        *pids, folder = line.split()
        assert not Path(folder).exists()
        assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: str) -> bool:
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_where_no_temporary_folder_can_be_made_others_still_agree(monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null")
    assert [verdict.verdict for verdict in ask("Right", "FillsDisk")] == [AGREES, BROKE_DOWN]


def test_closing_the_verdicts_ends_the_workers(tmp_path) -> None:
    points = [EntryPoint(name, f"tests.golden.faulty:{name}", executors.GROUP) for name in ("Right", "Hangs", "HangsDeaf")]
    found = judge.verdicts(NETWORK, points, FRAMES, jobs=3)
    assert next(found).agrees
    found.close()
    assert left_behind(tmp_path) == []


# the interface


def test_comparing_nothing_is_refused() -> None:
    with pytest.raises(executors.UnknownExecutorError, match="no executor of no name"):
        judge.compare(NETWORK, [], FRAMES)
    with pytest.raises(executors.UnknownExecutorError, match="no executor none; allowed .*oracle"):
        judge.compare(NETWORK, ["none"], FRAMES)
    with pytest.raises(golden.FrameError, match="no frames"):
        judge.compare(NETWORK, ["oracle"], {})
    with pytest.raises(golden.FrameError, match="allowed .* uint8"):
        judge.compare(NETWORK, ["oracle"], {"wide": np.zeros((3, 3))})


def test_a_planted_fault_is_caught_through_a_process() -> None:
    point = EntryPoint("mutant", "golden.judge.mutants:Planted", executors.GROUP)
    (found,) = judge.verdicts(NETWORK, [point], FRAMES)
    assert (found.verdict, found.compared) == (DIFFERS, INTEGERS)
    assert found.first
    assert found.first[0] == LAYERS[0]


def test_an_executor_may_give_versions() -> None:
    (found,) = ask("WithVersions")
    assert found.versions.items() >= {"tool": "1.2", "golden": "golden"}.items()
