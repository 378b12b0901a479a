"""Files that are either whole or absent: written under a temporary name in the same folder, then renamed.

A link is followed, and stays; a file that is written again keeps its permissions; what is no regular file (standard output, a
pipe, a device) gets the whole content at the end.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAX_LINKS = 40
NEW_FILE = 0o666


@contextmanager
def replacing(path: str | Path, mode: int | None = None) -> Iterator[Path]:
    """A temporary path, whose content is at `path` when the block ends well, and which is removed when it does not.

    mode: permissions of the file; None: those that it has, or those of any new file.
    Raises OSError as the file system does, always naming `path`; PermissionError for a file that may not be written.
    """
    with _naming(path):
        target, found = _followed(Path(path))
        if found is not None and stat.S_ISREG(found.st_mode) and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if _descriptor(target) is not None or (
        found is not None and not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode)
    ):
        with _temporary(path, Path(tempfile.gettempdir()), lambda temporary: _pour(temporary, target), mode) as temporary:
            yield temporary
        return
    kept = stat.S_IMODE(found.st_mode) if mode is None and found is not None and stat.S_ISREG(found.st_mode) else mode
    with _temporary(path, target.parent, lambda temporary: temporary.replace(target), kept) as temporary:
        yield temporary


@contextmanager
def creating(path: str | Path) -> Iterator[Path]:
    """As `replacing`, but FileExistsError where something is at `path` when the block ends: nothing is ever overwritten."""
    target = Path(path)
    with _temporary(path, target.parent, lambda temporary: target.hardlink_to(temporary), None) as temporary:
        yield temporary


@contextmanager
def _temporary(path: str | Path, folder: Path, place: Callable[[Path], object], mode: int | None) -> Iterator[Path]:
    """A file in `folder` that `place` puts where it belongs once the block has ended well and the file has its permissions."""
    with _naming(path):
        target = Path(path)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=target.suffix, dir=folder)
    os.close(handle)
    temporary = Path(name)
    try:
        with _naming(path, only_nameless=True):
            yield temporary
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            temporary.chmod(NEW_FILE & ~_umask() if mode is None else mode)
            place(temporary)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _naming(path: str | Path, only_nameless: bool = False) -> Iterator[None]:
    """OSError of the block with `path` as its file; only_nameless: of those alone that name no file (a full disk)."""
    try:
        yield
    except FileExistsError as error:
        raise FileExistsError(error.errno, error.strerror, str(path)) from error
    except OSError as error:
        if error.errno is None or (only_nameless and error.filename is not None):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _followed(path: Path) -> tuple[Path, os.stat_result | None]:
    """Where links lead, but not into a descriptor of this process, and what is there.  Raises OSError for a circle of links."""
    for _ in range(MAX_LINKS):
        if _descriptor(path) is not None or not path.is_symlink():
            return path, path.stat() if path.exists() else None
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def _descriptor(path: Path) -> int | None:
    """The descriptor of this process that a path stands for (/dev/stdout, /dev/fd/3), if it does."""
    text = os.path.normpath(path)
    names = {"/dev/stdout": 1, "/dev/stderr": 2}
    match = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d+)", text)
    return int(match[1]) if match else names.get(text)


def _pour(temporary: Path, target: Path) -> None:
    """Send the content into what is no regular file, behind what was printed before."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = _descriptor(target)
    with temporary.open("rb") as content, open(os.dup(descriptor) if descriptor is not None else target, "wb") as out:  # noqa: PTH123
        shutil.copyfileobj(content, out)


def strict_json(content: Any, *, sort_keys: bool = False) -> str:
    """Strict JSON, in which what is no number (an infinite PSNR) is null."""
    return json.dumps(_finite(content), indent=1, sort_keys=sort_keys, allow_nan=False) + "\n"


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def write_text(path: str | Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all.  Raises OSError naming `path`."""
    with replacing(path) as temporary:
        temporary.write_text(text)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
