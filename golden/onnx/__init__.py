"""A network as files of standard ONNX operators, its integers and its weights in float arithmetic, and the executors of the former.

`graph`, `integer` and `floats` need onnx, and are imported when a file is asked for.
"""

from __future__ import annotations


class OnnxExportError(ValueError):
    """A network that standard operators cannot hold; the message names the layer."""
