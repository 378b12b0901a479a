"""Test vectors: the golden integers of every layer for the chosen frames, as binary and as hexadecimal text, with an index.

One tensor is one pair of files in raster order, a beat (all channels of one pixel) after the other.  `.bin`: int8/uint8 or int16/
uint16, little endian, channel 0 first.  `.hex`: one beat per line, channel 0 in the least significant bits, for $readmemh.
`index.txt` lists them with their CRC-32 and ends with the number of its lines, so that a lost line is seen.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import model
from golden.spec import LUMA, IntNetwork, IntType

Array = NDArray[Any]
Tensors = Mapping[str, tuple[Array, IntType]]
"""By name, (channels, rows, columns) integers and their type."""


def vector_files(network: IntNetwork, frames: Mapping[str, NDArray[np.uint8]]) -> dict[str, bytes]:
    """Every file of the vectors folder by name, the index among them."""
    return tensor_files(network, {name: _layers(network, frame) for name, frame in frames.items()})


def _layers(network: IntNetwork, frame: NDArray[np.uint8]) -> Tensors:
    trace = model.trace(network, frame)
    return {"input": (frame[None], LUMA), **{layer.name: (trace[layer.name], layer.output) for layer in network.layers}}


def tensor_files(network: IntNetwork, frames: Mapping[str, Tensors]) -> dict[str, bytes]:
    """As `vector_files`, of these tensors of each frame; the first is (channels, rows, columns) of what goes in."""
    files: dict[str, bytes] = {}
    lines = [f"network {network.hash}"]
    for name, tensors in frames.items():
        _, height, width = next(iter(tensors.values()))[0].shape
        lines.append(f"frame {name} {height} {width}")
        for layer, (tensor, kind) in tensors.items():
            stem = f"{name}.{layer}"
            files[f"{stem}.bin"] = binary(tensor, kind)
            files[f"{stem}.hex"] = text(tensor, kind, f"{name} {layer}: {len(tensor)} channels of {kind}, network {network.hash}")
            lines.append(_entry(layer, tensor, kind, files[f"{stem}.bin"], files[f"{stem}.hex"], stem))
    lines.append(f"end {len(lines) + 1}")
    files["index.txt"] = ("\n".join(lines) + "\n").encode()
    return files


def binary(tensor: Array, kind: IntType) -> bytes:
    """Beat by beat, little endian, in the smallest of 8 or 16 bits."""
    return np.ascontiguousarray(tensor.transpose(1, 2, 0)).astype(kind.dtype.newbyteorder("<")).tobytes()


def text(tensor: Array, kind: IntType, comment: str) -> bytes:
    """One hexadecimal word per beat after a comment line."""
    digits = -(-len(tensor) * kind.bits // 4)
    mask = (1 << kind.bits) - 1
    beats = (tensor.transpose(1, 2, 0).astype(np.int64) & mask).reshape(-1, len(tensor))
    bit = (beats[:, :, None] >> np.arange(kind.bits)) & 1
    flat = np.zeros((len(beats), digits * 4), dtype=np.uint8)
    flat[:, : len(tensor) * kind.bits] = bit.reshape(len(beats), -1)
    nibbles = flat.reshape(len(beats), digits, 4) @ np.array([1, 2, 4, 8], dtype=np.uint8)
    characters = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)[nibbles[:, ::-1]]
    lines = np.concatenate([characters, np.full((len(beats), 1), ord("\n"), np.uint8)], axis=1)
    return f"// {comment}\n".encode() + lines.tobytes()


def _entry(layer: str, tensor: Array, kind: IntType, as_bytes: bytes, as_text: bytes, stem: str) -> str:
    beats = tensor.shape[1] * tensor.shape[2]
    checksums = f"{zlib.crc32(as_bytes):08x} {zlib.crc32(as_text):08x}"
    return f"tensor {layer} {len(tensor)} {kind.bits} {int(kind.signed)} {beats} {checksums} {stem}"
