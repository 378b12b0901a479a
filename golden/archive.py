"""One file that holds an integer network: an `.npz` of int64 arrays with a JSON header.

Decides the file format and what a damaged or hostile file may do, which is nothing: every member is sized before it is read,
no pickle is ever loaded, and the content hash must match.  Saving the same network twice gives the same bytes.
Training facts (PSNR, seed, recipe) live beside the file, in `NAME.json`, and are not part of the network.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from golden.atomic import replacing
from golden.spec import ARRAYS, LUMA_PART, MID_GRAY, PER_CHANNEL, TYPES, IntArray, IntLayer, IntNetwork, IntType, NetworkError, Term

FORMAT = "fsrcnn-int-network"
VERSION = 1
MAX_FILE_BYTES = 256 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_NPY_HEADER_BYTES = 1024
MAX_LAYERS = 256
_HEADER = "header.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class ArchiveError(ValueError):
    """A file that is not a whole, honest network archive; the message names the file and what is wrong with it."""


def save(network: IntNetwork, path: str | Path) -> None:
    """Write `network` to `path`, atomically and reproducibly.  Raises OSError when the disk refuses."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        _put_all(archive, network)


def pack(network: IntNetwork) -> bytes:
    """The content of the file that `save` writes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        _put_all(archive, network)
    return content.getvalue()


def load(path: str | Path) -> IntNetwork:
    """The network in the file at `path`, exactly as it was saved.

    Raises OSError when the file cannot be read, and ArchiveError for anything else than a whole archive of this version.
    """
    with Path(path).open("rb") as file:
        return _read(file, str(path))


def unpack(content: bytes, name: str) -> IntNetwork:
    """The network that `pack` made the bytes from; name: stands for the file in the ArchiveError of damaged ones."""
    return _read(io.BytesIO(content), name)


def _read(file: BinaryIO, name: str) -> IntNetwork:
    try:
        if file.seek(0, io.SEEK_END) > MAX_FILE_BYTES:
            raise ArchiveError(f"more than {MAX_FILE_BYTES} bytes")
        with zipfile.ZipFile(file) as archive:
            return _network(archive)
    except (ArchiveError, NetworkError) as error:
        raise ArchiveError(f"{name}: {error}") from error
    except Exception as error:  # zipfile, json and NumPy raise whatever the damaged bytes lead to
        raise ArchiveError(f"{name}: damaged or not an archive ({error!r}); allowed a file of golden.save") from error


def _put_all(archive: zipfile.ZipFile, network: IntNetwork) -> None:
    header = {"format": FORMAT, "version": VERSION, "hash": network.hash, "layers": network.structure()}
    _put(archive, _HEADER, json.dumps(header, sort_keys=True, indent=1).encode())
    for index, layer in enumerate(network.layers):
        for part, array in layer.arrays().items():
            stream = io.BytesIO()
            np.save(stream, array.astype("<i8"), allow_pickle=False)
            _put(archive, _member(index, part), stream.getvalue())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, date_time=_EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)


def _member(index: int, part: str) -> str:
    return f"{index:03}.{part}.npy"


def _network(archive: zipfile.ZipFile) -> IntNetwork:
    names = _names(archive)
    header = _header(_content(archive, _HEADER, MAX_HEADER_BYTES) if _HEADER in names else b"")
    layers = header["layers"]
    expected = {_HEADER} | {_member(index, part) for index, facts in enumerate(layers) for part in _parts(facts)}
    if names != expected:
        odd = sorted(names ^ expected)
        raise ArchiveError(f"missing or unknown members {', '.join(map(repr, odd[:5]))}")
    network = IntNetwork(tuple(_layer(archive, index, facts) for index, facts in enumerate(layers)))
    if network.hash != header.get("hash"):
        raise ArchiveError(f"content hash {network.hash[:12]} is not the header's {str(header.get('hash'))[:12]}")
    return network


def _names(archive: zipfile.ZipFile) -> set[str]:
    """The members' names, once all of them are such as `save` writes."""
    infos = archive.infolist()
    if any(info.compress_type != zipfile.ZIP_DEFLATED for info in infos):
        raise ArchiveError("a member is not deflated")  # the other decompressors know no limit
    names = {info.filename for info in infos}
    if len(names) != len(infos) or sum(info.file_size for info in infos) > MAX_FILE_BYTES:
        raise ArchiveError(f"repeated members or more than {MAX_FILE_BYTES} bytes")
    return names


