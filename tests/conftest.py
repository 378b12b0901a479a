"""Hypothesis profiles: `ci`, the default, tries the same examples every time; HYPOTHESIS_PROFILE=thorough searches for new ones.

What a make that started the tests left in the environment is taken out: the tests call make themselves, and an outer make hands its
level, flags and variables (`make test PYTHON=...`) to an inner one, whose messages and variables then are others.
"""

import os

from hypothesis import settings

for name in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"):
    os.environ.pop(name, None)

settings.register_profile("ci", max_examples=80, deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
