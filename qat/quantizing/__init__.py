"""The road from a float student to integers: equalized, reconstructed, quantized step by step, frozen."""
