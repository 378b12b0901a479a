"""The report: self-contained, true to the plan, and looked at in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hls_export import HardwarePlan


class _Checker(HTMLParser):
    """Balanced tags, and every address that the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        if tag not in ("meta", "br", "path", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_loads_nothing_and_is_well_formed(exported: Path) -> None:
    text = (exported / "report.html").read_text()
    checker = _Checker()
    checker.feed(text)
    assert checker.open == []
    assert checker.addresses == []
    assert not re.search(r"https?://|@import|url\((?!#)", text)
    assert {"svg", "table", "style"} <= checker.seen
    assert "script" not in checker.seen


def test_says_what_the_plan_says(exported: Path, plan: HardwarePlan) -> None:
    text = re.sub(r"<[^>]+>", " ", (exported / "report.html").read_text())
    numbers = [
        plan.network_hash,
        f"{plan.resources.dsp} of {plan.target.device.dsp}",
        str(plan.clocks_per_frame),
        f"{plan.fps:.2f}",
    ]
    numbers += [stream.reason for stream in plan.pipeline.streams] + [str(part.bits) for part in plan.memories]
    for layer in plan.engines:
        numbers += [layer.name, f"int{layer.widths.accumulator}", str(layer.rom_word_bits), str(plan.schedule.busy[layer.name])]
    for number in numbers:
        assert number in text, number
    for word in ("estimate", "No Vitis HLS", "make csim", "verify", "ties to even"):
        assert word in text


def test_a_browser_shows_it(exported: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        message = "no headless browser: apt-get install chromium"
        if os.environ.get("CI_REQUIRE_CHROMIUM"):
            pytest.fail(message)
        pytest.skip(message)
    picture = tmp_path / "report.png"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,2400"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}", (exported / "report.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert picture.is_file(), done.stderr
    rows = _pixels(picture)
    assert (len(rows), len(rows[0]) // 3) == (2400, 1280)
    colours = {row[x : x + 3] for row in rows[::4] for x in range(0, len(row), 12)}
    assert len(colours) > 20, "the page is blank"
    assert bytes((0x1F, 0x5F, 0xA8)) in colours, "the resource bars are missing"
    assert bytes((0xCF, 0xE0, 0xF3)) in colours, "the block diagram is missing"
    inked = [y for y, row in enumerate(rows) if len({row[x : x + 3] for x in range(0, len(row), 6)}) > 1]
    assert max(inked) > 1500, "the page ends early"


def _pixels(path: Path) -> list[bytes]:
    """Rows of RGB bytes of an 8-bit RGB or RGBA PNG."""
    data, at, packed = path.read_bytes(), 8, b""
    width, height, _, colour = struct.unpack(">IIBB", data[16:26])
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += 12 + size
    channels = {2: 3, 6: 4}[colour]
    raw, rows, above = zlib.decompress(packed), [], bytes(width * channels)
    for y in range(height):
        start = y * (width * channels + 1)
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * channels], above, channels)
        rows.append(above if channels == 3 else bytes(value for i, value in enumerate(above) if i % 4 < 3))
    return rows


def _unfiltered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    """One PNG scan line (PNG specification, filter types 0 to 4)."""
    if kind == 0:
        return line
    out = bytearray(line)
    for i, value in enumerate(line):
        left = out[i - channels] if i >= channels else 0
        up, corner = above[i], above[i - channels] if i >= channels else 0
        near = left + up - corner
        guess = min((left, up, corner), key=lambda c: abs(near - c))
        out[i] = (value + (0, left, up, (left + up) // 2, guess)[kind]) & 255
    return bytes(out)
