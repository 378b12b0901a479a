"""The locks have every package that an installation takes, each by one version within pyproject.toml's range and by its hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest

packaging = pytest.importorskip("packaging.requirements")

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
EXTRAS = re.findall(r"^EXTRAS := (.*)$", MAKEFILE, re.MULTILINE)[0].split(",")
PIN = re.compile(r"([a-z0-9.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")
TORCH = "torch"


def pins(text: str) -> dict[str, str]:
    """Version by package, of a lock.  Raises ValueError for a line that is none of a pin with its hashes, and no comment."""
    left = re.sub(r"^ *#.*\n|\n(?=\n)", "", text, flags=re.MULTILINE)
    found = {match[1]: match[2] for match in PIN.finditer(left)}
    if rest := PIN.sub("", left).strip():
        raise ValueError(f"no pin with hashes: {rest.splitlines()[0]}")
    return found


def name_of(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def asked(lines: list[str]) -> Iterator[packaging.Requirement]:
    """The requirements that hold here, without extras."""
    for line in lines:
        requirement = packaging.Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def missing(locked: dict[str, str], of: str) -> Iterator[str]:
    """What a locked package requires here and the locks do not have; nothing where it is not installed."""
    try:
        lines = requires(of) or []
    except PackageNotFoundError:
        return
    for requirement in asked(lines):
        if locked.get(name_of(requirement.name), "") not in requirement.specifier or name_of(requirement.name) not in locked:
            yield f"{of}: {requirement}"


LOCKED = pins((ROOT / "lock.txt").read_text()) | pins((ROOT / "lock-torch.txt").read_text())


def test_every_extra_that_is_installed_is_locked_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = project["optional-dependencies"]
    assert set(EXTRAS) <= set(every)
    assert set(every) - set(EXTRAS) == {"images"}  # which train has as well
    lines = [*project["dependencies"], *(line for extra in every.values() for line in extra)]
    assert len(lines) > 20
    for requirement in map(packaging.Requirement, lines):
        assert LOCKED[name_of(requirement.name)] in requirement.specifier, requirement
        assert any(part.operator in ("<", "==") for part in requirement.specifier), f"{requirement}: no upper end"


@pytest.mark.parametrize("package", LOCKED)
def test_what_a_locked_package_requires_is_locked(package) -> None:
    assert list(missing(LOCKED, package)) == []


def test_torch_alone_is_apart_and_nothing_of_cuda_is_locked() -> None:
    assert list(pins((ROOT / "lock-torch.txt").read_text())) == [TORCH]
    assert TORCH not in pins((ROOT / "lock.txt").read_text())
    assert not [name for name in LOCKED if name.startswith(("nvidia", "cuda", "triton"))]
    assert f"torch=={LOCKED[TORCH]}" in MAKEFILE


def test_make_installs_from_the_locks_by_hash() -> None:
    assert "--no-deps --require-hashes -r lock.txt" in MAKEFILE
    assert "TORCH ?= --require-hashes -r lock-torch.txt" in MAKEFILE
    for target in ("demo", "test"):
        assert re.search(rf"^{target}: install\b", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("text", ["numpy==1.26\n", "numpy>=1.26 \\\n    --hash=sha256:" + "0" * 64 + "\n", "numpy\n", "-e .\n"])
def test_a_line_without_a_version_or_a_hash_is_seen(text) -> None:
    """The mutant."""
    with pytest.raises(ValueError, match="no pin with hashes"):
        pins(text)


def test_a_package_that_is_left_out_is_seen() -> None:
    """The mutant."""
    without = {name: version for name, version in LOCKED.items() if name != "pluggy"}
    assert [line.split(":")[0] for line in missing(without, "pytest")] == ["pytest"]
