"""The exported folder: written whole or not at all, the same bytes for the same input, and checked against its manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import golden
from golden.spec import IntNetwork
from hls_export import library
from hls_export.adders import archive
from hls_export.csim import simulator
from hls_export.csim.frames import chosen
from hls_export.errors import ExportError
from hls_export.file_tree import write_files
from hls_export.plan.devices import Device
from hls_export.plan.fit import make_plan
from hls_export.plan.plan import HardwarePlan
from hls_export.plan.target import Target
from hls_export.report.report import report
from hls_export.writers import sv, vectors
from hls_export.writers.scripts import build_files
from hls_export.writers.weight_files import read_weights, weight_files

MANIFEST = "manifest.json"
FORMAT = "sr2fpga-export"
VERSION = 1
BUILT = "build"
"""Folder that `make csim` writes; no part of the export."""


def write(
    network: IntNetwork,
    plan: HardwarePlan,
    out: str | Path,
    *,
    mode: str = "small",
    facts: dict[str, Any] | None = None,
    measured: list[dict[str, Any]] | None = None,
) -> Path:
    """Write the export of `network` as `plan` says to the folder `out`, which must not exist or be empty.

    facts, measured: training facts (the JSON that lies beside a network file) and RTL measurements, for the report.
    Raises ExportError for a folder that is not empty, OSError when the disk refuses; nothing is left half-written.
    """
    target = Path(out)
    with _new_folder(target) as building:
        golden.save(network, building / "network.npz")
        write_files(building, contents(network, plan, mode) | {"report.html": report(plan, facts, measured).encode()})
        (building / MANIFEST).write_text(_manifest(building, plan))
    return target


def contents(network: IntNetwork, plan: HardwarePlan, mode: str) -> dict[str, bytes]:
    """Relative path -> bytes of every file but the network, the report and the manifest."""
    frames = chosen(network, plan.target.height, plan.target.width, mode)
    files = simulator.sources(network, plan) | sv.export_files(plan) | build_files(plan)
    files |= {"plan.json": plan.to_json().encode()} | archive.files(plan.graphs)
    files["LAYOUT.md"] = library.page("scripts/weights-layout.md")
    files |= {f"weights/{name}": data for name, data in weight_files(network, plan).items()}
    files |= {f"vectors/{name}": data for name, data in vectors.vector_files(network, frames).items()}
    return files


def verify(folder: str | Path) -> int:
    """Hold an exported folder against its manifest and its network; returns how many files were checked.

    Raises ExportError naming every changed, missing or extra file, and a weight file whose integers are not the network's.
    """
    root = Path(folder)
    manifest = _read_manifest(root)
    listed: dict[str, str] = manifest["files"]
    present = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    present = {name for name in present if name != MANIFEST and not name.startswith(f"{BUILT}/")}
    faults = [f"missing {name}" for name in sorted(set(listed) - present)]
    faults += [f"extra {name}" for name in sorted(present - set(listed))]
    faults += [f"changed {name}" for name in sorted(present & set(listed)) if _digest(root / name) != listed[name]]
    if faults:
        raise ExportError(f"{root}: {'; '.join(faults)}; allowed the files of {MANIFEST} as they were written")
    network = golden.load(root / "network.npz")
    if network.hash != manifest["network"]:
        raise ExportError(f"{root}: network.npz is network {network.hash[:12]}, the manifest's is {str(manifest['network'])[:12]}")
    _check_generated(root, network)
    return len(listed)


def _check_generated(root: Path, network: IntNetwork) -> None:
    """Write the code and the weights once more from network.npz and plan.json's target, and hold the files against them."""
    try:
        asked = json.loads((root / "plan.json").read_text())["target"]
        names = [field.name for field in fields(Target)]
        target = Target(**{name: asked[name] for name in names} | {"device": Device(**asked["device"])})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ExportError(f"{root}/plan.json: no target in it ({error!r})") from error
    archive.remember(root)
    plan = make_plan(network, target)
    expected = simulator.sources(network, plan) | sv.export_files(plan) | build_files(plan) | {"plan.json": plan.to_json().encode()}
    expected |= {f"weights/{name}": data for name, data in weight_files(network, plan).items()} | archive.files(plan.graphs)
    odd = [name for name, data in sorted(expected.items()) if not (root / name).is_file() or (root / name).read_bytes() != data]
    if odd:
        raise ExportError(f"{root}: {', '.join(odd)}: not what this version writes for network.npz and the target in plan.json")


def check_weights(folder: str | Path, plan: HardwarePlan) -> None:
    """Raises ExportError when a .mem file of an exported folder does not hold the integers of its network."""
    network, weights = golden.load(Path(folder) / "network.npz"), Path(folder) / "weights"
    for engine, layer in zip(plan.engines, network.layers, strict=True):
        for part, array in read_weights(weights, engine).items():
            if not (array == getattr(layer, part)).all():
                raise ExportError(f"{weights}/{engine.name}: {part} differs from network.npz")


def _read_manifest(root: Path) -> dict[str, Any]:
    path = root / MANIFEST
    try:
        manifest = json.loads(path.read_text())
    except FileNotFoundError:
        raise ExportError(f"{path}: missing; allowed a folder that python -m hls_export wrote") from None
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{path}: not JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        raise ExportError(f"{path}: not a manifest; allowed format '{FORMAT}', version {VERSION}")
    if not isinstance(manifest.get("files"), dict) or not manifest["files"] or not isinstance(manifest.get("network"), str):
        raise ExportError(f"{path}: lists no files or no network")
    return manifest


def _manifest(root: Path, plan: HardwarePlan) -> str:
    files = {path.relative_to(root).as_posix(): _digest(path) for path in sorted(root.rglob("*")) if path.is_file()}
    facts = {"format": FORMAT, "version": VERSION, "network": plan.network_hash, "files": files}
    return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else "not a file"


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`, renamed onto it when the block ends well and removed when it does not."""
    if target.is_symlink() or target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise ExportError(f"{target}: exists and is not an empty folder; allowed a new or empty one")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        building = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    try:
        yield building
        building.chmod(0o777 & ~_umask())
        building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
