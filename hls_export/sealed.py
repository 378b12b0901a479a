# SPDX-License-Identifier: Apache-2.0
"""Hold an exported folder against its manifest.json; an export carries this file as verify.py, so only Python itself is used.

    python3 -I verify.py [DIR]        status 1 and one line that names every fault; DIR: the folder that it lies in

Every file of the list is there with its sha256, and nothing else: no other file, no link, no empty folder, nothing special.  What
make writes to build/ is no part of the export; each goal of the Makefile holds its own part of it.  That the files are what
network.npz gives is seen by `python -m hls_export verify` alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
FORMAT = "sr2fpga-export"
VERSION = 2
BUILT = "build"


class SealError(Exception):
    """A folder that is not as it was written."""


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        checked = check(root)
    except (SealError, OSError) as error:
        print(f"verify: {error}", file=sys.stderr)
        return 1
    print(f"{len(checked['files'])} files as they were written")
    return 0


def check(root: Path) -> dict[str, Any]:
    """The manifest of a folder that is as it lists.  Raises SealError naming every fault."""
    manifest = read_manifest(root)
    found = differences(root, manifest["files"])
    if found:
        raise SealError(f"{root}: {'; '.join(found)}; allowed the files of {MANIFEST} as they were written")
    return manifest


def read_manifest(root: Path) -> dict[str, Any]:
    """Raises SealError where it is none."""
    path = root / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SealError(f"{path}: missing; allowed a folder that python -m hls_export wrote") from None
    except (ValueError, RecursionError) as error:
        raise SealError(f"{path}: not JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        raise SealError(f"{path}: not a manifest; allowed format '{FORMAT}', version {VERSION}")
    files = manifest.get("files")
    if not isinstance(files, dict) or not files or not isinstance(manifest.get("network"), str):
        raise SealError(f"{path}: lists no files or no network")
    return manifest


def differences(root: Path, listed: dict[str, str]) -> list[str]:
    """In words, in the order of names: what is missing, extra, changed, or no file."""
    folders = {parent.as_posix() for name in listed for parent in Path(name).parents}
    found = {name: f"missing {name}" for name in listed}
    for name, mode in sorted(entries(root)):
        found.pop(name, None)
        if name == MANIFEST and stat.S_ISREG(mode):
            continue
        if name in listed or name == MANIFEST:
            if not stat.S_ISREG(mode) or digest(root / name) != listed[name]:
                found[name] = f"changed {name}" + ("" if stat.S_ISREG(mode) else " (not a file)")
        elif not stat.S_ISDIR(mode) or name not in folders | {BUILT}:
            found[name] = f"extra {name}" + (" (a folder)" if stat.S_ISDIR(mode) else "")
    return [found[name] for name in sorted(found)]


def entries(root: Path) -> Iterator[tuple[str, int]]:
    """Path below the folder and mode of everything in it, links as links, without what lies in build/."""

    def fail(error: OSError) -> None:
        raise error

    for where, folders, files in os.walk(root, onerror=fail):
        here = Path(where)
        for name in [*folders, *files]:
            path = here / name
            yield path.relative_to(root).as_posix(), path.lstat().st_mode
        if here == root and BUILT in folders:
            folders.remove(BUILT)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
