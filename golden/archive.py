"""One file that holds an integer network: an `.npz` of int64 arrays with a JSON header.

Decides the file format and what a damaged or hostile file may do, which is nothing: every member is sized before it is read,
no pickle is ever loaded, and the content hash must match.  Saving the same network twice gives the same bytes.
Training facts (PSNR, seed, recipe) live beside the file, in `NAME.json`, and are not part of the network.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from golden.atomic import replacing
from golden.spec import ARRAYS, TYPES, IntArray, IntLayer, IntNetwork, IntType, NetworkError

FORMAT = "fsrcnn-int-network"
VERSION = 1
MAX_FILE_BYTES = 256 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_LAYERS = 256
_HEADER = "header.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class ArchiveError(ValueError):
    """A file that is not a whole, honest network archive; the message names the file and what is wrong with it."""


def save(network: IntNetwork, path: str | Path) -> None:
    """Write `network` to `path`, atomically and reproducibly.  Raises OSError when the disk refuses."""
    header = {"format": FORMAT, "version": VERSION, "hash": network.hash, "layers": network.structure()}
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        _put(archive, _HEADER, json.dumps(header, sort_keys=True, indent=1).encode())
        for index, layer in enumerate(network.layers):
            for part in ARRAYS:
                stream = io.BytesIO()
                np.save(stream, getattr(layer, part).astype("<i8"), allow_pickle=False)
                _put(archive, _member(index, part), stream.getvalue())


def load(path: str | Path) -> IntNetwork:
    """The network in the file at `path`, exactly as it was saved.

    Raises FileNotFoundError, and ArchiveError for anything else than a whole archive of this version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, Path(path))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(f"{path}: damaged or not an archive ({error}); allowed a network that golden.save wrote") from error
    except NetworkError as error:
        raise ArchiveError(f"{path}: {error}") from error


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, date_time=_EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)


def _member(index: int, part: str) -> str:
    return f"{index:03}.{part}.npy"


def _read(archive: zipfile.ZipFile, path: Path) -> IntNetwork:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if len(sizes) != len(archive.infolist()) or sum(sizes.values()) > MAX_FILE_BYTES:
        raise ArchiveError(f"{path}: repeated members or more than {MAX_FILE_BYTES} bytes")
    header = _header(archive, sizes, path)
    layers = header["layers"]
    expected = {_HEADER} | {_member(index, part) for index in range(len(layers)) for part in ARRAYS}
    if set(sizes) != expected:
        odd = sorted(set(sizes) ^ expected)
        raise ArchiveError(f"{path}: missing or unknown members {', '.join(map(repr, odd[:5]))}")
    network = IntNetwork(tuple(_layer(archive, index, facts, path) for index, facts in enumerate(layers)))
    if network.hash != header["hash"]:
        raise ArchiveError(f"{path}: content hash {network.hash[:12]} is not the header's {str(header['hash'])[:12]}")
    return network


def _header(archive: zipfile.ZipFile, sizes: dict[str, int], path: Path) -> dict[str, Any]:
    if sizes.get(_HEADER, MAX_HEADER_BYTES + 1) > MAX_HEADER_BYTES:
        raise ArchiveError(f"{path}: no {_HEADER} of at most {MAX_HEADER_BYTES} bytes; allowed a network that golden.save wrote")
    try:
        header = json.loads(archive.read(_HEADER))
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{path}: {_HEADER} is not JSON ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ArchiveError(f"{path}: not a network archive; allowed format {FORMAT!r}")
    if header.get("version") != VERSION:
        raise ArchiveError(f"{path}: format version {header.get('version')!r}; allowed {VERSION}")
    layers = header.get("layers")
    if not isinstance(layers, list) or not 1 <= len(layers) <= MAX_LAYERS or not all(isinstance(x, dict) for x in layers):
        raise ArchiveError(f"{path}: header without a list of 1..{MAX_LAYERS} layers")
    return header


def _layer(archive: zipfile.ZipFile, index: int, facts: dict[str, Any], path: Path) -> IntLayer:
    where = f"{path}: layer {index}"
    try:
        types = {part: IntType(*facts[part]) for part in TYPES}
        co, ci, ky, kx = (int(size) for size in facts["shape"])
        name, kind, stride = facts["name"], facts["kind"], facts["stride"]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ArchiveError(f"{where}: header is incomplete or malformed ({error!r})") from error
    shapes = {part: (co, ci, ky, kx) if part == "weight" else (co,) for part in ARRAYS}
    arrays = {part: _array(archive, _member(index, part), shape, path) for part, shape in shapes.items()}
    parts: dict[str, Any] = types | arrays
    return IntLayer(name=name, kind=kind, stride=stride, **parts)


def _array(archive: zipfile.ZipFile, member: str, shape: tuple[int, ...], path: Path) -> IntArray:
    """The int64 array of exactly `shape`: its bytes are counted before NumPy sees them."""
    content = archive.read(member)
    stream = io.BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        found, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=1024)
    except (ValueError, SyntaxError) as error:
        raise ArchiveError(f"{path}: {member} is not an array ({error})") from error
    if found != shape or fortran or dtype != np.dtype("<i8"):
        raise ArchiveError(f"{path}: {member} is {dtype} of shape {found}; allowed int64 of shape {shape}")
    if len(content) - stream.tell() != 8 * int(np.prod(shape, dtype=object)):
        raise ArchiveError(f"{path}: {member} is truncated or too long")
    return np.frombuffer(content, dtype="<i8", offset=stream.tell()).reshape(shape)
