"""The network as ONNX files, and the executors that run them."""
