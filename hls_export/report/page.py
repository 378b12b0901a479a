"""Pieces of an HTML page: tables, bars, and the inline style.  Knows nothing of networks; text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root{--ink:#17202a;--soft:#5d6d7e;--line:#d5dbe1;--panel:#f6f8fa;--main:#1f5fa8;--fill:#cfe0f3;--warn:#b03a2e}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9fb0c0;--line:#36424e;--panel:#1c242c;--main:#7db3ec;--fill:#28435f;--warn:#f1948a}
body{background:#12181e}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:1180px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:34px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}
p{margin:6px 0}.soft{color:var(--soft)}.hash{font:12px ui-monospace,monospace;color:var(--soft);overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 16px;min-width:130px}
.tile b{display:block;font-size:22px}.tile span{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;width:100%}
th,td{border-bottom:1px solid var(--line);padding:4px 8px;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}
td.wrap,th.wrap{white-space:normal;text-align:left}
.bar{background:var(--panel);border:1px solid var(--line);border-radius:4px;height:18px;overflow:hidden}
.bar i{display:block;height:100%;background:var(--main)}.bar i.over{background:var(--warn)}
.bars{display:grid;grid-template-columns:120px 1fr 230px;gap:8px 12px;align-items:center}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px;overflow-x:auto;font-size:13px}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .small{font-size:11px;fill:var(--soft)}
svg rect{fill:var(--fill);stroke:var(--main)}svg rect.plain{fill:var(--panel);stroke:var(--line)}
svg path{stroke:var(--soft);fill:none}
"""


def document(title: str, body: Iterable[str]) -> str:
    """A whole page that loads nothing from anywhere."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{escape(title)}</title><style>{STYLE}</style>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def section(title: str, *content: str) -> str:
    return f"<h2>{escape(title)}</h2>\n" + "\n".join(content)


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def tiles(facts: Iterable[tuple[str, str]]) -> str:
    """(large text, what it is) pairs."""
    inner = "".join(f'<div class="tile"><b>{escape(value)}</b><span>{escape(what)}</span></div>' for value, what in facts)
    return f'<div class="tiles">{inner}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[object]], wrap: frozenset[int] = frozenset()) -> str:
    """A table; the columns in `wrap` hold prose."""
    lines = [_row("th", head, wrap), *(_row("td", row, wrap) for row in rows)]
    return '<div class="scroll"><table>' + "\n".join(lines) + "</table></div>"


def _row(tag: str, values: Iterable[object], wrap: frozenset[int]) -> str:
    cells = (f"<{tag}{' class=wrap' if index in wrap else ''}>{escape(str(value))}</{tag}>" for index, value in enumerate(values))
    return "<tr>" + "".join(cells) + "</tr>"


def bars(rows: Iterable[tuple[str, float, str]]) -> str:
    """(name, share of the whole, text) rows; a share above 1 fills the bar in red."""
    inner = []
    for name, share, text in rows:
        over = ' class="over"' if share > 1 else ""
        bar = f'<div class="bar"><i{over} style="width:{min(share, 1) * 100:.1f}%"></i></div>'
        inner.append(f"<div>{escape(name)}</div>{bar}<div>{escape(text)}</div>")
    return '<div class="bars">' + "".join(inner) + "</div>"


def code(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"
