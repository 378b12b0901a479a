"""`python -m rtl_tb.formal [NAME ...]`: prove the RTL's streams and control, one line per proof; status 1 when one fails."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from golden.cli.ending import exit_status
from rtl_tb.errors import BenchError
from rtl_tb.formal.proof import Proof
from rtl_tb.formal.proofs import PROOFS
from rtl_tb.formal.prover import SOLVERS, Prover


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 when all is proved, and with --mutants every broken variant refuted."""
    options = _parser().parse_args(argv)
    return exit_status("rtl_tb.formal", lambda: _run(options), (BenchError, OSError))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rtl_tb.formal", description="Prove the RTL's streams and control by induction."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a proof, or how its name begins; default: all")
    parser.add_argument("--solver", choices=sorted(SOLVERS), default="yices")
    parser.add_argument("--mutants", action="store_true", help="also run the broken variants, which the claims must refute")
    parser.add_argument("--list", action="store_true", help="tell what each proof claims, and run nothing")
    return parser


def _run(options: argparse.Namespace) -> int:
    proofs = [proof for proof in PROOFS if not options.names or proof.name.startswith(tuple(options.names))]
    for name in options.names:
        if not any(proof.name.startswith(name) for proof in PROOFS):
            raise BenchError(f"no proof {name!r}; allowed: {', '.join(proof.name for proof in PROOFS)}")
    if options.list:
        print("\n".join(f"{proof.name:28} {proof.claim}" for proof in proofs))
        return 0
    prover = Prover(options.solver)
    good = [_prove(proof, prover, options.mutants) for proof in proofs]
    print(f"{sum(good)} of {len(good)} proofs hold")
    return 0 if all(good) else 1


def _prove(proof: Proof, prover: Prover, with_mutants: bool) -> bool:
    """Prints the proof's line and its mutants'; True when the proof holds and every mutant is refuted."""
    found = prover.prove(proof)
    method = f"induction k={proof.k}, {found.assertions:3} assertions"
    print(f"{proof.name:28} {method:32} {prover.solver:6} {found.seconds:5.1f} s  {found.fault or 'proved'}", flush=True)
    good = found.proved
    for mutant in proof.mutants if with_mutants else ():
        broken = prover.refute(proof, mutant)
        verdict = "NOT REFUTED" if broken.proved else f"refuted: {broken.fault}"
        print(f"  mutant {mutant.fault:52} {prover.solver:6} {broken.seconds:5.1f} s  {verdict}", flush=True)
        good = good and not broken.proved
    return good


if __name__ == "__main__":
    sys.exit(main())
