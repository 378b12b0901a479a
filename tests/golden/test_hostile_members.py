"""Headers and arrays that are not what `save` writes, in an otherwise whole archive: refused, and nothing is executed."""

import io
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden import load
from tests.golden.archives import NETWORK, WEIGHT, load_or_refuse, members_of, refuse, write


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "network.npz"


def header_with(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda header: header | changes


def layer_with(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    """Changes to the facts of the first layer."""
    return lambda header: header | {"layers": [header["layers"][0] | changes, *header["layers"][1:]]}


def without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda header: {name: value for name, value in header.items() if name != key}


def layer_without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda header: header | {"layers": [without(key)(header["layers"][0]), *header["layers"][1:]]}


NAN = float("nan")
HEADERS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no object": (lambda header: [header], "not a network archive"),
    "null": (lambda header: None, "not a network archive"),
    "no format": (without("format"), "not a network archive; allowed format 'fsrcnn-int-network'"),
    "another format": (header_with(format="onnx"), "not a network archive; allowed format 'fsrcnn-int-network'"),
    "no version": (without("version"), "format version None; allowed 1"),
    "a later version": (header_with(version=2), "format version 2; allowed 1"),
    "version as text": (header_with(version="1"), "format version '1'; allowed 1"),
    "version true": (header_with(version=True), "format version True; allowed 1"),
    "version NaN": (header_with(version=NAN), "format version nan; allowed 1"),
    "no hash": (without("hash"), "content hash .* is not the header's None"),
    "hash as a number": (header_with(hash=7), "content hash .* is not the header's 7"),
    "another hash": (header_with(hash="0" * 64), "content hash .* is not the header's 000000000000"),
    "no layers": (without("layers"), r"header without a list of 1\.\.256 layers"),
    "empty layers": (header_with(layers=[]), r"header without a list of 1\.\.256 layers"),
    "layers as an object": (header_with(layers={"0": {}}), r"header without a list of 1\.\.256 layers"),
    "layer as a number": (header_with(layers=[1, 2]), r"header without a list of 1\.\.256 layers"),
    "too many layers": (header_with(layers=[{}] * 257), r"header without a list of 1\.\.256 layers"),
    "a layer without arrays": (lambda h: h | {"layers": [*h["layers"], h["layers"][0]]}, "missing or unknown members '002"),
    "arrays without a layer": (lambda h: h | {"layers": h["layers"][:1]}, "missing or unknown members '001"),
    **{f"layer without {key}": (layer_without(key), f"layer 0: header is incomplete.*{key}") for key in ("name", "kind", "shape")},
    **{
        f"layer without {key}": (layer_without(key), f"layer 0: header is inc.*{key}") for key in ("stride", "input", "accumulator")
    },
    "name as a number": (layer_with(name=3), "layer name 3"),
    "name as a list": (layer_with(name=["a"]), "layer name"),
    "unknown kind": (layer_with(kind="dense"), "kind 'dense'"),
    "kind as an object": (layer_with(kind={}), "kind {}"),
    "stride true": (layer_with(stride=True), "stride True"),
    "stride 1.0": (layer_with(stride=1.0), r"stride 1\.0"),
    "stride NaN": (layer_with(stride=NAN), "stride nan"),
    "stride as a list": (layer_with(stride=[1]), r"stride \[1\]"),
    "type as text": (layer_with(input="u8"), "integer type of 'u' bits"),
    "type as a number": (layer_with(input=8), "layer 0: header is incomplete or malformed"),
    "type of one number": (layer_with(input=[8]), "layer 0: header is incomplete or malformed"),
    "type of enormous bits": (layer_with(accumulator=[10**30, True]), "integer type of 1000"),
    "type of NaN bits": (layer_with(weight_type=[NAN, True]), "integer type of nan bits"),
    "type as null": (layer_with(output=None), "layer 0: header is incomplete or malformed"),
    "negative shape": (layer_with(shape=[-2, 1, 3, 3]), r"layer 0: shape \[-2, 1, 3, 3\]"),
    "two negative sizes": (layer_with(shape=[-1, -18, 1, 1]), "layer 0: shape"),
    "zero shape": (layer_with(shape=[0, 10**30, 3, 3]), "layer 0: shape"),
    "enormous shape": (layer_with(shape=[10**30, 1, 3, 3]), "000.weight.npy is int64 of shape"),
    "large shape": (layer_with(shape=[2**31, 2**31, 3, 3]), "000.weight.npy is int64 of shape"),
    "shape of three": (layer_with(shape=[2, 1, 9]), "layer 0: shape"),
    "shape of floats": (layer_with(shape=[2.0, 1, 3, 3]), "layer 0: shape"),
    "shape of text": (layer_with(shape="2133"), "layer 0: shape"),
    "shape of true": (layer_with(shape=[2, True, 3, 3]), "layer 0: shape"),
    "another shape": (layer_with(shape=[1, 2, 3, 3]), r"000.weight.npy is int64 of shape \(2, 1, 3, 3\); allowed int64 of shape"),
    "narrow weight type": (layer_with(weight_type=[2, True]), "outside narrow int2"),
}


@pytest.mark.parametrize(("change", "reason"), HEADERS.values(), ids=HEADERS)
def test_a_wrong_header_is_refused_with_the_reason(path: Path, change: Callable[[dict[str, Any]], Any], reason: str) -> None:
    members = members_of(path)
    header = json.loads(members["header.json"])
    write(path, members | {"header.json": json.dumps(change(header)).encode()})
    refuse(path, reason)


TEXTS = {
    "no JSON": (b"{", "header.json is not JSON"),
    "nothing": (b"", "no header.json"),
    "not UTF-8": (b"\xff\xfe\xff", "header.json is not JSON"),
    "deeply nested": (b"[" * 200_000, "header.json is not JSON"),
    "nested in the version": (
        b'{"format": "fsrcnn-int-network", "version": ' + b"[" * 900 + b"]" * 900 + b"}",
        "format version|damaged|not JSON",
    ),
    "an integer of 10,000 digits": (b'{"version": ' + b"9" * 10_000 + b"}", "header.json is not JSON"),
    "over a mebibyte": (b'"' + b" " * 2**20 + b'"', "header.json of 1048578 bytes; allowed at most 1048576"),
}


@pytest.mark.parametrize(("text", "reason"), TEXTS.values(), ids=TEXTS)
def test_a_header_that_is_no_sane_json_is_refused(path: Path, text: bytes, reason: str) -> None:
    write(path, members_of(path) | {"header.json": text})
    refuse(path, reason)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=6,
)
FACTS = ("name", "kind", "shape", "stride", "weight_type", "input", "output", "accumulator")


