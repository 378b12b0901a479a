"""Faults in the printed text of an adder graph: one token of one adder, as a writer that is wrong would print it."""

from __future__ import annotations

import re
from collections.abc import Callable

from rtl_tb.errors import BenchError
from rtl_tb.mutants.mutant import Mutant

NODE = re.compile(r"  logic (?:signed )?\[\d+:0\] (n\d+);\n  assign \1 = [^;]* [+-] [^;]*;\n")
Change = Callable[[str], str]


def _sign(node: str) -> str:
    return node.replace(" + ", " - ") if " + " in node else node.replace(" - ", " + ")


def _shift(node: str) -> str:
    """By one bit less, of a term or of what lies above the bits that pass below it."""
    return re.sub(r"(<<|>>>?) (\d+)", lambda found: f"{found[1]} {int(found[2]) - 1}", node, count=1)


def _operand(node: str) -> str:
    return re.sub(r"\(n\d+(_\d+)?", "(n0", node, count=1)


def _stage(node: str) -> str:
    """Of one operand: it is read a register earlier."""
    return re.sub(r"(n\d+)_1\b", r"\1", node, count=1)


def _width(node: str) -> str:
    """One bit narrower than its type."""
    return re.sub(r"\[(\d+):0\]", lambda found: f"[{max(int(found[1]) - 1, 0)}:0]", node, count=1)


CHANGES: dict[str, Change] = {"shift": _shift, "sign": _sign, "operand": _operand, "width": _width, "stage": _stage}


def node_mutant(file: str, text: str, what: str, place: float) -> Mutant:
    """The adder at `place` (0 to 1) of those in which `what` can be changed.  Raises BenchError where there is none."""
    nodes = [found[0] for found in NODE.finditer(text) if CHANGES[what](found[0]) != found[0]]
    if not nodes:
        raise BenchError(f"{file}: no adder whose {what} can be changed")
    node = nodes[round(place * (len(nodes) - 1))]
    return Mutant(f"a wrong {what} of an adder, {file}", file, node, CHANGES[what](node))
