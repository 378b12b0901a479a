"""The quantized student as a QONNX file, and the executors that run it."""
