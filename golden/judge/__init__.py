"""The judge: does an executor output the golden model's integers?  Sealed, every executor in a process of its own."""

from golden.judge.sealed import TIMEOUT_SECONDS, compare, verdicts
from golden.judge.verdict import AGREES, BROKE_DOWN, DIFFERS, NOT_RUN, Mismatch, Verdict, trace_verdict

__all__ = [
    "AGREES",
    "BROKE_DOWN",
    "DIFFERS",
    "NOT_RUN",
    "TIMEOUT_SECONDS",
    "Mismatch",
    "Verdict",
    "compare",
    "trace_verdict",
    "verdicts",
]
