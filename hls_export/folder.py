"""The exported folder: written whole or not at all, the same bytes for the same input, and checked against its manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import golden
from golden.spec import IntNetwork
from hls_export import library, sealed
from hls_export.adders import archive
from hls_export.colour.files import FRAMES, colour_files
from hls_export.colour.pipeline import COMPONENTS
from hls_export.colour.plan import around, check_format
from hls_export.csim import simulator
from hls_export.csim.frames import chosen
from hls_export.errors import ExportError
from hls_export.file_tree import write_files
from hls_export.packaging.files import package_files
from hls_export.plan.devices import Device
from hls_export.plan.fit import make_plan
from hls_export.plan.plan import HardwarePlan
from hls_export.plan.target import Target
from hls_export.report.report import report
from hls_export.writers import sv, vectors
from hls_export.writers.scripts import build_files
from hls_export.writers.weight_files import read_weights, weight_files

BUILDING = ".sr2fpga-export-"
"""How the name of a folder begins in which an export is written."""


def write(
    network: IntNetwork,
    plan: HardwarePlan,
    out: str | Path,
    *,
    mode: str = "small",
    facts: dict[str, Any] | None = None,
    measured: list[dict[str, Any]] | None = None,
    colour: str | None = None,
) -> Path:
    """Write the export of `network` as `plan` says to the folder `out`, which must not exist or be empty.

    colour: a format of `hls_export.colour.plan.FORMATS`, whose plan is `plan` with a clock for it; None: luma alone.
    facts, measured: training facts (the JSON that lies beside a network file) and RTL measurements, for the report.
    Raises ExportError for a folder that is not empty, OSError when the disk refuses; nothing is left half-written.
    """
    target = Path(out)
    told = {"vectors": mode, "facts": facts, "measured": measured, **({"colour": colour} if colour else {})}
    with _new_folder(target) as building:
        write_files(building, tree(network, plan, told))
    return target


def tree(network: IntNetwork, plan: HardwarePlan, told: Mapping[str, Any]) -> dict[str, bytes]:
    """Relative path -> bytes of a whole export; told: vectors, facts, measured and colour as `write` takes them, kept in the
    manifest.
    """
    page = report(plan, told["facts"], told["measured"])
    files = contents(network, plan, told["vectors"], told.get("colour")) | {
        "report.html": page.encode(),
        "network.npz": _archived(network),
    }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    facts = {"format": sealed.FORMAT, "version": sealed.VERSION, "network": plan.network_hash, "told": dict(told), "files": digests}
    return files | {sealed.MANIFEST: (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()}


def contents(network: IntNetwork, plan: HardwarePlan, mode: str, colour: str | None = None) -> dict[str, bytes]:
    """Relative path -> bytes of every file but the network, the report and the manifest."""
    frames = chosen(network, plan.target.height, plan.target.width, mode)
    components, sent = (len(COMPONENTS), FRAMES) if colour else (1, "vectors")
    files = simulator.sources(network, plan) | sv.export_files(plan) | build_files(plan, components, sent)
    files |= {"plan.json": plan.to_json().encode()} | archive.files(plan.graphs)
    files |= {"LAYOUT.md": library.page("scripts/weights-layout.md"), "verify.py": library.page("sealed.py")}
    files |= {f"weights/{name}": data for name, data in weight_files(network, plan).items()}
    files |= {f"vectors/{name}": data for name, data in vectors.vector_files(network, frames).items()}
    if colour:
        check_format(colour)
        files |= colour_files(network, around(network, plan), frames, files)
    return files | package_files(plan, files, components, sent)


def verify(folder: str | Path) -> int:
    """Hold an exported folder against its manifest, and against what its network and target give; returns how many files.

    Everything is written again from network.npz, the target in plan.json and what the manifest was told, vectors and report too.
    Raises ExportError naming every changed, missing or extra file, or every one that is not what this version writes.
    """
    root = Path(folder)
    try:
        manifest = sealed.check(root)
    except sealed.SealError as error:
        raise ExportError(str(error)) from None
    network = golden.load(root / "network.npz")
    if network.hash != manifest["network"]:
        raise ExportError(f"{root}: network.npz is network {network.hash[:12]}, the manifest's is {str(manifest['network'])[:12]}")
    expected = _written_again(root, network, manifest)
    found = {name: (root / name).read_bytes() for name in [*manifest["files"], sealed.MANIFEST]}
    odd = sorted(name for name in expected | found if expected.get(name) != found.get(name))
    if odd:
        raise ExportError(f"{root}: {', '.join(odd)}: not what this version writes for network.npz and the target in plan.json")
    return len(manifest["files"])


def _written_again(root: Path, network: IntNetwork, manifest: dict[str, Any]) -> dict[str, bytes]:
    """The tree of the network, for plan.json's target.  Raises ExportError for what is no target, and no facts of a report."""
    try:
        asked = json.loads((root / "plan.json").read_text())["target"]
        names = [field.name for field in fields(Target)]
        target = Target(**{name: asked[name] for name in names} | {"device": Device(**asked["device"])})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ExportError(f"{root}/plan.json: no target in it ({error!r})") from error
    archive.remember(root)
    plan = make_plan(network, target)
    try:
        return tree(network, plan, manifest["told"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExportError(f"{root}/{sealed.MANIFEST}: 'told' is not what an export was told ({error!r})") from error


def check_weights(folder: str | Path, plan: HardwarePlan) -> None:
    """Raises ExportError when a .mem file of an exported folder does not hold the integers of its network."""
    network, weights = golden.load(Path(folder) / "network.npz"), Path(folder) / "weights"
    for engine, layer in zip(plan.engines, network.layers, strict=True):
        for part, array in read_weights(weights, engine).items():
            if not (array == getattr(layer, part)).all():
                raise ExportError(f"{weights}/{engine.name}: {part} differs from network.npz")


def _archived(network: IntNetwork) -> bytes:
    with tempfile.TemporaryDirectory(prefix="export") as name:
        path = Path(name) / "network.npz"
        golden.save(network, path)
        return path.read_bytes()


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder, whose content is in `target` when the block ends well, and which is removed when it does not.

    A new folder is a rename; one that is there, the working folder or a mounted one too, gets the content entry by entry.
    """
    is_there = target.is_dir()
    if not is_there and (target.exists() or target.is_symlink()):
        raise ExportError(f"{target}: exists and is not an empty folder; allowed a new or empty one")
    left = list(target.iterdir()) if is_there else []
    if any(not path.name.startswith(BUILDING) for path in left):
        raise ExportError(f"{target}: exists and is not an empty folder; allowed a new or empty one")
    for path in left:  # of an export that was killed
        shutil.rmtree(path, ignore_errors=True)
    place = target if is_there else target.parent
    place.mkdir(parents=True, exist_ok=True)
    try:
        building = Path(tempfile.mkdtemp(prefix=BUILDING, dir=place))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    try:
        yield building
        if is_there:
            _move_content(building, target)
        else:
            building.chmod(0o777 & ~_umask())
            building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _move_content(building: Path, target: Path) -> None:
    """Move every entry, or none."""
    moved: list[Path] = []
    try:
        for path in sorted(building.iterdir()):
            moved.append(path.rename(target / path.name))
    except BaseException:
        for path in moved:
            path.rename(building / path.name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
