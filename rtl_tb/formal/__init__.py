"""Proofs by induction that the streams and the control of the RTL lose nothing, repeat nothing and never hang.

`python -m rtl_tb.formal` is the command.  A proof is a module `NAME_proof.sv` in this folder around modules of hls_export/rtl,
and broken variants of those that the same claims must refute.
"""

from rtl_tb.formal.proof import Proof
from rtl_tb.formal.proofs import PROOFS
from rtl_tb.formal.prover import Outcome, Prover

__all__ = ["PROOFS", "Outcome", "Proof", "Prover"]
