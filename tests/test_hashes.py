"""Hashes in documents are those of what ships: a figure of a network that is gone is found by its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import golden
from golden import networks

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *sorted(path for path in (ROOT / "docs").rglob("*") if path.suffix in {".md", ".json", ".svg", ".html"}),
]
HASH = re.compile(r"(?<![\w#])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}(?!\w)")
"""A word of hex digits, letters among them, long enough for the beginning of a hash: a commit is named by 7."""


def stale(text: str, known: set[str]) -> Iterator[tuple[int, str]]:
    """(line, word) of every word of a page that looks like a hash and begins none of the known ones."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in HASH.findall(line):
            if not any(whole.startswith(word) for whole in known):
                yield number, word


@cache
def known_hashes() -> set[str]:
    """Of the catalogue."""
    return {golden.load(path).hash for path in networks.shipped()}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hashes_in_documents_are_those_of_the_catalogue(path) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word} is the hash of nothing that ships"
        for line, word in stale(path.read_text(), known_hashes())
    ]
    assert not found, "\n".join(found)


def test_the_documents_name_every_network_by_its_hash() -> None:
    named = {word for path in PAGES for word in HASH.findall(path.read_text())}
    assert {golden.load(path).hash for path in networks.shipped()} <= named


def test_a_stale_hash_is_found_with_its_line() -> None:
    known = {"36dd1b05968b2802" + "0" * 48}
    text = (
        "fine 36dd1b05968b and 36dd1b05968b2802\n`36dd1b05968c`, #1f77b4ff\n72.20418187366964, `git show 6d4cb84:x`, (0e01d812)\n"
    )
    assert list(stale(text, known)) == [(2, "36dd1b05968c"), (3, "0e01d812")]
