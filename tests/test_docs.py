"""The pages build without a warning, and nothing in them is loaded from a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")
ROOT = Path(__file__).parent.parent
REMOTE = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
    r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//"
    r"|url\([\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//",
    re.IGNORECASE,
)


def build(out: Path, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", config, "--site-dir", out]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.slow
def test_the_pages_build_without_a_warning_and_load_nothing_from_a_network(tmp_path) -> None:
    done = build(tmp_path / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    written = [path for path in (tmp_path / "site").rglob("*") if path.suffix in {".html", ".css"}]
    assert {path.stem for path in written} >= {path.stem for path in (ROOT / "docs").glob("*.md")}
    for path in written:
        assert not (found := REMOTE.search(path.read_text())), f"{path}: {found}"


def test_a_dead_link_is_refused(tmp_path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[gone](gone.md)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: mutant\n")
    assert build(tmp_path / "site", tmp_path / "mkdocs.yml").returncode != 0


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/a.js">',
        "<img src=//example/a.png>",
        '<link rel="stylesheet" href="https://fonts.example/css">',
        "a { background: url(https://example/a.png) }",
    ],
)
def test_what_a_browser_would_load_is_found(text) -> None:
    assert REMOTE.search(text)
    assert not REMOTE.search('<a href="https://github.com/calad0i/da4ml">')
