"""Hardware of three components: luma's pipeline, two of the chroma interpolator beside it, and what splits and joins them."""
