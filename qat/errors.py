"""The errors of this package; each message says where, what and what is allowed."""

from __future__ import annotations


class RecipeError(ValueError):
    """A recipe with a key or a value that is not allowed; the message says which and what is."""


class LaunchError(ValueError):
    """Devices or a compiler that are not there."""


class CheckpointError(ValueError):
    """A checkpoint that cannot be used here; the message names the file and why."""


class TrainingError(RuntimeError):
    """A training that leads nowhere; the message names the stage and what may help."""


class StudentError(ValueError):
    """A file that is not a float student; the message names it."""


class FreezeError(ValueError):
    """A quantized student that no integer network can hold exactly; the message names the layer and the number."""


class ThawError(ValueError):
    """An integer network that no quantized student means; the message names the layer and the number."""


class ForeignError(ValueError):
    """A file of another program of which no network can be made here; the message names the layer and the reason."""
