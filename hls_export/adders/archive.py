"""The adder graphs of an export as files, so that it can be written and verified again without the solver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hls_export.adders.engine import AdderEngine
from hls_export.adders.graph import read
from hls_export.adders.solver import remember as remember_graph
from hls_export.errors import ExportError

FOLDER = "graphs"


def files(engines: Mapping[str, AdderEngine]) -> dict[str, bytes]:
    """Path -> content: the graphs of each engine, by its name, in one file."""
    found = {}
    for name, engine in engines.items():
        text = json.dumps([graph.to_json() for graph in engine.graphs], separators=(",", ":"))
        found[f"{FOLDER}/{name}.json"] = f"{text}\n".encode()
    return found


def remember(root: Path) -> int:
    """Takes the graphs of the export in `root` for what they prove to be; returns how many there are.

    Raises ExportError, naming the file, for one that is damaged or fails a proof.
    """
    count = 0
    if not root.is_dir():
        raise ExportError(f"{root}: no such folder; allowed an export, whose graphs lie in {FOLDER}/")
    for path in sorted((root / FOLDER).glob("*.json")):
        try:
            graphs = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError) as error:
            raise ExportError(f"{path}: not JSON ({error})") from error
        if not isinstance(graphs, list):
            raise ExportError(f"{path}: no list of adder graphs; allowed what an export writes")
        for values in graphs:
            remember_graph(read(values, str(path)))
            count += 1
    return count
