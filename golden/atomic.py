"""Files that are either whole or absent: written under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`; renamed onto `path` when the block ends well, removed when it does not.

    Raises OSError as the file system does, always naming `path`.
    """
    with _temporary(path, Path.replace) as temporary:
        yield temporary


@contextmanager
def creating(path: str | Path) -> Iterator[Path]:
    """As `replacing`, but FileExistsError where something is at `path` when the block ends: nothing is ever overwritten."""
    with _temporary(path, lambda temporary, target: target.hardlink_to(temporary)) as temporary:
        yield temporary


@contextmanager
def _temporary(path: str | Path, place: Callable[[Path, Path], object]) -> Iterator[Path]:
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())
        place(temporary, target)
    except FileExistsError as error:
        raise FileExistsError(error.errno, error.strerror, str(target)) from error
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error  # a full disk names no file
    finally:
        temporary.unlink(missing_ok=True)


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
