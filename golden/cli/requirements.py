"""Packages that are not installed: which of a distribution's requirements a missing module is, and the command that gets it."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version

OURS = "sr2fpga"
IMPORT_NAMES = {"PIL": "pillow", "finn": "finn-base", "skimage": "scikit-image"}
"""Modules whose package has another name."""


def own_version() -> str:
    """The installed version of this project."""
    try:
        return version(OURS)
    except PackageNotFoundError:
        return "not installed"


def remedy_for(error: ModuleNotFoundError, of: Distribution | None = None) -> str | None:
    """The command that installs the package whose module is missing; None unless `of` (this project) requires it."""
    module = error.name or ""
    if "." in module:  # the package is there, and a part of it that nobody knows was asked for
        return None
    if of is None:
        try:
            of = distribution(OURS)
        except PackageNotFoundError:
            return None
    return requirements(of).get(normal(IMPORT_NAMES.get(module, module)))


def requirements(of: Distribution) -> dict[str, str]:
    """The packages that a distribution requires, for itself or as an extra, and the command that gets each.

    This project lies on no index: its commands are those of a checkout.
    """
    found: dict[str, str] = {}
    place = "." if of.name == OURS else of.name
    for line in of.requires or []:
        package, extra = re.match(r"[\w.-]+", line), re.search(r"extra\s*==\s*['\"]([\w.-]+)", line)
        if package:
            found.setdefault(normal(package[0]), f"pip install '{place}{f'[{extra[1]}]' if extra else ''}'")
    return found


def normal(package: str) -> str:
    """The name by which pip knows a package.

    >>> normal("Lightning_Fabric")
    'lightning-fabric'
    """
    return re.sub(r"[-_.]+", "-", package).lower()
