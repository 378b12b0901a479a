"""The proofs of rtl_tb.formal: each holds, and each refutes the broken variants of its module."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata

import pytest

from rtl_tb.errors import BenchError, MissingToolError
from rtl_tb.formal import PROOFS, Proof, Prover, paths, prover
from rtl_tb.formal.__main__ import main
from rtl_tb.formal.stream_mutants import SKID_BUFFER
from rtl_tb.mutants.mutant import Mutant
from rtl_tb.tools import yosys

BY_NAME = {proof.name: proof for proof in PROOFS}
MUTANTS = [(proof, mutant) for proof in PROOFS for mutant in proof.mutants]
SKID, FIFO = BY_NAME["skid_buffer"], BY_NAME["stream_fifo_8x2"]
REPEATS = next(mutant for mutant in SKID_BUFFER if "repeated" in mutant.fault)


def marked(proof: Proof) -> object:
    slow = proof.name.startswith("window_5x5")
    return pytest.param(proof, id=proof.name, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("proof", [marked(proof) for proof in PROOFS])
def test_the_proof_holds(proof: Proof) -> None:
    assert Prover().prove(proof).fault == ""


@pytest.mark.parametrize(("proof", "mutant"), MUTANTS, ids=[f"{proof.name}-{mutant.fault}" for proof, mutant in MUTANTS])
def test_the_claims_refute_the_mutant(proof: Proof, mutant: Mutant) -> None:
    assert "fails in clock" in Prover().refute(proof, mutant).fault


def test_every_wrapper_has_a_mutant_and_names_are_unique() -> None:
    assert {proof.top for proof in PROOFS} == {proof.top for proof, _ in MUTANTS}
    assert len(BY_NAME) == len(PROOFS)


@pytest.mark.parametrize("proof", [SKID, FIFO, BY_NAME["row_memory_1"]], ids=lambda proof: proof.name)
def test_a_second_solver_agrees(proof: Proof) -> None:
    assert Prover("z3").prove(proof).proved


def test_a_claim_that_the_step_cannot_carry_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    real = prover.elaborate
    monkeypatch.setattr(prover, "elaborate", lambda folder, proof, passes=(): real(folder, proof, passes, claims_only=True))
    assert "is not inductive" in Prover().prove(FIFO).fault


def test_a_mutant_that_changes_nothing_is_not_refuted() -> None:
    harmless = Mutant("none", "skid_buffer.sv", "assign vacant = !valid_q || m_ready_i;", "assign vacant = m_ready_i || !valid_q;")
    assert Prover().refute(SKID, harmless).proved


def test_a_mutant_that_does_not_apply_is_an_error() -> None:
    with pytest.raises(BenchError, match=r"skid_buffer.sv: 'no such text' stands 0 times"):
        Prover().refute(SKID, Mutant("none", "skid_buffer.sv", "no such text", ""))


def test_a_wrapper_that_asserts_nothing_is_an_error() -> None:
    with pytest.raises(BenchError, match="asserts nothing"):
        Prover().refute(Proof("empty", "window_columns", "nothing"), None)


def test_an_assertion_outside_every_layer_is_an_error() -> None:
    with pytest.raises(BenchError, match="13 of 10 assertions lie in a layer"):
        Prover().prove(replace(SKID, layers=("ordered_stream.sv", "skid_buffer_proof.sv")))


def test_a_wrapper_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BenchError, match="yosys: "):
        Prover().prove(replace(SKID, top="no_such_proof"))


def test_a_missing_tool_is_named_with_the_command_that_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prover.SOLVERS, "yices", "no-such-solver")
    with pytest.raises(MissingToolError, match=r"no-such-solver is not installed; to get it: pip install '.\[rtl\]'"):
        Prover().prove(SKID)
    yosys.version.cache_clear()
    monkeypatch.setattr(yosys, "installed", lambda _: metadata.version("no-such-package"))
    with pytest.raises(MissingToolError, match=r"to get it: pip install '.\[rtl\]'"):
        Prover().prove(SKID)


def test_the_command_prints_a_line_per_proof_and_mutant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["row_memory_5", "--mutants"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["row_memory_5", "induction", "k=1,"]
    assert lines[0].endswith("proved")
    named = [proof for name, proof in BY_NAME.items() if name.startswith("row_memory_5")]
    assert len(lines) == 1 + sum(1 + len(proof.mutants) for proof in named)
    assert lines[-1] == f"{len(named)} of {len(named)} proofs hold"


def test_the_command_fails_when_a_proof_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = prover.sources
    monkeypatch.setattr(prover, "sources", lambda mutant=None: real(REPEATS))
    assert main(["skid_buffer"]) == 1
    assert "ordered_stream.sv" in capsys.readouterr().out.splitlines()[0]


def test_the_command_lists_the_proofs_and_refuses_other_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(PROOFS)
    assert main(["no_such_proof"]) == 1
    assert capsys.readouterr().err.startswith("rtl_tb.formal: no proof 'no_such_proof'; allowed: skid_buffer, ")


@pytest.mark.parametrize(
    ("module", "outputs"),
    [
        ("skid_buffer", ("s_ready_o", "m_valid_o", "m_data_o")),
        ("stream_fifo", ("s_ready_o", "m_valid_o", "m_data_o", "level_o")),
        ("credit_fifo", ("room_o", "m_valid_o", "m_data_o", "reserved_o")),
        ("pixel_delay", ("s_ready_o", "m_valid_o", "m_data_o", "stored_o")),
        ("stream_pair", ("m_valid_o", "m_data_o", "m_size_o")),
        ("video_input", ("s_axis_video_tready", "m_valid_o", "m_data_o", "m_size_o", "status_o")),
        ("video_output", tuple(f"m_axis_video_t{name}" for name in ("valid", "data", "keep", "user", "last"))),
        ("row_memory", ("word_o",)),
        ("window", ("operands_o",)),
    ],
)
def test_no_input_reaches_an_output_within_a_clock(module: str, outputs: tuple[str, ...]) -> None:
    assert {output: paths.combinational(module, output) for output in outputs} == {output: set() for output in outputs}


def test_ready_of_the_position_control_does_not_see_valid() -> None:
    assert paths.combinational("position_control", "s_ready_o") == {"room_i"}
    assert "s_valid_i" in paths.combinational("position_control", "step_o")


def test_ready_of_a_fork_and_a_pair_sees_no_valid_of_its_own() -> None:
    assert paths.combinational("stream_fork", "s_ready_o") == {"m_ready_i"}
    assert paths.combinational("stream_pair", "s_low_ready_o") == {"s_high_valid_i"}
    assert paths.combinational("stream_pair", "s_high_ready_o") == {"s_low_valid_i"}


def test_a_combinational_path_is_seen() -> None:
    wired = Mutant("ready needs valid", "skid_buffer.sv", "s_ready_o = ready_q", "s_ready_o = ready_q && s_valid_i")
    assert paths.combinational("skid_buffer", "s_ready_o", wired) == {"s_valid_i"}
