"""The integer network: the one value that training makes and that everything else reads.

Decides which networks are legal: shapes chain, every integer fits its type, every accumulator is
proved to fit.  An illegal network cannot be constructed, so nobody downstream checks twice.
Knows nothing of scales, floats, frameworks or files.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, cast

from golden.accumulator import interval, proved_type
from golden.exactness import product_fits_int64
from golden.int_type import MAX_ACCUMULATOR_BITS, IntArray, IntType, NetworkError
from golden.term import LUMA, MAX_KERNEL, MAX_TENSOR_BITS, MAX_TERM_SHIFT, MID_GRAY, Term, check_range, frozen_integers

MULTIPLIER_BITS = 18
MAX_SHIFT = 47
MAX_STRIDE = 8
__all__ = [
    "ARRAYS",
    "LUMA",
    "MAX_ACCUMULATOR_BITS",
    "MAX_KERNEL",
    "MAX_SHIFT",
    "MAX_STRIDE",
    "MAX_TENSOR_BITS",
    "MAX_TERM_SHIFT",
    "MID_GRAY",
    "MULTIPLIER_BITS",
    "PROVED",
    "TYPES",
    "IntArray",
    "IntLayer",
    "IntNetwork",
    "IntType",
    "NetworkError",
    "Term",
]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

Kind = Literal["conv", "deconv"]
PROVED = cast(IntType, None)
"""In place of an accumulator type: take the proved one."""


@dataclass(frozen=True, eq=False)
class IntLayer:
    """One layer: a convolution (stride 1, same size) or a transposed convolution, then requantize (docs/arithmetic.md, eq. 1 to 6).

    terms: what the accumulator adds up; the first reads the layer's input.  A second one, over the LR pixel, is for the transposed
        convolution that ends a network.  One of the shifts is 0.
    bias: (out_channels,), on the accumulator's grid; it starts the accumulator.
    positive_multiplier, negative_multiplier: (out_channels,), signed 18 bit; the sign of the accumulator picks one.
    shift: (out_channels,), 0..47.
    accumulator: left out, it is the proved one; given, it must hold every proved sum.

    Raises NetworkError for anything outside docs/arithmetic.md.
    """

    name: str
    kind: Kind
    terms: tuple[Term, ...]
    bias: IntArray
    positive_multiplier: IntArray
    negative_multiplier: IntArray
    shift: IntArray
    input: IntType
    output: IntType
    stride: int = 1
    accumulator: IntType = PROVED

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise NetworkError(f"layer name {self.name!r}; allowed a lower-case letter, then letters, digits or _")
        if self.kind not in ("conv", "deconv"):
            raise NetworkError(f"{self.where}: kind {self.kind!r}; allowed 'conv' or 'deconv'")
        object.__setattr__(self, "terms", self._legal_terms())
        for part in PER_CHANNEL:
            object.__setattr__(self, part, frozen_integers(getattr(self, part), f"{self.where}: {part}"))
        self._check_types()
        self._check_shapes()
        self._check_values()
        self._check_accumulator()

    @property
    def where(self) -> str:
        return f"layer '{self.name}'"

    @property
    def weight(self) -> IntArray:
        """(out_channels, in_channels, K, K), what the layer's input is multiplied by: the first term's."""
        return self.terms[0].weight

    @property
    def weight_type(self) -> IntType:
        """The type of `weight`."""
        return self.terms[0].weight_type

    @property
    def luma(self) -> Term | None:
        """The term that reads the LR pixel, if there is one."""
        return next((term for term in self.terms if term.source == "luma"), None)

    def with_weight(self, weight: IntArray) -> IntLayer:
        """This layer with another `weight` and the accumulator that it needs."""
        return replace(self, terms=(replace(self.terms[0], weight=weight), *self.terms[1:]), accumulator=PROVED)

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
        return sum(int(term.weight.size) for term in self.terms)

    def arrays(self) -> dict[str, IntArray]:
        """Every array by its name in a file."""
        return {part: getattr(self, part) for part in ARRAYS} | ({} if self.luma is None else {LUMA_PART: self.luma.weight[0, 0]})

    def structure(self) -> dict[str, Any]:
        """Everything but the arrays, as plain JSON values; the names are those of the file format."""
        facts = {"name": self.name, "kind": self.kind, "shape": list(self.weight.shape), "stride": self.stride}
        facts |= {part: [getattr(self, part).bits, getattr(self, part).signed] for part in TYPES}
        if self.luma is not None:
            alignment = self.terms[0].shift - self.luma.shift
            facts[LUMA_PART] = {"weight_bits": self.luma.weight_type.bits, "alignment": alignment}
        return facts

    def __repr__(self) -> str:
        """One line, without the arrays."""
        size = f"{self.kernel}x{self.kernel}"
        return (
            f"IntLayer({self.name}: {self.kind} {self.in_channels}->{self.out_channels} {size}, {self.weight_type}, {self.output})"
        )

    def _legal_terms(self) -> tuple[Term, ...]:
        terms = tuple(self.terms)
        if not all(isinstance(term, Term) for term in terms) or [term.source for term in terms][:1] != ["previous"]:
            raise NetworkError(f"{self.where}: terms {terms!r}; allowed one Term over 'previous', then one over 'luma'")
        first, *others = legal = tuple(term.legal(self.where) for term in terms)
        sources = [term.source for term in legal]
        if len(set(sources)) != len(sources) or min(term.shift for term in legal) != 0:
            raise NetworkError(
                f"{self.where}: terms over {', '.join(sources)} with shifts {', '.join(str(term.shift) for term in legal)}; "
                "allowed one of each source, one of them with shift 0"
            )
        kernel, channels = first.weight.shape[2:], first.weight.shape[0]
        for term in others:
            if self.kind != "deconv" or channels != 1 or term.weight.shape != (1, 1, *kernel):
                raise NetworkError(
                    f"{self.where}: term over '{term.source}' of shape {term.weight.shape}; "
                    f"allowed (1, 1, K, K) in a transposed convolution to one channel, of its kernel's size {kernel}"
                )
        return legal

    def _check_types(self) -> None:
        for part in ("input", "output"):
            int_type = getattr(self, part)
            if not isinstance(int_type, IntType) or int_type.bits > MAX_TENSOR_BITS:
                raise NetworkError(f"{self.where}: {part} is {int_type}; allowed an IntType of 1..{MAX_TENSOR_BITS} bits")

    def _check_shapes(self) -> None:
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
        for part in PER_CHANNEL:
            if getattr(self, part).shape != (self.out_channels,):
                raise NetworkError(f"{self.where}: {part} of shape {getattr(self, part).shape}; allowed ({self.out_channels},)")

    def _check_values(self) -> None:
        limit = (1 << (MULTIPLIER_BITS - 1)) - 1
        for part in ("positive_multiplier", "negative_multiplier"):
            check_range(getattr(self, part), -limit - 1, limit, f"{self.where}: {part}", f"int{MULTIPLIER_BITS}")
        check_range(self.shift, 0, MAX_SHIFT, f"{self.where}: shift", "shift")

    def _check_accumulator(self) -> None:
        low, high = interval(self)
        try:
            proved = proved_type(self)
        except NetworkError as error:
            raise NetworkError(f"{self.where}: accumulator: {error}") from error
        if self.accumulator is None:
            object.__setattr__(self, "accumulator", proved)
        if not isinstance(self.accumulator, IntType) or not self.accumulator.signed or self.accumulator.bits < proved.bits:
            raise NetworkError(
                f"{self.where}: accumulator {self.accumulator} cannot hold the proved interval "
                f"[{int(low.min())}, {int(high.max())}]; allowed signed, at least {proved.bits} bits"
            )
        if not product_fits_int64(self):
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
        return [layer.structure() for layer in self.layers]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntNetwork) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        """One line, without the layers' arrays."""
        return f"{type(self).__name__}({self})"

    def __str__(self) -> str:
        widths = "-".join(str(layer.out_channels) for layer in self.layers)
        weights = "/".join(str(bits) for bits in sorted({layer.weight_type.bits for layer in self.layers}))
        hidden = "/".join(str(bits) for bits in sorted({layer.output.bits for layer in self.layers[:-1]}))
        residual = "" if self.layers[-1].luma is None else " with residual"
        return f"x{self.scale} network 1-{widths}{residual}, weights {weights} bit, activations {hidden or 8} bit, {self.hash[:12]}"


PER_CHANNEL = ("bias", "positive_multiplier", "negative_multiplier", "shift")
ARRAYS = ("weight", *PER_CHANNEL)
LUMA_PART = "residual"
"""The luma term's name in a file: the image-space residual."""
TYPES = ("weight_type", "input", "output", "accumulator")
