"""Proofs by induction that the streams and the control of the RTL lose nothing, repeat nothing and never hang.

`python -m rtl_tb.formal` runs them; `PROOFS` lists them.  A proof is a SystemVerilog module `NAME_proof.sv` in this folder
that wraps a module of hls_export/rtl, plus broken variants of that module which the same proof must reject.
"""

from rtl_tb.formal.proof import Mutant, Proof
from rtl_tb.formal.proofs import PROOFS
from rtl_tb.formal.prover import Outcome, Prover, ProverError

__all__ = ["PROOFS", "Mutant", "Outcome", "Proof", "Prover", "ProverError"]