def _content(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The member's bytes, decompressed no further than the size it claims, which must be within the limit."""
    size = archive.getinfo(name).file_size
    if size > limit:
        raise ArchiveError(f"{name} of {size} bytes; allowed at most {limit}")
    with archive.open(name) as stream:
        content = stream.read(size)
    if len(content) != size:
        raise ArchiveError(f"{name} is truncated")
    return content


def _header(content: bytes) -> dict[str, Any]:
    if not content:
        raise ArchiveError(f"no {_HEADER}; allowed a network that golden.save wrote")
    try:
        header = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{_HEADER} is not JSON ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ArchiveError(f"not a network archive; allowed format {FORMAT!r}")
    if type(header.get("version")) is not int or header["version"] != VERSION:
        raise ArchiveError(f"format version {header.get('version')!r}; allowed {VERSION}")
    layers = header.get("layers")
    if not isinstance(layers, list) or not 1 <= len(layers) <= MAX_LAYERS or not all(isinstance(x, dict) for x in layers):
        raise ArchiveError(f"header without a list of 1..{MAX_LAYERS} layers")
    return header


def _layer(archive: zipfile.ZipFile, index: int, facts: dict[str, Any]) -> IntLayer:
    try:
        types = {part: IntType(*facts[part]) for part in TYPES}
        name, kind, stride, shape = facts["name"], facts["kind"], facts["stride"], facts["shape"]
    except (KeyError, TypeError) as error:
        raise ArchiveError(f"layer {index}: header is incomplete or malformed ({error!r})") from error
    if not isinstance(shape, list) or len(shape) != 4 or not all(type(size) is int and size > 0 for size in shape):
        raise ArchiveError(f"layer {index}: shape {shape!r}; allowed [out_channels, in_channels, K, K]")
    shapes = dict.fromkeys(PER_CHANNEL, (shape[0],)) | {"weight": tuple(shape), LUMA_PART: tuple(shape[2:])}
    arrays = {part: _array(archive, _member(index, part), shapes[part]) for part in _parts(facts)}
    terms = _terms(index, facts, arrays, types.pop("weight_type"))
    parts: dict[str, Any] = {part: arrays[part] for part in PER_CHANNEL} | types
    return IntLayer(name=name, kind=kind, stride=stride, terms=terms, **parts)


def _parts(facts: dict[str, Any]) -> tuple[str, ...]:
    """The arrays of a layer that the header describes so."""
    return (*ARRAYS, LUMA_PART) if LUMA_PART in facts else ARRAYS


def _terms(index: int, facts: dict[str, Any], arrays: dict[str, IntArray], weight_type: IntType) -> tuple[Term, ...]:
    """The terms of a layer; the file has the difference of their shifts, of which one is 0."""
    if LUMA_PART not in facts:
        return (Term("previous", arrays["weight"], weight_type),)
    stored = facts[LUMA_PART]
    if not isinstance(stored, dict) or set(stored) != {"weight_bits", "alignment"} or type(stored["alignment"]) is not int:
        raise ArchiveError(f"layer {index}: {LUMA_PART} {stored!r}; allowed weight_bits and an integer alignment")
    own, added = max(stored["alignment"], 0), max(-stored["alignment"], 0)
    luma_type = IntType(stored["weight_bits"], signed=True)
    return (
        Term("previous", arrays["weight"], weight_type, own),
        Term("luma", arrays[LUMA_PART][None, None], luma_type, added, MID_GRAY),
    )


def _array(archive: zipfile.ZipFile, member: str, shape: tuple[int, ...]) -> IntArray:
    """The int64 array of exactly `shape`: its bytes are counted before NumPy sees them."""
    num_bytes = 8 * math.prod(shape)
    content = _content(archive, member, num_bytes + MAX_NPY_HEADER_BYTES)
    stream = io.BytesIO(content)
    np.lib.format.read_magic(stream)
    found, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=MAX_NPY_HEADER_BYTES)
    if found != shape or fortran or dtype != np.dtype("<i8"):
        raise ArchiveError(f"{member} is {dtype} of shape {found}; allowed int64 of shape {shape}")
    if len(content) - stream.tell() != num_bytes:
        raise ArchiveError(f"{member} is truncated or too long")
    return np.frombuffer(content, dtype="<i8", offset=stream.tell()).reshape(shape)
