"""Speed, measured as ratios against a peer in the same run.  `python -m benchmarks.golden_speed`, `python -m
benchmarks.training_speed`.
"""
