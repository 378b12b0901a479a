"""The integers of a network as a file of standard ONNX operators, and the executors that run it.

`golden.onnx.integer` needs onnx, and is imported when a file is asked for.
"""

from __future__ import annotations


class OnnxExportError(ValueError):
    """A network that the exact standard operators cannot hold; the message names the layer."""
