"""The integer network: the one value that training makes and that everything else reads.

Decides which networks are legal: shapes chain, every integer fits its type, every accumulator is
proved to fit.  An illegal network cannot be constructed, so nobody downstream checks twice.
Knows nothing of scales, floats, frameworks or files.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np

from golden import ranges
from golden.int_type import MAX_ACCUMULATOR_BITS, IntArray, IntType, NetworkError
from golden.residual import Residual

MULTIPLIER_BITS = 18
MAX_SHIFT = 47
MAX_TENSOR_BITS = 16
MAX_KERNEL = 31
MAX_STRIDE = 8
__all__ = [
    "ARRAYS",
    "LUMA",
    "MAX_ACCUMULATOR_BITS",
    "PROVED",
    "TYPES",
    "IntArray",
    "IntLayer",
    "IntNetwork",
    "IntType",
    "NetworkError",
    "Residual",
]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


LUMA = IntType(8, signed=False)
Kind = Literal["conv", "deconv"]
PROVED = cast(IntType, None)
"""In place of an accumulator type: take the proved one."""


@dataclass(frozen=True, eq=False)
class IntLayer:
    """One layer: a convolution (stride 1, same size) or a transposed convolution, then requantize.

    weight: (out_channels, in_channels, K, K), narrow symmetric range of `weight_type`.
    bias: (out_channels,), on the accumulator's grid; it starts the accumulator.
    positive_multiplier, negative_multiplier: (out_channels,), signed 18 bit; the sign of the accumulator picks one.
    shift: (out_channels,), 0..47.
    accumulator: left out, it is the proved one; given, it must hold every proved sum.
    residual: what the LR pixel adds to the accumulator of the network's transposed convolution, if anything.

    Raises NetworkError for anything outside `arithmetic.md`.
    """

    name: str
    kind: Kind
    weight: IntArray
    bias: IntArray
    positive_multiplier: IntArray
    negative_multiplier: IntArray
    shift: IntArray
    weight_type: IntType
    input: IntType
    output: IntType
    stride: int = 1
    accumulator: IntType = PROVED
    residual: Residual | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise NetworkError(f"layer name {self.name!r}; allowed a lower-case letter, then letters, digits or _")
        if self.kind not in ("conv", "deconv"):
            raise NetworkError(f"{self.where}: kind {self.kind!r}; allowed 'conv' or 'deconv'")
        for part in ARRAYS:
            object.__setattr__(self, part, self._frozen(part, getattr(self, part)))
        self._check_types()
        self._check_shapes()
        self._check_values()
        self._check_accumulator()

    @property
    def where(self) -> str:
        return f"layer '{self.name}'"

    @property
    def out_channels(self) -> int:
        return int(self.weight.shape[0])

    @property
    def in_channels(self) -> int:
        return int(self.weight.shape[1])

    @property
    def kernel(self) -> int:
        return int(self.weight.shape[2])

    @property
    def padding(self) -> int:
        """Rows and columns of zeros that the halo supplies on each side.

        A convolution keeps the size; a transposed one drops this many rows and columns in front: 4 for a 9x9.
        """
        return (self.kernel - 1) // 2

    @property
    def output_padding(self) -> int:
        """Rows that a transposed convolution adds behind, so that the output is exactly stride times the input."""
        return 0 if self.kind == "conv" else self.stride - self.kernel + 2 * self.padding

    @property
    def num_weights(self) -> int:
        return int(self.weight.size) + (0 if self.residual is None else int(self.residual.weight.size))

    def arrays(self) -> dict[str, IntArray]:
        """Every array by its name in a file."""
        extra = {} if self.residual is None else {"residual": self.residual.weight}
        return {part: getattr(self, part) for part in ARRAYS} | extra

    def residual_structure(self) -> dict[str, Any]:
        """What the network's structure says of the residual: nothing where there is none."""
        if self.residual is None:
            return {}
        return {"residual": {"weight_bits": self.residual.weight_type.bits, "alignment": self.residual.alignment}}

    def _frozen(self, part: str, value: Any) -> IntArray:
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise NetworkError(f"{self.where}: {part} is no array ({error})") from error
        if array.dtype.kind not in "iu":
            raise NetworkError(f"{self.where}: {part} has dtype {array.dtype}; allowed integers only")
        if array.size and (int(array.max()) > 2**62 or int(array.min()) < -(2**62)):
            raise NetworkError(f"{self.where}: {part} holds an integer beyond 62 bits")
        frozen = np.array(array, dtype=np.int64, order="C")
        frozen.setflags(write=False)
        return frozen

    def _check_types(self) -> None:
        for part in ("weight_type", "input", "output"):
            int_type = getattr(self, part)
            if not isinstance(int_type, IntType) or int_type.bits > MAX_TENSOR_BITS:
                raise NetworkError(f"{self.where}: {part} is {int_type}; allowed an IntType of 1..{MAX_TENSOR_BITS} bits")
        if not self.weight_type.signed or self.weight_type.bits < 2:
            raise NetworkError(f"{self.where}: weight type {self.weight_type}; allowed signed, at least 2 bits")

    def _check_shapes(self) -> None:
        shape = self.weight.shape
        if len(shape) != 4 or 0 in shape or shape[2] != shape[3] or shape[2] > MAX_KERNEL:
            raise NetworkError(
                f"{self.where}: weight of shape {shape}; allowed (out_channels, in_channels, K, K), K 1..{MAX_KERNEL}"
            )
        if type(self.stride) is not int:
            raise NetworkError(f"{self.where}: stride {self.stride!r}; allowed an int")
        if self.kind == "conv" and (self.kernel % 2 == 0 or self.stride != 1):
            raise NetworkError(
                f"{self.where}: convolution {self.kernel}x{self.kernel} of stride {self.stride}; allowed odd K and stride 1"
            )
        if self.kind == "deconv" and not 2 <= self.stride <= min(MAX_STRIDE, self.kernel):
            raise NetworkError(
                f"{self.where}: transposed convolution {self.kernel}x{self.kernel} of stride {self.stride}; "
                f"allowed stride 2..{MAX_STRIDE}, not above K"
            )
        if self.residual is not None and (self.kind != "deconv" or self.residual.weight.shape != shape[2:] or shape[0] != 1):
            raise NetworkError(
                f"{self.where}: residual of {self.residual.weight.shape}; "
                f"allowed in a transposed convolution to one channel, of its kernel's size {shape[2:]}"
            )
        for part in ("bias", "positive_multiplier", "negative_multiplier", "shift"):
            if getattr(self, part).shape != (self.out_channels,):
                raise NetworkError(f"{self.where}: {part} of shape {getattr(self, part).shape}; allowed ({self.out_channels},)")

    def _check_values(self) -> None:
        limit = self.weight_type.max
        self._check_range("weight", -limit, limit, f"narrow {self.weight_type}")
        limit = (1 << (MULTIPLIER_BITS - 1)) - 1
        for part in ("positive_multiplier", "negative_multiplier"):
            self._check_range(part, -limit - 1, limit, f"int{MULTIPLIER_BITS}")
        self._check_range("shift", 0, MAX_SHIFT, "shift")

    def _check_range(self, part: str, low: int, high: int, what: str) -> None:
        array = getattr(self, part)
        outside = np.argwhere((array < low) | (array > high))
        if len(outside):
            index = tuple(int(i) for i in outside[0])
            place = " ".join(f"{axis}={i}" for axis, i in zip(("co", "ci", "ky", "kx"), index, strict=False))
            raise NetworkError(f"{self.where}: {part} {int(array[index])} outside {what} [{low}, {high}] at {place}")

    def _check_accumulator(self) -> None:
        low, high = ranges.accumulator_interval(self)
        try:
            proved = ranges.proved_accumulator(self)
        except NetworkError as error:
            raise NetworkError(f"{self.where}: accumulator: {error}") from error
        if self.accumulator is None:
            object.__setattr__(self, "accumulator", proved)
        if not isinstance(self.accumulator, IntType) or not self.accumulator.signed or self.accumulator.bits < proved.bits:
            raise NetworkError(
                f"{self.where}: accumulator {self.accumulator} cannot hold the proved interval "
                f"[{int(low.min())}, {int(high.max())}]; allowed signed, at least {proved.bits} bits"
            )
        if not ranges.product_fits_int64(self):
            raise NetworkError(f"{self.where}: accumulator times multiplier needs more than 63 bits")