@settings(max_examples=150)
@given(key=st.sampled_from(FACTS), value=json_values)
def test_any_json_value_in_any_place_of_a_layer_is_refused_or_harmless(path: Path, key: str, value: Any) -> None:
    members = members_of(path)
    header = layer_with(**{key: value})(json.loads(members["header.json"]))
    write(path, members | {"header.json": json.dumps(header).encode()})
    assert load_or_refuse(path) in (None, NETWORK)


def npy(descr: Any = "<i8", shape: Any = (2, 1, 3, 3), data: bytes = bytes(144), fortran: Any = False) -> bytes:
    """A .npy of that header, whatever it says."""
    header = repr({"descr": descr, "fortran_order": fortran, "shape": shape}).encode()
    return npy_text(header, data)


def npy_text(header: bytes, data: bytes = bytes(144)) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + data


class Trap:
    """Unpickling it writes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


def test_a_pickled_array_is_refused_and_not_executed(path: Path) -> None:
    target = path.parent / "executed"
    pickled = io.BytesIO()
    np.save(pickled, np.array([Trap(target)], dtype=object), allow_pickle=True)
    members = members_of(path)
    for content in (pickled.getvalue(), pickle.dumps(Trap(target)), npy("|O", data=pickle.dumps(Trap(target)))):
        write(path, members | {WEIGHT: content})
        refuse(path, "")
        assert not target.exists()
    np.load(io.BytesIO(pickled.getvalue()), allow_pickle=True)
    assert target.exists(), "the trap does not work"


ARRAY_FILES = {
    "no bytes": b"",
    "no array": b"hello, world",
    "another version": b"\x93NUMPY\x03\x00" + npy()[8:],
    "float64": npy("<f8"),
    "big endian": npy(">i8"),
    "int32": npy("<i4"),
    "structured": npy([("a", "<i8")]),
    "empty descr tuple": npy(()),
    "Fortran order": npy(fortran=True),
    "huge shape": npy(shape=(2**40, 2**40, 3, 3)),
    "negative shape": npy(shape=(-2, -1, 3, 3)),
    "another shape": npy(shape=(1, 2, 3, 3)),
    "one byte short": npy(data=bytes(143)),
    "one byte long": npy(data=bytes(145)),
    "no data": npy(data=b""),
    "header that is no dictionary": npy_text(b"[1]"),
    "header with an unhashable key": npy_text(b"{[]: 1}"),
    "header that does not end": npy_text(b"(" * 900),
    "header of signs": npy_text(b"-" * 900 + b"1"),
    "header with a call": npy_text(b"__import__('os').getcwd()"),
    "header of Python 2": npy_text(b"{'descr': '<i8', 'fortran_order': False, 'shape': (2L, 1L, 3L, 3L)}"),
    "header beyond the file": b"\x93NUMPY\x01\x00\xff\xff{",
    "long header": npy_text(b" " * 2000 + b"{}"),
}


@pytest.mark.parametrize("content", ARRAY_FILES.values(), ids=ARRAY_FILES)
def test_a_wrong_array_is_refused(path: Path, content: bytes) -> None:
    assert npy(data=NETWORK.layers[0].weight.tobytes()) != content
    write(path, members_of(path) | {WEIGHT: content})
    refuse(path, "")


def test_the_array_written_by_hand_is_taken(path: Path) -> None:
    """The control of the test above."""
    write(path, members_of(path) | {WEIGHT: npy(data=NETWORK.layers[0].weight.tobytes())})
    assert load(path) == NETWORK
