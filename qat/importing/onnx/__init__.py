"""ONNX files, float and quantized, read into chains: each tensor is followed as pixels, features or constants."""
