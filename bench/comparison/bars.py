"""Which figures docs/benchmarks.svg shows."""

from .chart import Bar, Group, Panel, draw
from .figures import median, ratio, short
from .results import Results
from .stores import TITLES


def _panel(results: Results, measure: str, title: str, note: str, figure) -> Panel:
    panel = Panel(title, note)
    for store in results.stores(measure):
        group = Group(TITLES[store])
        for tool in results.tools():
            value, text = figure(store, tool)
            if value is not None:
                label = results.title(tool).replace("`", "")
                group.bars.append(Bar(label, value, text, ours=tool.startswith("walden")))
        if group.bars:
            panel.groups.append(group)
    return panel


def _drain(results: Results) -> Panel:
    def figure(store: str, tool: str):
        rate = median(results.values("drain", store, tool, "segments_per_s"))
        return rate, short(rate)

    return _panel(results, "drain", "Draining a backlog: segments per second",
                  "Longer is better. Median of the rounds.", figure)


def _replay(results: Results) -> Panel:
    def figure(store: str, tool: str):
        reference = median(results.values("replay", store, "cp", "redo_s"))
        times = ratio(median(results.values("replay", store, tool, "redo_s")), reference)
        return times, short(times) + " ×"

    return _panel(results, "replay", "Replay: time, as a multiple of cp from the local disk",
                  "Shorter is better. Median of the rounds.", figure)


def _cost(results: Results) -> Panel:
    def figure(store: str, tool: str):
        off = median(results.values("cost", store, "off", "tps"))
        part = ratio(median(results.values("cost", store, tool, "tps")), off)
        return part, short(part) + " ×"

    return _panel(results, "cost", "pgbench's TPS while archiving, as a part of TPS without",
                  "Longer is better. Median of the rounds.", figure)


def chart(results: Results) -> str:
    panels = [_drain(results), _replay(results), _cost(results)]
    return draw([panel for panel in panels if panel.groups])
