"""The one error of this package."""


class ExportError(ValueError):
    """Something that cannot be exported, read or verified; the message says where, what and what is allowed."""