@dataclass(frozen=True, eq=False)
class IntNetwork:
    """A super-resolution network of integers: 8-bit luma in, convolutions, one transposed convolution, 8-bit luma out.

    Its meaning is `golden.model.run`.  Equality and hash are those of the content.
    Raises NetworkError when the layers do not chain.
    """

    layers: tuple[IntLayer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers or not all(isinstance(layer, IntLayer) for layer in self.layers):
            raise NetworkError("network: no layers; allowed convolutions, then one transposed convolution")
        names = [layer.name for layer in self.layers]
        if len(set(names)) != len(names):
            raise NetworkError(f"network: layer names repeat: {', '.join(names)}")
        kinds = [layer.kind for layer in self.layers]
        if kinds != ["conv"] * (len(kinds) - 1) + ["deconv"]:
            raise NetworkError(f"network: layers {', '.join(kinds)}; allowed convolutions, then one transposed convolution")
        self._check_chain()

    def _check_chain(self) -> None:
        first, last = self.layers[0], self.layers[-1]
        if first.in_channels != 1 or first.input != LUMA:
            raise NetworkError(f"{first.where}: takes {first.in_channels} x {first.input}; allowed 1 x {LUMA} (8-bit luma)")
        if last.out_channels != 1 or last.output != LUMA:
            raise NetworkError(f"{last.where}: gives {last.out_channels} x {last.output}; allowed 1 x {LUMA} (8-bit luma)")
        for before, after in zip(self.layers, self.layers[1:], strict=False):
            if (before.out_channels, before.output) != (after.in_channels, after.input):
                raise NetworkError(
                    f"{after.where}: takes {after.in_channels} x {after.input}, but "
                    f"{before.where} gives {before.out_channels} x {before.output}"
                )

    @property
    def scale(self) -> int:
        """Pixels of output per pixel of input, along each side."""
        return self.layers[-1].stride

    @property
    def num_weights(self) -> int:
        """Weights, which is also the multiply-accumulates per LR pixel."""
        return sum(layer.num_weights for layer in self.layers)

    def layer(self, name: str) -> IntLayer:
        """The layer called `name`; NetworkError names the ones there are."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise NetworkError(f"no layer '{name}'; allowed {', '.join(layer.name for layer in self.layers)}")

    @cached_property
    def hash(self) -> str:
        """sha256 (hex) of the canonical bytes: sorted JSON of the structure, then every array as little-endian int64."""
        digest = hashlib.sha256(json.dumps(self.structure(), sort_keys=True, separators=(",", ":")).encode())
        for layer in self.layers:
            for array in layer.arrays().values():
                digest.update(array.astype("<i8").tobytes())
        return digest.hexdigest()

    def structure(self) -> list[dict[str, Any]]:
        """Everything but the arrays, as plain JSON values; `golden.archive` stores it."""
        return [
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": list(layer.weight.shape),
                "stride": layer.stride,
                **{part: [getattr(layer, part).bits, getattr(layer, part).signed] for part in TYPES},
                **layer.residual_structure(),
            }
            for layer in self.layers
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntNetwork) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __str__(self) -> str:
        widths = "-".join(str(layer.out_channels) for layer in self.layers)
        weights = "/".join(str(bits) for bits in sorted({layer.weight_type.bits for layer in self.layers}))
        hidden = "/".join(str(bits) for bits in sorted({layer.output.bits for layer in self.layers[:-1]}))
        residual = "" if self.layers[-1].residual is None else " with residual"
        return f"x{self.scale} network 1-{widths}{residual}, weights {weights} bit, activations {hidden or 8} bit, {self.hash[:12]}"


ARRAYS = ("weight", "bias", "positive_multiplier", "negative_multiplier", "shift")
TYPES = ("weight_type", "input", "output", "accumulator")
