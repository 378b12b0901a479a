"""QAT: teacher, student, quantized student, and the road from images to a frozen integer network.

`python -m qat.distill` trains and freezes, `python -m qat.evaluate` measures.  Importing the package imports no torch.
"""

import warnings

warnings.filterwarnings("ignore", "fast_hadamard_transform package not found")  # Brevitas's, for a layer that is not used here
