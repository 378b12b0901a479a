"""The errors of this package; each message says where, what and what is allowed."""

from __future__ import annotations

REMEDY = "pip install '.[rtl]'"
"""What gets every tool of this package's, from a checkout."""


class BenchError(ValueError):
    """Something that cannot be simulated, or a simulation that broke down."""


class MissingToolError(BenchError):
    """A simulator that is not here; `remedy` is the command that gets it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; to get it: {remedy}")
        self.reason, self.remedy = reason, remedy
