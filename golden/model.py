"""The meaning of an integer network (docs/arithmetic.md, eq. 1 to 5): the integers that every other executor must output.

A frame is computed in stripes of rows, each layer keeping the few rows that its successor stripe needs, as the
hardware's line buffers do; memory is bounded whatever the frame's height.  Sums run through BLAS where `golden.exactness`
proves that float32 or float64 holds them exactly, and through int64 otherwise; the integers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import arithmetic, exactness
from golden.spec import IntArray, IntLayer, IntNetwork

Array = NDArray[Any]
Requantize = Callable[[IntArray, IntLayer], IntArray]
STRIPE_PIXELS = 8192
"""LR pixels of one stripe: 56 channels of them in float32 fit a core's cache."""


class FrameError(ValueError):
    """A frame that the network cannot take; the message names what is allowed."""


def run(network: IntNetwork, luma: Array, *, exact: str = "auto") -> NDArray[np.uint8]:
    """The (scale * height, scale * width) uint8 luma that `network` makes of a (height, width) uint8 luma.

    exact: "auto" takes the fastest arithmetic that is proved exact for each layer; "int64" takes integers throughout.
    Raises FrameError unless luma is a 2-D uint8 array of at least 1x1.
    """
    frame = checked(luma)
    height, width = frame.shape
    output = np.empty((height * network.scale, width * network.scale), dtype=np.uint8)

    def collect(index: int, row: int, rows: Array) -> None:
        if index == len(network.layers) - 1:
            output[row : row + rows.shape[1]] = rows[0]

    _stream(network, frame, exact, collect)
    return output


def trace(
    network: IntNetwork, luma: Array, *, exact: str = "auto", requantize: dict[str, Requantize] | None = None
) -> dict[str, Array]:
    """Every layer's output integers by layer name, each (channels, rows, columns) in the layer's own dtype.

    The taps of `golden.compare`.  They need sum(channels) * height * width bytes and more: use small frames.
    requantize: takes the place of the contract's requantize in the layers it names, for mutants; only with exact="int64".
    Raises FrameError as `run` does.
    """
    frame = checked(luma)
    taps = {
        layer.name: np.empty((layer.out_channels, *(size * layer.stride for size in frame.shape)), layer.output.dtype)
        for layer in network.layers
    }

    def collect(index: int, row: int, rows: Array) -> None:
        taps[network.layers[index].name][:, row : row + rows.shape[1]] = rows

    _stream(network, frame, exact, collect, requantize)
    return taps


def checked(luma: Array) -> Array:
    """The frame as an array.  Raises FrameError unless it is 2-D uint8 of at least 1x1."""
    frame = np.asarray(luma)
    if frame.dtype != np.uint8 or frame.ndim != 2 or frame.size == 0:
        raise FrameError(f"frame of shape {frame.shape} and dtype {frame.dtype}; allowed (height, width) uint8, at least 1x1")
    return frame


def _stream(
    network: IntNetwork,
    frame: Array,
    exact: str,
    collect: Callable[[int, int, Array], None],
    requantize: dict[str, Requantize] | None = None,
) -> None:
    """Push the frame through all layers, a stripe at a time; `collect(layer index, first row, rows)` sees every output."""
    replaced = requantize or {}
    layers = [
        _rows_of(layer)(layer, frame.shape[1], _Arithmetic(layer, exact, replaced.get(layer.name, arithmetic.requantize)))
        for layer in network.layers
    ]
    emitted = [0] * len(layers)
    for stripe, is_last in _stripes(frame):
        rows = stripe[None]
        for layer_rows in layers:
            layer_rows.see(rows)
        for index, layer_rows in enumerate(layers):
            rows = layer_rows.push(rows, is_last)
            if rows.shape[1] == 0:
                break
            collect(index, emitted[index], rows)
            emitted[index] += rows.shape[1]


