"""A bar chart as SVG text: panels of groups of bars, each panel with its own scale."""

from dataclasses import dataclass, field
from html import escape

_WIDTH, _LABELS, _NUMBERS = 900, 270, 90
_BAR, _GAP, _MARGIN = 16, 5, 24
_ROOM = _WIDTH - _LABELS - _NUMBERS - 2 * _MARGIN


@dataclass
class Bar:
    label: str
    value: float
    text: str  # the figure, as it is to be read
    ours: bool = False


@dataclass
class Group:
    title: str
    bars: list[Bar] = field(default_factory=list)


@dataclass
class Panel:
    title: str
    note: str
    groups: list[Group] = field(default_factory=list)


def _text(x: float, y: float, style: str, words: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{style}">{escape(words)}</text>'


class _Page:
    def __init__(self):
        self.parts: list[str] = []
        self.y = float(_MARGIN)

    def line(self, style: str, words: str, height: int) -> None:
        self.y += height
        self.parts.append(_text(_MARGIN, self.y - 5, style, words))

    def bar(self, bar: Bar, largest: float) -> None:
        width = max(1.0, _ROOM * bar.value / largest) if largest else 1.0
        left, style = _MARGIN + _LABELS, "ours" if bar.ours else "bar"
        baseline = self.y + _BAR - 4
        self.parts.append(_text(left - 8, baseline, "label", bar.label))
        self.parts.append(f'<rect x="{left}" y="{self.y:.0f}" width="{width:.1f}" height="{_BAR}" '
                          f'rx="2" class="{style}"/>')
        self.parts.append(_text(left + width + 6, baseline, "number", bar.text))
        self.y += _BAR + _GAP

    def panel(self, panel: Panel) -> None:
        largest = max((bar.value for group in panel.groups for bar in group.bars), default=0.0)
        self.line("title", panel.title, 26)
        self.line("note", panel.note, 18)
        for group in panel.groups:
            self.line("group", group.title, 26)
            for bar in group.bars:
                self.bar(bar, largest)
        self.y += _MARGIN


_STYLE = """
text { font-family: system-ui, sans-serif; font-size: 13px; fill: #24292f; }
.title { font-size: 17px; font-weight: 600; }
.group { font-weight: 600; }
.note { fill: #57606a; }
.label { text-anchor: end; }
.bar { fill: #a8b3bf; }
.ours { fill: #0b62a8; }
"""


def draw(panels: list[Panel]) -> str:
    page = _Page()
    for panel in panels:
        page.panel(panel)
    height = page.y + _MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {_WIDTH} {height:.0f}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height:.0f}" fill="#ffffff"/>',
        *page.parts, "</svg>", ""])
