"""What was built before: entries by content in the user's cache, or, where that cannot be written, among the temporary files.

An entry ends with the digest of its bytes and of the key of all that went into it.  One that was cut, planted or left by another
build does not have it, and is made anew.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

from golden.atomic import replacing

DIGEST_BYTES = 32
PRIVATE = 0o700
"""Permissions of an entry, from the first moment on: another process may start it at once."""
T = TypeVar("T")


def kept(name: str, key: bytes, make: Callable[[], bytes], use: Callable[[Path], T], *, comment: bytes = b"") -> T:
    """What `use` makes of the entry of `key` in the cache called `name`, which has what `make` gives and a digest behind it.

    comment: what begins a comment in entries that are text, whose digest is then one, on a line of its own.
    A folder where the entry cannot be written, or not be used, is done without.  Raises OSError where that is all of them.
    """
    made, refused = b"", OSError("no folder for a cache")
    for folder in folders(name):
        path = folder / key.hex()
        try:
            if not is_whole(path, key, comment):
                made = made or make()
                with replacing(path, PRIVATE) as temporary:
                    temporary.write_bytes(made + _digest(key, made, comment))
            path.chmod(PRIVATE)
            return use(path)
        except OSError as error:
            refused = error
    raise refused


def folder(name: str) -> Path:
    """The first folder that this user alone may write into.  Raises OSError where there is none."""
    for found in folders(name):
        return found
    raise OSError(f"no folder for a cache called {name}")


def folders(name: str) -> Iterator[Path]:
    """Where entries may lie: the user's cache, a folder of the user's among the temporary files, one of this process."""
    places: list[Callable[[], Path]] = [
        lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sr2fpga" / name,
        lambda: Path(tempfile.gettempdir()) / f"sr2fpga-{os.getuid()}" / name,
        lambda: _of_this_process() / name,
    ]
    for place in places:
        with suppress(OSError, RuntimeError):  # RuntimeError: no home
            found = place()
            _make_private(found)
            yield found


def is_whole(path: Path, key: bytes, comment: bytes = b"") -> bool:
    """Whether this entry is what was made for `key`.  Raises OSError for one that cannot be read."""
    if not path.exists():
        return False
    content, size = path.read_bytes(), len(_digest(key, b"", comment))
    return len(content) > size and content[-size:] == _digest(key, content[:-size], comment)


def _digest(key: bytes, made: bytes, comment: bytes) -> bytes:
    digest = hashlib.sha256(key + made)
    return b"\n" + comment + digest.hexdigest().encode() if comment else digest.digest()


def _make_private(place: Path) -> None:
    """Make the folder if need be; raises PermissionError for one, or for one above it, that somebody else may write into."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in (place, place.parent):
        found = one.stat(follow_symlinks=False)
        writers = stat.S_IWGRP | stat.S_IWOTH
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & writers:
            raise PermissionError(f"{one} is not a folder that its user alone may write into")
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(f"{place} cannot be written into")


@cache
def _of_this_process() -> Path:
    found = tempfile.mkdtemp(prefix="sr2fpga-")
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return Path(found)
