"""python -m rtl_tb.formal [NAME ...]: proves the RTL's streams and control, one line per proof; status 1 when one fails."""

from __future__ import annotations

import argparse
import sys

from rtl_tb.formal.proof import Proof
from rtl_tb.formal.proofs import PROOFS
from rtl_tb.formal.prover import SOLVERS, Prover, ProverError


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rtl_tb.formal", description=__doc__.split(":", 1)[1].strip())
    parser.add_argument("names", nargs="*", metavar="NAME", help="a proof, or the start of its name; default: all")
    parser.add_argument("--solver", choices=sorted(SOLVERS), default="yices")
    parser.add_argument("--mutants", action="store_true", help="also run the broken variants, which the proofs must reject")
    parser.add_argument("--list", action="store_true", help="say what each proof claims, and run nothing")
    return parser.parse_args(words)


def chosen(names: list[str]) -> list[Proof]:
    for name in names:
        if not any(proof.name.startswith(name) for proof in PROOFS):
            raise ProverError(f"no proof {name!r}; allowed: {', '.join(proof.name for proof in PROOFS)}")
    return [proof for proof in PROOFS if not names or proof.name.startswith(tuple(names))]


def prove(proof: Proof, prover: Prover, mutants: bool) -> bool:
    """Prints the proof's line, and one per mutant; True when all is as it must be."""
    found = prover.prove(proof)
    method = f"induction k={proof.k}, {found.assertions} assertions"
    print(f"{proof.name:32} {method:34} {prover.solver:6} {found.seconds:6.1f} s  {found.detail or 'proved'}", flush=True)
    good = found.proved
    for mutant in proof.mutants if mutants else ():
        broken = prover.prove(proof, mutant)
        verdict = "NOT REJECTED" if broken.proved else f"rejected: {broken.detail}"
        print(f"  mutant: {mutant.fault:44} {prover.solver:20} {broken.seconds:6.1f} s  {verdict}", flush=True)
        good = good and not broken.proved
    return good


def main(words: list[str] | None = None) -> int:
    options = arguments(words)
    try:
        proofs = chosen(options.names)
        if options.list:
            print("\n".join(f"{proof.name:32} {proof.claim}" for proof in proofs))
            return 0
        results = [prove(proof, Prover(options.solver), options.mutants) for proof in proofs]
    except ProverError as problem:
        print(f"rtl_tb.formal: {problem}", file=sys.stderr)
        return 2
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
