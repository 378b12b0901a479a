"""What ships names where it came from: starts by catalogue name and content, documents' hashes those of the catalogue, no path.

Each rule is a function from content to its violations; what must violate it stands beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import golden
from golden import networks
from rtl_tb import place_route

ROOT = Path(__file__).parents[1]
FLOATS = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in networks.float_students()}
FACTS = [path.with_suffix(".json") for path in (*networks.shipped(), *networks.float_students())]
JSON = sorted(
    path for folder in ("benchmarks", "docs", "golden", "hls_export", "qat", "rtl_tb") for path in (ROOT / folder).rglob("*.json")
)
PAGES = [
    *ROOT.glob("*.md"),
    *sorted(path for path in (ROOT / "docs").rglob("*") if path.suffix in {".md", ".json", ".svg", ".html"}),
]
NOT_KEPT = "not kept"
PLACE = re.compile(r"(?<![\w.~<:/])/[A-Za-z_]|~/|file:|\b[A-Za-z]:\\|\b(tmp|temp)\b", re.IGNORECASE)
"""An absolute path, or a folder for temporary files."""
HASH = re.compile(r"(?<![\w#])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}(?!\w)")
"""A word of hex digits, letters among them, long enough for the beginning of a hash: a commit is named by 7."""


def places(content: Any) -> Iterator[str]:
    """Texts of a JSON value, keys included, that name a place on one machine."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from (*places(key), *places(value))
    elif isinstance(content, list):
        for value in content:
            yield from places(value)
    elif isinstance(content, str) and PLACE.search(content):
        yield content


def unfounded(name: str, facts: Mapping[str, Any], floats: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the start of the network or float student called `name`; floats: sha256 of each that ships.

    Only a float student may have begun with another state of the file that now has its name.
    """
    start = facts.get("start", "missing")
    if "start" in facts["recipe"]:
        yield f"{name}: the recipe names a start, {facts['recipe']['start']!r}"
    if start is None or start == NOT_KEPT:
        return
    if not isinstance(start, dict) or not re.fullmatch("[0-9a-f]{64}", str(start.get("sha256"))) or set(start) - {"name", "sha256"}:
        yield f"{name}: start {start!r}"
    elif "name" not in start:
        yield from (f"{name}: the start is {other}, unnamed" for other, digest in floats.items() if digest == start["sha256"])
    elif start["name"] not in floats or (start["sha256"] != floats[start["name"]]) != (start["name"] == name):
        yield f"{name}: the start is not {start['name']} as it ships"


def stale(text: str, known: set[str]) -> Iterator[tuple[int, str]]:
    """(line, word) of every word of a page that looks like a hash and begins none of the known ones."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in HASH.findall(line):
            if not any(whole.startswith(word) for whole in known):
                yield number, word


@cache
def known_hashes() -> set[str]:
    """Of the catalogue, and of the small network that is cut from it to be placed and routed."""
    return {golden.load(path).hash for path in networks.shipped()} | {place_route.small_network(None, 2).hash}


@pytest.mark.parametrize("path", JSON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_of_facts_names_a_place_on_one_machine(path) -> None:
    assert list(places(json.loads(path.read_text()))) == []


def test_the_files_that_ship_are_among_those_that_are_read() -> None:
    assert FACTS
    assert set(FACTS) <= set(JSON)
    assert {ROOT / "docs/results/published.json", ROOT / "docs/results.md"} <= {*JSON, *PAGES}


@pytest.mark.parametrize(
    "content",
    ["/tmp/runs/x/student.safetensors", "from /home/me", {"/var/x": 1}, [{"a": ["C:\\runs"]}], "~/runs", "in tmp/x", "file:///x"],
)
def test_a_place_on_one_machine_is_seen(content) -> None:
    assert list(places(content))


@pytest.mark.parametrize("content", ["../shared/data/train", "1/2", "W/A", "https://arxiv.org/abs/2007.07524", None, 3, "attempt"])
def test_other_texts_are_no_places(content) -> None:
    assert list(places(content)) == []


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_a_network_names_its_start_by_catalogue_name_and_content(path) -> None:
    assert list(unfounded(path.stem, json.loads(path.read_text()), FLOATS)) == []


A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize("start", [None, NOT_KEPT, {"sha256": B}, {"name": "other", "sha256": A}, {"name": "own", "sha256": B}])
def test_a_start_that_says_what_it_is_passes(start) -> None:
    assert list(unfounded("own", {"recipe": {}, "start": start}, {"own": "c" * 64, "other": A})) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"recipe": {}},
        {"recipe": {"start": ""}, "start": None},
        {"recipe": {}, "start": "runs/x/student.safetensors"},
        {"recipe": {}, "start": {"name": "other"}},
        {"recipe": {}, "start": {"sha256": "abc"}},
        {"recipe": {}, "start": {"sha256": A}},
        {"recipe": {}, "start": {"sha256": B, "path": "x"}},
        {"recipe": {}, "start": {"name": "other", "sha256": B}},
        {"recipe": {}, "start": {"name": "nothing", "sha256": A}},
        {"recipe": {}, "start": {"name": "own", "sha256": "c" * 64}},
    ],
)
def test_a_start_that_does_not_is_refused(facts) -> None:
    assert len(list(unfounded("own", facts, {"own": "c" * 64, "other": A}))) == 1


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hashes_in_documents_are_those_of_the_catalogue(path) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word} is the hash of nothing that ships"
        for line, word in stale(path.read_text(), known_hashes())
    ]
    assert not found, "\n".join(found)


def test_a_stale_hash_is_found_with_its_line() -> None:
    known = {"36dd1b05968b2802" + "0" * 48}
    text = (
        "fine 36dd1b05968b and 36dd1b05968b2802\n`36dd1b05968c`, #1f77b4ff\n72.20418187366964, `git show 6d4cb84:x`, (0e01d812)\n"
    )
    assert list(stale(text, known)) == [(2, "36dd1b05968c"), (3, "0e01d812")]
