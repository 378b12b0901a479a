"""Hypothesis profiles: `ci`, the default, tries the same examples every time; HYPOTHESIS_PROFILE=thorough searches for new ones."""

import os

from hypothesis import settings

settings.register_profile("ci", max_examples=80, deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
