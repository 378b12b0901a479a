"""The table of what a redesign must not change covers what ships, is what a small network has now, and a changed one is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golden import networks
from tests import invariants

SMALL = "fsrcnn-s-r-x2-w4a4"


def test_the_table_has_every_shipped_network() -> None:
    assert set(json.loads(invariants.TABLE.read_text())) == {path.stem for path in networks.shipped()}


def test_a_small_network_is_as_the_table_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert invariants.main([SMALL]) == 0
    assert "1 of 1 networks unchanged" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["traces", "hardware", "hash"])
def test_a_network_that_is_not_as_in_the_table_is_named(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = json.loads(invariants.TABLE.read_text())
    table[SMALL][part] = table[SMALL][part][1:] if part == "hash" else dict(list(table[SMALL][part].items())[1:])
    (tmp_path / "table.json").write_text(json.dumps(table))
    monkeypatch.setattr(invariants, "TABLE", tmp_path / "table.json")
    monkeypatch.setattr(
        invariants, "facts", lambda path: json.loads(Path(invariants.__file__).with_suffix(".json").read_text())[SMALL]
    )
    assert invariants.main([SMALL]) == 1
    assert f"{SMALL}: not what table.json has" in capsys.readouterr().err
