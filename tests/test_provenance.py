"""What ships names where it came from: its start by catalogue name and content, no place on one machine.

Each rule is a function from content to its violations; what must violate it stands beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from golden import networks
from qat import students

ROOT = Path(__file__).parents[1]
FLOATS = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in students.shipped()}
FACTS = [path.with_suffix(".json") for path in (*networks.shipped(), *students.shipped())]
JSON = sorted(
    path for folder in ("benchmarks", "docs", "golden", "hls_export", "qat", "rtl_tb") for path in (ROOT / folder).rglob("*.json")
)
NOT_KEPT = "not kept"
PLACE = re.compile(r"(?<![\w.~<:/])/[A-Za-z_]|~/|file:|\b[A-Za-z]:\\|\b(tmp|temp)\b", re.IGNORECASE)
"""An absolute path, or a folder for temporary files."""


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
    if facts["recipe"].get("teacher", {}).get("file"):
        yield f"{name}: the recipe names a teacher's file"
    if start is None or start == NOT_KEPT:
        return
    if not isinstance(start, dict) or not re.fullmatch("[0-9a-f]{64}", str(start.get("sha256"))) or set(start) - {"name", "sha256"}:
        yield f"{name}: start {start!r}"
    elif "name" not in start:
        yield from (f"{name}: the start is {other}, unnamed" for other, digest in floats.items() if digest == start["sha256"])
    elif start["name"] not in floats or (start["sha256"] != floats[start["name"]]) != (start["name"] == name):
        yield f"{name}: the start is not {start['name']} as it ships"


@pytest.mark.parametrize("path", JSON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_of_facts_names_a_place_on_one_machine(path) -> None:
    assert list(places(json.loads(path.read_text()))) == []


def test_the_files_that_ship_are_among_those_that_are_read() -> None:
    assert FACTS
    assert set(FACTS) <= set(JSON)
    assert ROOT / "docs/results/published.json" in JSON


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
        {"recipe": {"teacher": {"file": "runs/x/teacher.ckpt"}}, "start": None},
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