def _stripes(frame: Array) -> Iterator[tuple[Array, bool]]:
    step = max(8, STRIPE_PIXELS // frame.shape[1])
    for row in range(0, frame.shape[0], step):
        yield frame[row : row + step], row + step >= frame.shape[0]


class _Arithmetic:
    """How one layer's sums and requantization are computed: in float32, float64 or int64, whichever is proved exact."""

    def __init__(self, layer: IntLayer, exact: str, by_definition: Requantize) -> None:
        if exact not in ("auto", "int64"):
            raise ValueError(f"exact is {exact!r}; allowed 'auto' or 'int64'")
        self.layer, self.by_definition = layer, by_definition
        candidates: tuple[type[np.floating], ...] = (np.float32, np.float64) if exact == "auto" else ()
        self.sum_dtype: type[np.generic] = next((d for d in candidates if exactness.sum_is_exact(layer, d)), np.int64)
        self.factor_dtype = next((d for d in candidates if exactness.requantize_is_exact(layer, d)), None)
        if self.factor_dtype is not None:
            unit = np.ldexp(1.0, -layer.shift)
            self.negative = (layer.negative_multiplier * unit).astype(self.factor_dtype)[:, None]
            self.positive = (layer.positive_multiplier * unit).astype(self.factor_dtype)[:, None]
            self.has_activation = bool((self.negative != self.positive).any())
            self.pick = np.maximum if bool((self.positive >= self.negative).all()) else None

    def requantize(self, accumulator: Array) -> Array:
        """Output integers (channels, n), kept in the float they were computed in, for exact sums (channels, n)."""
        if self.factor_dtype is None:
            return self.by_definition(accumulator.astype(np.int64), self.layer)
        values = accumulator.astype(self.factor_dtype, copy=False)
        if not self.has_activation:
            scaled = values * self.positive
        elif self.pick is not None:
            scaled = values * self.positive
            self.pick(scaled, values * self.negative, out=scaled)
        else:
            scaled = np.where(values < 0, values * self.negative, values * self.positive)
        np.rint(scaled, out=scaled)
        return np.clip(scaled, self.layer.output.min, self.layer.output.max, out=scaled)


class _Rows:
    """A layer that is fed rows, and may also see the frame's pixels."""

    def see(self, pixels: Array) -> None:
        """Take the pixels of a stripe, before any layer is given its rows."""


class _ConvRows(_Rows):
    """A convolution that is fed rows and outputs the rows whose window is complete; keeps K - 1 rows."""

    def __init__(self, layer: IntLayer, width: int, arithmetic_: _Arithmetic) -> None:
        self.layer, self.width, self.arithmetic = layer, width, arithmetic_
        by_tap = layer.weight.transpose(0, 2, 3, 1).reshape(layer.out_channels, -1)
        self.matrix = np.hstack([by_tap, layer.bias[:, None]]).astype(arithmetic_.sum_dtype)
        self.kept = self._halo(layer.padding)

    def _halo(self, rows: int) -> Array:
        return np.zeros((self.layer.in_channels, rows, self.width), dtype=self.arithmetic.sum_dtype)

    def push(self, rows: Array, is_last: bool) -> Array:
        layer, dtype = self.layer, self.arithmetic.sum_dtype
        parts = [self.kept, rows.astype(dtype, copy=False), self._halo(layer.padding if is_last else 0)]
        known = np.concatenate(parts, axis=1) if layer.kernel > 1 else parts[1]
        ready = max(0, known.shape[1] - layer.kernel + 1)
        self.kept = known[:, ready:].copy()
        if ready == 0:
            return np.empty((layer.out_channels, 0, self.width))
        accumulator = self.matrix @ self._windows(known, ready)
        return self.arithmetic.requantize(accumulator).reshape(layer.out_channels, ready, self.width)

    def _windows(self, known: Array, ready: int) -> Array:
        """One column of K*K*in_channels inputs and a 1 for the bias per output position (im2col)."""
        kernel, padding, channels = self.layer.kernel, self.layer.padding, self.layer.in_channels
        windows = np.empty((kernel * kernel * channels + 1, ready, self.width), dtype=known.dtype)
        windows[-1] = 1
        by_tap = windows[:-1].reshape(kernel, kernel, channels, ready, self.width)
        for ky in range(kernel):
            rows = known[:, ky : ky + ready]
            for kx in range(kernel):
                left, right = max(0, padding - kx), max(0, kx - padding)
                tap = by_tap[ky, kx]
                tap[..., : min(left, self.width)] = 0
                tap[..., max(0, self.width - right) :] = 0
                if left + right < self.width:
                    tap[..., left : self.width - right] = rows[..., right : self.width - left]
        return windows.reshape(len(windows), -1)


class _DeconvRows(_Rows):
    """A transposed convolution by overlap-add: each input row adds K rows of products; keeps the rows not yet complete.

    For a term over luma the frame's pixels are one more input, and wait until the others have come.
    """

    def __init__(self, layer: IntLayer, width: int, arithmetic_: _Arithmetic) -> None:
        self.layer, self.width, self.arithmetic = layer, width, arithmetic_
        of_terms = [term.factor * term.weight.transpose(0, 2, 3, 1).reshape(-1, term.weight.shape[1]) for term in layer.terms]
        self.matrix = np.hstack(of_terms).astype(arithmetic_.sum_dtype)
        self.offsets = [term.offset for term in layer.terms[1:]]
        self.waiting = np.empty((len(self.offsets), 0, width), dtype=arithmetic_.sum_dtype)
        self.overhang = max(layer.kernel - layer.stride, layer.padding)
        self.rows_to_drop = layer.padding
        self.kept = self._bias(self.overhang)

    def see(self, pixels: Array) -> None:
        centered = np.array([pixels[0].astype(np.int64) - offset for offset in self.offsets])
        added = centered.reshape(-1, *pixels.shape[1:]).astype(self.waiting.dtype)
        self.waiting = np.concatenate([self.waiting, added], axis=1)

    def _bias(self, rows: int) -> Array:
        columns = self.width * self.layer.stride + self.overhang
        sums = np.empty((self.layer.out_channels, rows, columns), dtype=self.arithmetic.sum_dtype)
        sums[:] = self.layer.bias[:, None, None]
        return sums

    def push(self, rows: Array, is_last: bool) -> Array:
        layer, ready = self.layer, rows.shape[1] * self.layer.stride
        sums = np.concatenate([self.kept, self._bias(ready)], axis=1)
        self._add_products(sums, rows)
        self.kept = sums[:, ready:]
        done = sums[:, self.rows_to_drop : ready + (layer.padding if is_last else 0)]
        self.rows_to_drop = max(0, self.rows_to_drop - ready)
        in_frame = done[..., layer.padding : layer.padding + self.width * layer.stride]
        return self.arithmetic.requantize(in_frame.reshape(layer.out_channels, -1)).reshape(in_frame.shape)

    def _add_products(self, sums: Array, rows: Array) -> None:
        kernel, stride, count = self.layer.kernel, self.layer.stride, rows.shape[1]
        pixels, self.waiting = self.waiting[:, :count], self.waiting[:, count:]
        flat = np.concatenate([rows.astype(self.matrix.dtype, copy=False), pixels]).reshape(self.matrix.shape[1], -1)
        products = (self.matrix @ flat).reshape(self.layer.out_channels, kernel, kernel, count, self.width)
        for ky in range(kernel):
            for kx in range(kernel):
                rows_hit = slice(ky, ky + (count - 1) * stride + 1, stride)
                columns_hit = slice(kx, kx + (self.width - 1) * stride + 1, stride)
                sums[:, rows_hit, columns_hit] += products[:, ky, kx]


def _rows_of(layer: IntLayer) -> type[_ConvRows] | type[_DeconvRows]:
    return _ConvRows if layer.kind == "conv" else _DeconvRows
