"""The plot: CPU per call beside the base, one panel for each number of calls in flight, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Final
from xml.sax.saxutils import escape

from .contestants import BASE
from .report import Report
from .results import number
from .rounds import ratio

_ROW, _TOP, _BAR = 24, 64, 14
_LABELS, _PANEL, _GAP, _EDGE = 120, 180, 50, 16
_TICKS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

_STYLE: Final = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title, .ours { font-weight: 600 }
  .soft { fill: #59636e }
  .page { fill: #ffffff }
  .bar { fill: #9aa5b1 }
  .bar.ours { fill: #0969da }
  line { stroke: #d5dae0 }
  .one { stroke: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .soft { fill: #9198a1 }
    .page { fill: #0d1117 }
    .bar { fill: #656c76 }
    .bar.ours { fill: #4493f8 }
    line { stroke: #30363d }
    .one { stroke: #9198a1 }
  }
"""


def plot(report: Report) -> str:
    """The report's CPU per call as SVG."""
    return draw(
        {
            f"{in_flight:,} in flight": {name: ratio(rounds, name, "cpu", BASE) for name in rounds}
            for in_flight, rounds in report.calls.items()
        }
    )


def draw(panels: Mapping[str, Mapping[str, float]]) -> str:
    """Bars from 1, the base, to each ratio; less is to the left.

    Args:
        panels: By title, the ratio of everyone; all of them the same ones.
    """
    names = list(next(iter(panels.values())))
    least, most = _range(value for panel in panels.values() for value in panel.values())
    width = _LABELS + len(panels) * (_PANEL + _GAP) + _EDGE
    height = _TOP + len(names) * _ROW + 36
    parts = [
        f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
        _text(_EDGE, 24, f"CPU per call beside bare {BASE}: less is better; a logarithmic scale", "title"),
        *(_text(_EDGE, _middle(row) + 4, name, _kind(name)) for row, name in enumerate(names)),
    ]
    for number_of_panel, (title, panel) in enumerate(panels.items()):
        left = _LABELS + number_of_panel * (_PANEL + _GAP) + _GAP / 2
        parts += _panel(left, title, panel, least, most)
    described = "; ".join(
        f"{title}: " + ", ".join(f"{name} {number(value)}" for name, value in panel.items())
        for title, panel in panels.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title desc">\n'
        f'<title id="title">CPU per call beside bare {BASE}</title>\n'
        f'<desc id="desc">{escape(described)}</desc>\n<style>{_STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _range(values: Iterable[float]) -> tuple[float, float]:
    # From tick to tick around all of them, 1 included.
    known = [*values, 1.0]
    return (
        max((tick for tick in _TICKS if tick <= min(known)), default=_TICKS[0]),
        min((tick for tick in _TICKS if tick >= max(known)), default=_TICKS[-1]),
    )


def _panel(left: float, title: str, panel: Mapping[str, float], least: float, most: float) -> list[str]:
    def across(value: float) -> float:
        share = log(min(max(value, least), most) / least) / log(most / least or 1)
        return left + share * _PANEL

    bottom = _TOP + len(panel) * _ROW
    parts = [_text(left, 48, title, "soft")]
    for tick in (tick for tick in _TICKS if least <= tick <= most):
        x = across(tick)
        kind = ' class="one"' if tick == 1 else ""
        parts.append(f'<line{kind} x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 18, f"{tick:g}", "soft", "middle"))
    for row, (name, value) in enumerate(panel.items()):
        start, end = sorted((across(1), across(value)))
        y = _middle(row)
        parts.append(
            f'<rect class="bar {_kind(name)}" x="{start:.1f}" y="{y - _BAR / 2:g}" '
            f'width="{max(end - start, 2):.1f}" height="{_BAR}" rx="2"/>'
        )
        parts.append(
            _text(end + 4, y + 4, number(value), _kind(name))
            if value >= 1
            else _text(start - 4, y + 4, number(value), _kind(name), "end")
        )
    return parts


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _middle(row: int) -> float:
    return _TOP + row * _ROW + _ROW / 2


def _kind(name: str) -> str:
    return "ours" if name.startswith("ours") else ""
